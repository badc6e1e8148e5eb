"""The example in the client's README runs as it stands."""

import runpy
import uuid
from pathlib import Path

import pytest

import trackforge_client
from tests.infrastructure.server import Server

README = Path(trackforge_client.__file__).parent.parent / "README.md"


async def test_the_example_runs(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    example = README.read_text("utf-8").split("```python\n")[1].split("```")[0]
    script = tmp_path / "example.py"
    script.write_text(example, "utf-8")
    monkeypatch.chdir(tmp_path)
    main = runpy.run_path(str(script))["main"]
    email = f"{uuid.uuid4()}@example.com"
    await main(server.base_url, email, "correct horse battery")
    printed = [
        line
        for line in capsys.readouterr().out.splitlines()
        if "[debug" not in line and "[info" not in line
    ]
    assert "'weight_kg': 82.5" in printed[0]
    assert printed[1].startswith("Not signed in yet. 5 changes wait to be sent: 1 exercise,")
    assert "'volume_kg': 412.5" in printed[2]
    assert printed[3].startswith(f"Signed in as {email}. Everything is sent. Last synced just now.")
    assert printed[-1] == "True"
    assert len(printed) == 5
