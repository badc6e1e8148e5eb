"""Draws docs/pictures/rooms.svg and sync.svg: the server's packages and their imports.

Usage: python -m tools.draw_rooms [FOLDER]

Boxes are packages, arrows are imports between them, read from the code with grimp. Arrows that
follow from others are left out (transitive reduction), and every arrow points downwards.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from configparser import ConfigParser
from pathlib import Path

import grimp

from tools.layered_drawing import Drawing, draw

ROOT = Path(__file__).parent.parent
ENTRY = "start"
ENTRY_MODULES = ("__main__", "serve", "boot", "app", "routes")
PACKAGES = ("sync_server", "schema")

Edges = dict[str, set[str]]


def rooms() -> Drawing:
    """Packages of the server, in the layers that import-linter enforces."""
    edges = _imports(_room)
    edges.pop(ENTRY, None)  # It imports every room.
    rows = [[ENTRY]]
    for layer in _layers():
        names = {_room(name) for name in layer} & _nodes(edges)
        if names & _reachable_from(rows[-1], edges) or len(rows) == 1:
            rows.append(sorted(names))
        else:
            rows[-1] = sorted({*rows[-1], *names})
    labels = {ENTRY: f"{' · '.join(ENTRY_MODULES)}: import every room"}
    return Drawing("The rooms of sync_server", [row for row in rows if row], reduced(edges), labels)


def sync_parts() -> Drawing:
    """Parts of sync_server.sync, in layers by their longest chain of imports."""
    edges = _without_cycles(_imports(_sync_part))
    ranks: dict[str, int] = {}
    for node in sorted(_nodes(edges)):
        _rank(node, edges, ranks)
    height = max(ranks.values())
    levels = range(height, -1, -1)
    rows = [sorted(node for node in ranks if ranks[node] == level) for level in levels]
    return Drawing("The parts of sync_server.sync", rows, reduced(edges), {})


def reduced(edges: Mapping[str, set[str]]) -> Edges:
    """Transitive reduction of an acyclic graph."""
    return {
        node: {
            target
            for target in targets
            if not any(target in _reachable(other, edges) for other in targets - {target})
        }
        for node, targets in edges.items()
    }


def _imports(part_of: Callable[[str], str]) -> Edges:
    graph = grimp.build_graph(*PACKAGES)
    edges: Edges = {}
    for module in sorted(graph.modules):
        part = part_of(module)
        for imported in graph.find_modules_directly_imported_by(module):
            other = part_of(imported)
            if part and other and part != other:
                edges.setdefault(part, set()).add(other)
    return edges


def _room(module: str) -> str:
    root, _, path = module.partition(".")
    room = path.split(".")[0] if root == "sync_server" else root
    return ENTRY if room in ENTRY_MODULES else room


def _sync_part(module: str) -> str:
    prefix = "sync_server.sync."
    return module.removeprefix(prefix).split(".")[0] if module.startswith(prefix) else ""


def _layers() -> list[list[str]]:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = config["importlinter:contract:layers"]["layers"].split("\n")
    return [[name.strip() for name in line.split("|")] for line in lines if line.strip()]


def _nodes(edges: Mapping[str, set[str]]) -> set[str]:
    return set(edges).union(*edges.values())


def _reachable_from(nodes: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    return set[str]().union(*(_reachable(node, edges) for node in nodes))


def _reachable(node: str, edges: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [node]
    while waiting:
        new = edges.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return reached


def _without_cycles(edges: Edges) -> Edges:
    """The graph without imports that close a cycle, in a depth-first walk from its roots."""
    roots = sorted(_nodes(edges) - set[str]().union(*edges.values()))
    acyclic: Edges = {}
    done: set[str] = set()

    def visit(node: str, path: frozenset[str]) -> None:
        if node not in done:
            for target in sorted(edges.get(node, set()) - path):
                acyclic.setdefault(node, set()).add(target)
                visit(target, path | {target})
            done.add(node)

    for root in roots:
        visit(root, frozenset({root}))
    return acyclic


def _rank(node: str, edges: Edges, ranks: dict[str, int]) -> int:
    if node not in ranks:
        below = (_rank(target, edges, ranks) + 1 for target in edges.get(node, ()))
        ranks[node] = max(below, default=0)
    return ranks[node]


def main(arguments: Iterable[str]) -> None:
    """Write both pictures into a folder."""
    folder = Path(next(iter(arguments), str(ROOT / "docs" / "pictures")))
    (folder / "rooms.svg").write_text(draw(rooms()))
    (folder / "sync.svg").write_text(draw(sync_parts()))


if __name__ == "__main__":
    main(sys.argv[1:])
