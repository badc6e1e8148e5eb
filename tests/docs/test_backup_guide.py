"""The guide to backups, followed word by word: back up, lose everything, restore."""

import asyncio
import re
import shutil
import signal
import sys
from pathlib import Path

from tests.infrastructure.test_command_line import ROOT, environment, start
from tests.support.client import Client

GUIDE = (ROOT / "docs/how-to/backup.md").read_text()
PATIENCE_S = 120


async def follow(section: str, place: Path) -> str:
    """Run the commands of a section in a directory; what they print."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## )", GUIDE, re.DOTALL | re.MULTILINE)
    blocks = re.findall(r"^ *```bash\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    process = await asyncio.create_subprocess_exec(
        "bash", "-eu", "-o", "pipefail", "-c", "\n".join(blocks),
        cwd=place,
        env=environment({"PYTHONPATH": str(ROOT)}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 0, printed.decode()
    return printed.decode()


async def test_the_guide_brings_everything_back(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    data_dir = tmp_path / ".data"
    server = await start(data_dir, OCR_PROCESSES="0")
    ann = Client(server.url)
    await ann.register()
    first = await ann.create("foods", name="Rye")
    assert "rows of" in await follow("Make a backup", tmp_path)
    second = await ann.create("foods", name="Spelt")
    cursor = await ann.cursor()
    await server.stop(signal.SIGTERM)

    shutil.rmtree(data_dir)
    assert "new epochs for 1 users" in await follow("Restore it", tmp_path)

    server = await start(data_dir, OCR_PROCESSES="0")
    ann.base_url = server.url  # with the tokens that it had before
    expired = await ann.send("GET", f"/sync/pull?cursor={cursor}")
    assert (expired.status, expired.code) == (410, "cursor_expired")
    assert expired.json["reason"] == "restored"
    assert expired.json["restored_version"] == first["version"]
    assert second["version"] > first["version"]
    assert [change["data"]["name"] for change in await ann.pull()] == ["Rye"]
    await server.stop(signal.SIGTERM)
    assert "new epochs: 1" in await follow("Large databases", tmp_path)
