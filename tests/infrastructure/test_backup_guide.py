"""The guide to backups, followed word by word: back up, verify, lose everything, restore."""

import asyncio
import re
import shutil
import signal
import sys
import time
from pathlib import Path

from tests.infrastructure.test_command_line import ROOT, environment, start
from tests.support.client import Client
from tests.sync.stories import agree, food
from trackforge_client import Device

GUIDE = (ROOT / "docs/how-to/backup.md").read_text()
PATIENCE_S = 180


async def follow(section: str, place: Path) -> str:
    """Run the commands of a section in a directory, and print the time; what they print."""
    started = time.monotonic()
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
    print(f"{section}: {time.monotonic() - started:.1f} s")
    return printed.decode()


async def test_every_device_that_had_more_gives_it_back_by_itself(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    data_dir = tmp_path / ".data"
    server = await start(data_dir, OCR_PROCESSES="0")
    ann = Client(server.url)
    await ann.register()
    async with (
        Device(tmp_path / "phone", server.url) as phone,
        Device(tmp_path / "tablet", server.url) as tablet,
    ):
        for device in (phone, tablet):
            await device.login(ann.email, ann.password)
        rye = phone.put("foods", food("Rye"))
        await agree(phone, tablet)
        assert "rows of" in await follow("Make a backup", tmp_path)
        spelt = phone.put("foods", food("Spelt"))
        await phone.sync()
        await tablet.sync()  # has what phone wrote
        tablet.patch("foods", rye, {"name": "Rye bread"})
        await agree(phone, tablet)
        for device in (phone, tablet):
            await device.session.refresh()  # as each does every 15 minutes
        phone.put("foods", food("Oats"))  # is not sent before the end of the server
    await server.stop(signal.SIGTERM)

    shutil.rmtree(data_dir)
    assert "new epochs for 1 users" in await follow("Restore it", tmp_path)

    server = await start(data_dir, OCR_PROCESSES="0")
    async with (
        Device(tmp_path / "phone", server.url) as phone,
        Device(tmp_path / "tablet", server.url) as tablet,
    ):
        await agree(tablet, phone)  # without a log-in, and nothing but syncs
        assert (phone.rejected(), tablet.rejected()) == ([], [])
        shown = {record[1]: str(record[2]["name"]) for record in tablet.live()}
        assert (shown[rye], shown[spelt]) == ("Rye bread", "Spelt")
        assert sorted(shown.values()) == ["Oats", "Rye bread", "Spelt"]
    await server.stop(signal.SIGTERM)
