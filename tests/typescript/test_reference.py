"""The reference of the TypeScript package covers every entry; `make web-docs` generates it."""

import json

from .conftest import PACKAGE


def test_the_reference_has_every_entry_of_the_package() -> None:
    exports = json.loads((PACKAGE / "package.json").read_text("utf-8"))["exports"]
    modules = {it["default"] for it in exports.values() if isinstance(it, dict)}
    sources = {it.replace("./dist/", "../src/").replace(".js", ".ts") for it in modules}
    settings = json.loads((PACKAGE / "reference" / "typedoc.json").read_text("utf-8"))
    assert set(settings["entryPoints"]) == sources
    assert settings["validation"]["notDocumented"], "every symbol has a description"
    assert settings["treatWarningsAsErrors"]
