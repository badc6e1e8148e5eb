"""Restored backups: twenty devices bring back what the server lost; `make heal` runs more."""

import os
import time
from pathlib import Path

import pytest

from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from tests.infrastructure.server import Server
from tests.torture.clients import node

from . import heal

RUNS = int(os.environ.get("HEAL_RUNS", "3"))
TYPESCRIPT = int(os.environ.get("HEAL_TYPESCRIPT", "3"))
"""TypeScript devices of a household; in the short version only of the first one."""
SEED = int(os.environ.get("HEAL_SEED", "1"))


async def test_devices_heal_a_server_that_was_restored_from_a_backup(
    server: Server,
    pool: Pool,
    config: Config,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tally, began = heal.Tally(), time.monotonic()
    for seed in range(SEED, SEED + RUNS):
        typescript = TYPESCRIPT if node() and (RUNS > 3 or seed == SEED) else 0
        problems = await heal.run(server.base_url, pool, config, seed, tally, tmp_path, typescript)
        assert not problems, f"seed {seed}: " + "\n".join(problems[:10])
        if RUNS > 3:
            with capsys.disabled():
                print(f"seed {seed}, {time.monotonic() - began:.0f} s: {tally}", flush=True)
    assert tally.is_healed
    assert tally.brought_back > 0
