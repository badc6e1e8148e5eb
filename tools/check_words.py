"""Lint for the words and the form of the code: reports FILE:LINE and what to write instead.

Usage: python tools/check_words.py [PATH...]      (without paths: the whole repository)

Rules: a docstring opens with the name of the thing; names, and the prose of the server, the
declarations and the client, use the terms of the field; a class name
occurs once in sync_server; modules of sync_server import each other in one direction; functions
and modules stay within MAX_FUNCTION_LINES and MAX_MODULE_LINES; errors of mypy are mended, not
ignored. Exit status 1 when something is found.

A line that ends in "# wire name" may use any name: JSON names are not ours to change.
"""

import ast
import io
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import grimp

from tools.terms import FIRST_TERMS, IN_SENTENCES, OPENINGS, PROSE, TERMS

ROOT = Path(__file__).parents[1]
SERVER = "sync_server"
SOURCES = (SERVER, "schema", "migrations", "seed.py", "clients", "tests", "tools", "bench")
MAX_FUNCTION_LINES, MAX_SERVER_FUNCTION_LINES = 60, 40
MAX_MODULE_LINES = 250
# Programs of one file, and code that a program writes.
ANY_LENGTH = ("bench/peers/fastapi_server.py", "clients/python/trackforge_client/record_types.py")
WIRE_NAME = "# wire name"
PLAIN = (f"{SERVER}/", "schema/", "clients/", "bench/", "migrations/")


@dataclass(frozen=True, order=True)
class Finding:
    """A broken rule at a line of a file."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def check_file(path: Path, shown: str) -> list[Finding]:
    """Findings of one file for the rules that need no other file."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    lines = text.splitlines()
    findings = [*_docstrings(tree), *_names(tree, lines)]
    findings += _ignored_errors(lines)
    if shown.startswith(PLAIN):
        findings += _prose(text)
    if not shown.startswith("tests/"):
        in_server = shown.startswith(f"{SERVER}/")
        limit = MAX_SERVER_FUNCTION_LINES if in_server else MAX_FUNCTION_LINES
        findings += _long_functions(tree, limit)
        if len(lines) > MAX_MODULE_LINES and shown not in ANY_LENGTH:
            advice = f"at most {MAX_MODULE_LINES}, better 200; split it by subject"
            findings.append((MAX_MODULE_LINES + 1, f"module has {len(lines)} lines: {advice}"))
    return sorted({Finding(shown, line, message) for line, message in findings})


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            # A docstring of a module, class, function or of the variable above it.
            case ast.Expr(value=ast.Constant(value=str() as docstring)) if docstring.strip():
                pass
            case _:
                continue
        first, *_ = docstring.split(maxsplit=1)
        if re.sub(r"[^a-z]", "", first.lower()) in OPENINGS:
            yield (
                node.lineno,
                f'docstring opens with "{first}": name the thing first, as in '
                '"SHA-256 of the body."; for a bool, "True if …"',
            )


def _names(tree: ast.Module, lines: list[str]) -> Iterator[tuple[int, str]]:
    for line, name in _defined(tree):
        if lines[line - 1].rstrip().endswith(WIRE_NAME):
            continue
        words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
        words = [word.lower() for word in words]
        is_sentence = words[:1] == ["test"]
        for word in words:
            if (term := TERMS.get(word)) and (not is_sentence or word in IN_SENTENCES):
                yield line, f'name "{name}": instead of "{word}" use {term}'
        if words and (term := FIRST_TERMS.get(words[0])):
            yield line, f'name "{name}": instead of "{words[0]}" use {term}'


def _defined(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of every class, function, argument, variable and attribute that is set."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.alias(asname=str() as name):
                yield node.lineno, name


def _ignored_errors(lines: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        if re.search(r"#\s*type:\s*ignore", line):
            yield number, "an error of mypy is ignored: mend it, or give the value its type"


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Words of PROSE in docstrings and comments."""
    pattern = re.compile(rf"\b({'|'.join(PROSE)})\b", re.IGNORECASE)
    if not pattern.search(text):
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_docstring = token.type == tokenize.STRING and token.string.startswith('"""')
        if is_docstring or token.type == tokenize.COMMENT:
            for match in pattern.finditer(token.string):
                line = token.start[0] + token.string.count("\n", 0, match.start())
                word = match[0].lower()
                yield line, f'"{word}" in prose: instead use {PROSE[word]}'


def _long_functions(tree: ast.Module, limit: int) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > limit:
                yield (
                    node.lineno,
                    f'function "{node.name}" has {length} lines: at most {limit}, '
                    "better 40; move a step into a function of its own",
                )


def repeated_classes(files: Iterable[tuple[Path, str]]) -> list[Finding]:
    """Findings for top-level classes with a name that occurs twice in the files."""
    classes: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for path, shown in files:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                classes[node.name].append((shown, node.lineno))
    return [
        Finding(shown, line, f'class "{name}" is also in {_others(sites, shown)}: rename one')
        for name, sites in classes.items()
        if len(sites) > 1
        for shown, line in sites
    ]


def _others(sites: list[tuple[str, int]], shown: str) -> str:
    return ", ".join(file for file, _ in sites if file != shown) or "the same file"


def circles(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other, directly or through others; sorted."""
    reachable = {module: _reachable(imports, module) for module in imports}
    groups = {
        frozenset(other for other in targets if module in reachable.get(other, ()))
        for module, targets in reachable.items()
        if module in targets
    }
    return sorted(sorted(group) for group in groups)


def _reachable(imports: Mapping[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    pending = [start]
    while pending:
        targets = imports.get(pending.pop(), set()) - reached
        reached |= targets
        pending += targets
    return reached


def import_circles() -> list[Finding]:
    """Findings for the modules of the server that import each other."""
    graph = grimp.build_graph(SERVER, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    findings = []
    for group in circles(imports):
        target = next(module for module in group[1:] if module in imports[group[0]])
        line = graph.get_import_details(importer=group[0], imported=target)[0]["line_number"]
        message = f"import circle {' <-> '.join(group)}: move the shared part into its own module"
        findings.append(Finding(_shown(group[0]), line, message))
    return findings


def _shown(module: str) -> str:
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if (ROOT / path).is_dir() else f"{path}.py"


def python_files(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Python files below the paths, each with its name relative to the repository."""
    for path in paths:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            absolute = file.resolve()
            yield file, str(absolute.relative_to(ROOT) if ROOT in absolute.parents else file)


def check(paths: Iterable[Path]) -> list[Finding]:
    """All findings below the paths; rules about the whole server are checked on the whole."""
    files = list(python_files(paths))
    findings = [finding for path, shown in files for finding in check_file(path, shown)]
    checked = {shown for _, shown in files}
    if not any(shown.startswith(f"{SERVER}/") for shown in checked):
        return sorted(findings)
    whole = [*repeated_classes(python_files([ROOT / SERVER])), *import_circles()]
    return sorted([*findings, *(finding for finding in whole if finding.file in checked)])


def main() -> int:
    """Print the findings; 1 if there is one."""
    findings = check([Path(name) for name in sys.argv[1:] or (ROOT / name for name in SOURCES)])
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} findings; the terms are in docs/glossary.md", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
