"""The reference of the TypeScript package covers every entry; `make web-docs` generates it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import PACKAGE

SETTINGS = PACKAGE / "reference" / "typedoc.json"
EXPORT = re.compile(
    r"^export (?:declare |abstract |async )*(class|interface|function|type|const|enum) (\w+)", re.M
)
EXPORTED_FROM = re.compile(r'^export (?:type )?(\*|\{[^}]*\}) from "(\./[^"]+)";', re.M)
COMMENT = re.compile(r"^ *//.*\n", re.M)
MEMBER = re.compile(r"(?:static |async |\*)*(?:get |set )?(\w+)\??(?:<.*>)?\(.*[;{]$")
STATEMENT = re.compile(r"(?:constructor|if|for|while|switch|return|super)\b")


def undocumented(module: Path, names: set[str] | None = None) -> Iterator[str]:
    """Exported symbols of a module (of these names), and their methods, without a description.

    Like `notDocumented` of TypeDoc, from the text alone, so that no package is needed.
    """
    text = COMMENT.sub("", module.read_text("utf-8"))
    for found in EXPORT.finditer(text):
        kind, name = found.groups()
        if names is not None and name not in names:
            continue
        if not text[: found.start()].endswith("*/\n"):
            yield f"{module.name}: {name}"
        if kind in {"class", "interface"}:
            body = text[found.end() :].partition("\n}\n")[0]
            yield from (f"{module.name}: {name}.{it}" for it in _methods(body, kind))
    for what, source in EXPORTED_FROM.findall(text):
        given = {it.split()[-1] for it in what.strip("{} ").split(",") if it.strip()}
        wanted = None if what == "*" else given
        yield from undocumented(module.parent / source, wanted)


def _methods(body: str, kind: str) -> Iterator[str]:
    """Public methods without a description: of an interface in its literal types as well."""
    before = ""
    for line in body.splitlines():
        indent, code = len(line) - len(line.lstrip()), line.strip()
        is_member = indent == 2 or (kind == "interface" and indent > 2)
        if is_member and (found := MEMBER.match(code)) and not STATEMENT.match(code):
            is_overload = before.startswith(f"{found[1]}(")
            if not is_overload and not before.endswith("*/"):
                yield found[1]
        before = code


def test_the_reference_has_every_entry_of_the_package() -> None:
    exports = json.loads((PACKAGE / "package.json").read_text("utf-8"))["exports"]
    modules = {it["default"] for it in exports.values() if isinstance(it, dict)}
    sources = {it.replace("./dist/", "../src/").replace(".js", ".ts") for it in modules}
    settings = json.loads(SETTINGS.read_text("utf-8"))
    assert set(settings["entryPoints"]) == sources
    assert settings["validation"]["notDocumented"], "every symbol has a description"
    assert settings["treatWarningsAsErrors"]


def test_every_public_symbol_has_a_description() -> None:
    entries = json.loads(SETTINGS.read_text("utf-8"))["entryPoints"]
    assert [it for entry in entries for it in undocumented(SETTINGS.parent / entry)] == []


SOURCE = """/** Module. */
import type { Other } from "./other.ts";

export interface Bare {
  /** Described. */
  one(): void;
  readonly inner: {
    two(it: number): Promise<{ three(): object }>;
  };
}

/** Described. */
export class Known {
  private constructor() {
    super();
  }

  /** Described. */
  six(it: string): void;
  six(...it: string[]): void {
    run(it);
  }

  /** Described. */
  get size(): number {
    return run(1);
  }

  async four<T>(it: T): Promise<T> {
    return it;
  }
}

export const five = 5;
export function internal(): void {}
"""


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (
            'export { Known, five, type Bare } from "./inner.ts";\n',
            ["Bare", "Bare.two", "Known.four", "five"],
        ),
        (
            'export * from "./inner.ts";\n',
            ["Bare", "Bare.two", "Known.four", "five", "internal"],
        ),
        ("export type Own = string;\n", ["Own"]),
    ],
)
def test_a_missing_description_is_found(tmp_path: Path, entry: str, found: list[str]) -> None:
    (tmp_path / "inner.ts").write_text(SOURCE, "utf-8")
    (tmp_path / "entry.ts").write_text(entry, "utf-8")
    assert [it.split(": ")[1] for it in undocumented(tmp_path / "entry.ts")] == found
