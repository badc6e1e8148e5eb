"""Photographs the pages of the API's documentation, as headless Chromium shows them.

Needs a running server and Chromium: `python tools/screenshots.py http://127.0.0.1:8000`.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).resolve().parents[1] / "docs/pictures"
PAGES = {"swagger": "/api/v1/docs", "redoc": "/api/v1/redoc"}
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--force-device-scale-factor=1", "--window-size=1280,860",
    "--virtual-time-budget=15000",
)  # fmt: skip


def photograph(browser: str, url: str, picture: Path) -> None:
    """Write what the page looks like once its scripts have run."""
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [browser, *FLAGS, f"--user-data-dir={profile}", f"--screenshot={picture}", url],
            check=True,
            capture_output=True,
            timeout=120,
        )


def main() -> None:
    """Photograph every page."""
    (base_url,) = sys.argv[1:]
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("Chromium is not there.")
    for name, path in PAGES.items():
        photograph(browser, base_url.rstrip("/") + path, PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
