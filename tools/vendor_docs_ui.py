"""Vendors Swagger UI and ReDoc from npm into the server's package data; needs `npm` and a network.

Usage: python tools/vendor_docs_ui.py. The versions are pinned here; `vendored.json` records what
was taken, with the SHA-256 of each file before compression. The same versions give the same bytes.
"""

import gzip
import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

import orjson

TARGET = Path("sync_server/openapi/pages")
PACKAGES = {
    "swagger-ui-dist@5.35.0": {
        "swagger-ui-bundle.js": "swagger-ui-bundle.js.gz",
        "swagger-ui.css": "swagger-ui.css.gz",
        "LICENSE": "swagger-ui.LICENSE.txt",
        "NOTICE": "swagger-ui.NOTICE.txt",
        "swagger-ui-bundle.js.LICENSE.txt": "swagger-ui-bundle.js.LICENSE.txt",
    },
    "redoc@2.5.4": {
        "bundles/redoc.standalone.js": "redoc.standalone.js.gz",
        "LICENSE": "redoc.LICENSE.txt",
        "bundles/redoc.standalone.js.LICENSE.txt": "redoc.standalone.js.LICENSE.txt",
    },
}


def pack(package: str, into: Path) -> Path:
    """Download a package as npm publishes it; npm checks its integrity."""
    printed = subprocess.run(
        ["npm", "pack", package, "--silent", "--pack-destination", str(into)],  # noqa: S607
        check=True,
        capture_output=True,
        text=True,
    )
    return into / printed.stdout.strip().splitlines()[-1]


def vendor(package: str, files: dict[str, str], directory: Path) -> dict[str, dict[str, str]]:
    """Write the files that are needed; by their new names, where they are from."""
    found = {}
    with tarfile.open(pack(package, directory)) as archive:
        for path, name in files.items():
            member = archive.extractfile(f"package/{path}")
            assert member is not None
            content = member.read()
            digest = hashlib.sha256(content).hexdigest()
            if name.endswith(".gz"):
                content = gzip.compress(content, 9, mtime=0)
            (TARGET / name).write_bytes(content)
            found[name] = {"package": package, "path": path, "sha256": digest}
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        vendored: dict[str, dict[str, str]] = {}
        for package, files in PACKAGES.items():
            vendored |= vendor(package, files, Path(directory))
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS
    (TARGET / "vendored.json").write_bytes(orjson.dumps(vendored, option=options))
