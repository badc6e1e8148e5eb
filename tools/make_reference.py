"""Writes the pages derived from the code: errors, settings, and the README's cheat sheet."""

import sys
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY

from schema import COLLECTIONS
from sync_server.app import create_app
from sync_server.config.settings import SETTINGS, Config
from sync_server.openapi.document import document_of, routes_of
from sync_server.web import errors
from tools.export_examples import export_examples_page
from tools.import_examples import import_examples_page

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- cheat sheet -->", "<!-- end of the cheat sheet -->"
BEGIN_TABLE = "<!-- collections: written by `make generated` -->"
END_TABLE = "<!-- end of the collections -->"
BEGIN_LAYERS, END_LAYERS = "<!-- layers -->", "<!-- end of the layers -->"
SLUGS = {f"/api/v1/{name.replace('_', '-')}": name for name in COLLECTIONS}
ENDINGS = (*SLUGS, "/{id}", "/{id}/history", "/{id}/restore")
GENERIC = {
    "GET /{collection}": "A page of records; `from`, `to`, `order`, `limit`, the parent's field",
    "POST /{collection}": "Make one",
    "GET /{collection}/{id}": "One, with its `ETag`",
    "PUT /{collection}/{id}": "Make or replace one, as a whole",
    "PATCH /{collection}/{id}": "Change some fields",
    "DELETE /{collection}/{id}": "Delete one",
    "GET /{collection}/{id}/history": "What was overwritten, deleted or lost of one",
    "POST /{collection}/{id}/restore": "Restore a version from its history",
}


def error_page() -> str:
    """Every code that a problem document may have."""
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.ApiError) and hasattr(kind, "code")
    ]
    rows = [
        f"| `{kind.code}` | {kind.status} | {kind.title()} |"
        for kind in sorted(kinds, key=lambda kind: (kind.status, kind.code))
    ]
    return _page(
        "Errors",
        "Every error is `application/problem+json` with one of these codes, which never change "
        "their meaning. A client decides by `code`; `title` and `detail` are for people. What a "
        "route may answer is in the [OpenAPI document](../protocol.md#the-api-described).",
        ["| code | status | meaning |", "|---|---|---|", *rows],
    )


def settings_page() -> str:
    """Every environment variable."""
    rows = []
    for setting in sorted(SETTINGS.values(), key=lambda setting: setting.name):
        default = Config().value(setting.name)
        shown = f"`{default}`" if default not in ("", {}, ()) else "–"
        rows.append(f"| `{setting.name.upper()}` | {shown} | {setting.metadata['description']} |")
    return _page(
        "Settings",
        "All settings are environment variables, read once at start; bad ones are all named at "
        "once. Names ending in `_S` are seconds, in `_BYTES` bytes.",
        ["| variable | default | description |", "|---|---|---|", *rows],
    )


def metrics_page() -> str:
    """Every metric of the server, by name."""
    for module in ("app", "serve_commands"):  # and with them whatever has metrics
        import_module(f"sync_server.{module}")
    rows = []
    for collector in set(REGISTRY._collector_to_names):
        names = getattr(collector, "_labelnames", ())
        for metric in collector.describe() if hasattr(collector, "describe") else ():
            if metric.name.startswith("trackforge_"):
                name = f"{metric.name}_total" if metric.type == "counter" else metric.name
                labels = ", ".join(f"`{label}`" for label in names) or "–"
                rows.append(f"| `{name}` | {metric.type} | {labels} | {metric.documentation} |")
    return _page(
        "Metrics",
        "`/metrics` has these in Prometheus' text format, and those of the Python process when one "
        "process serves. A counter only grows; a histogram also has `_bucket`, `_sum`, `_count`.",
        ["| metric | type | labels | meaning |", "|---|---|---|---|", *sorted(rows)],
    )


def cheat_sheet() -> str:
    """Every route, the collections' as one."""
    document = document_of(routes_of(create_app(Config())))
    rows = [f"| `{route}` | {words} |" for route, words in GENERIC.items()]
    rows += [f"| `{route}` | {words} |" for route, words in _others(document["paths"])]
    names = " ".join(f"`{slug.removeprefix('/api/v1/')}`" for slug in SLUGS)
    lines = [
        f"Below `/api/v1`, but for `/health` and `/metrics`; `{{collection}}` is one of {names}.",
        "",
        "| route | what it does |",
        "|---|---|",
        *rows,
    ]
    return "\n".join(lines)


def _others(paths: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, operations in paths.items():
        if path.partition("/{id}")[0] in SLUGS and path.endswith(ENDINGS):
            continue
        for method, operation in operations.items():
            if "summary" in operation:
                shown = path.removeprefix("/api/v1")
                yield f"{method.upper()} {shown}", operation["summary"].rstrip(".")


def env_example() -> str:
    """Every setting as a commented line of a `.env` file, with its default."""
    lines = [
        "# Settings with their defaults, written by tools/make_reference.py: `make generated`.",
        "# docker compose reads a file `.env`; a shell does with: set -a; . ./.env; set +a",
        "",
        "# Required by compose.yaml:",
        "POSTGRES_PASSWORD=",
        "APP_PASSWORD=",
        "# Required with DATABASE_URL: a name and 32 random bytes, as in",
        "# main:$(openssl rand -base64 32 | tr '+/' '-_' | tr -d '=')",
        "SECRET_KEYS=",
    ]
    config = Config()
    for part in (getattr(config, part.name) for part in fields(config)):
        lines += ["", f"# == {part.__doc__.rstrip('.')} =="]
        for setting in fields(part):
            if setting.name != "secret_keys":
                default = getattr(part, setting.name)
                value = default if default not in ({}, ()) else ""
                lines += ["", f"# {setting.metadata['description']}"]
                lines.append(f"#{setting.name.upper()}={value}")
    return "\n".join([*lines, ""])


def layers() -> str:
    """The layers of import-linter, from the highest to the lowest."""
    setup = ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg")
    return "\n".join(["```text", setup["importlinter:contract:layers"]["layers"].strip(), "```"])


def readme(text: str) -> str:
    """The README with a fresh cheat sheet."""
    return _between(text, BEGIN, END, cheat_sheet())


def collections_table() -> str:
    """Every collection with its paths, the field of its day and its parent."""
    lines = ["| collection | paths | days | parent |", "|---|---|---|---|"]
    for name, collection in COLLECTIONS.items():
        slug = f"/{name.replace('_', '-')}"
        day = f"`{collection.day_field}`" if collection.day_field else "–"
        if collection.parent_day:
            day = f"its {collection.parent_day.removesuffix('s').split('_')[-1]}'s"
        parent = f"`{collection.parent_field}`" if collection.parent_field else "–"
        paths = ", ".join(f"`{slug}{end}`" for end in ("", *ENDINGS[len(SLUGS) :]))
        lines.append(f"| `{name}` | {paths} | {day} | {parent} |")
    return "\n".join(lines)


def protocol(text: str) -> str:
    """The protocol page with the table of collections as they are declared."""
    return _between(text, BEGIN_TABLE, END_TABLE, collections_table())


def contributing(text: str) -> str:
    """CONTRIBUTING with the layers as they are enforced."""
    return _between(text, BEGIN_LAYERS, END_LAYERS, layers())


def _between(text: str, begin: str, end: str, block: str) -> str:
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{block}\n{end}{after}"


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    front, guide = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
    protocol_page = ROOT / "docs/protocol.md"
    return {
        ROOT / ".env.example": env_example(),
        guide: contributing(guide.read_text()),
        ROOT / "docs/reference/errors.md": error_page(),
        ROOT / "docs/reference/settings.md": settings_page(),
        ROOT / "docs/reference/metrics.md": metrics_page(),
        ROOT / "docs/reference/import-examples.md": import_examples_page(),
        ROOT / "docs/reference/export-examples.md": export_examples_page(),
        front: readme(front.read_text()),
        protocol_page: protocol(protocol_page.read_text()),
    }


def _page(title: str, words: str, lines: Iterable[str]) -> str:
    note = "<!-- Written by tools/make_reference.py: `make generated`. -->"
    return "\n".join([f"# {title}", "", note, "", words, "", *lines, ""])


def main() -> None:
    """Write what has changed."""
    for path, text in pages().items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            sys.stdout.write(f"written: {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
