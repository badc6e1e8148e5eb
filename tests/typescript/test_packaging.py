"""The package as its users get it: packed, resolved, sized; and its sources, linted."""

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tools.build_web import NPM

from .conftest import NODE, QUIET, node_environment
from .test_package import built as built


def _run(folder: Path, *arguments: object) -> str:
    """Output of a command of Node, which must succeed."""
    command = [str(NODE), QUIET, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=folder, env=node_environment(), capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def packed(built: Path, tmp_path: Path) -> Path:
    """File that `npm publish` would send."""
    _run(built, NPM, "pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", tmp_path)
    return next(tmp_path.glob("*.tgz"))


def test_the_package_resolves_for_its_users(built: Path, packed: Path) -> None:
    modules = built / "node_modules"
    assert "All good!" in _run(built, modules / "publint" / "src" / "cli.js", packed, "--strict")
    checker = modules / "@arethetypeswrong" / "cli" / "dist" / "index.js"
    report = _run(built, checker, packed, "--profile", "esm-only", "--format", "json")
    assert '"problems"' in report


def test_the_page_of_the_how_to_builds_in_an_empty_folder(
    built: Path, packed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "food log"
    installed = folder / "node_modules" / "@trackforge"
    installed.mkdir(parents=True)
    with tarfile.open(packed) as archive:
        archive.extractall(installed, filter="data")
    (installed / "package").rename(installed / "client")
    for name in ("index.html", "main.ts"):
        shutil.copy(built / "example" / name, folder)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    modules = built / "node_modules"
    _run(folder, modules / "typescript" / "bin" / "tsc", "--noEmit", "main.ts")
    subprocess.run(
        [modules / ".bin" / "esbuild", "main.ts", "--bundle", "--format=esm", "--outfile=main.js"],
        cwd=folder, check=True, capture_output=True, timeout=60, env=node_environment(),
    )  # fmt: skip
    assert (folder / "main.js").stat().st_size > 20_000


def test_the_sources_are_linted_and_small(package: Path) -> None:
    linter = package / "node_modules" / "oxlint" / "bin" / "oxlint"
    _run(package, linter, "--deny-warnings", "src", "test", "bench", "example")
    sizes = _run(package, "bench/check_size.ts")
    assert "core and IndexedDB" in sizes
    print(sizes)


def test_adapters_have_at_most_100_lines_and_libraries_are_optional(package: Path) -> None:
    for adapter in (package / "src" / "adapters").glob("*.ts"):
        assert len(adapter.read_text("utf-8").splitlines()) <= 100, adapter.name
    others = [it for it in (package / "src").rglob("*.ts") if it.parent.name != "adapters"]
    for library in ("rxdb", "rxjs", "@nozbe", "@tanstack", "@legendapp"):
        assert not [it for it in others if f'from "{library}' in it.read_text("utf-8")]
