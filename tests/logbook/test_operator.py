"""Second factors, explanations and the operator's pages, in a real Chromium."""

import asyncio
import datetime
import os
import subprocess
from pathlib import Path

import pytest

from sync_server.config.settings import Config
from sync_server.logbook import handlers
from sync_server.store.postgres import Pool
from tests.api.test_fleet import add_device
from tests.api.test_passkeys import with_passkeys
from tests.api.test_support import SECRET, someone
from tests.api.test_support_accounts import push_rejected
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.logbook.test_app import CHROMIUM
from tests.support.client import Client
from tests.support.sample_records import new_id
from tools.build_web import NODE, node_environment

LINKS = "http://localhost/app/#"
A_MONTH = """
WITH days AS (
  SELECT ((now() AT TIME ZONE 'UTC')::date - ago) AS day, ago FROM generate_series(0, 29) AS ago
), devices AS (
  INSERT INTO fleet_devices
  SELECT day, version, 1, 900 - 9 * ago, 500 - 7 * ago + 40 * (ago % 3), 700, 800, 30, now()
  FROM days, unnest('{9.0,9.1}'::text[]) AS version
  ON CONFLICT DO NOTHING
)
INSERT INTO fleet_rejections
SELECT day, code, '9.1', 'change', 3 + (ago * 7) % 5 + 30 * (ago = 11)::integer
FROM days, unnest('{invalid_record,quota_exceeded}'::text[]) AS code
ON CONFLICT DO NOTHING
"""
"""A month of counts, for pictures."""
SIXTY_LOG_INS = """
INSERT INTO audit (user_id, id, actor_id, action, details, created_at)
SELECT $1::text::uuid, gen_random_uuid(), $1::text::uuid, 'logged_in', '{"device": "phone"}',
       now() - number * interval '7 hours'
FROM generate_series(1, 60) AS number
"""
DEAD_KEY = """
INSERT INTO wake_keys (user_id, device_id, family_id, kind, created_at, covered_version,
                       sent_at, dropped_at, dropped_reason)
SELECT facts.user_id, facts.device_id, families.id, 'fcm', now() - interval '20 days', 0,
       now() - interval '13 days', now() - interval '12 days', 'UNREGISTERED'
FROM device_facts AS facts JOIN token_families AS families ON families.user_id = facts.user_id
WHERE facts.user_id = $1::text::uuid AND facts.report->>'app_version' = '9.0' LIMIT 1
"""


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
async def test_second_factors_and_the_operators_pages_in_a_browser(
    web_package: Path,
    built_app: Path,
    config: Config,
    pool: Pool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handlers, "FILES", built_app)
    async with running(with_passkeys(config, second_factor="staff", mail_link_url=LINKS)) as server:
        admin = await someone(server, "admin", pool, config)
        user = await _user(server, pool)
        if "PICTURES" in os.environ:
            await pool.execute(A_MONTH)
        settings = {
            "TRACKFORGE_URL": server.base_url.replace("127.0.0.1", "localhost"),
            "TRACKFORGE_ADMIN": admin.email,
            "TRACKFORGE_EMAIL": user.email,
            "TRACKFORGE_PASSWORD": user.password,
            "TRACKFORGE_SECRET": SECRET,
            "TRACKFORGE_OUTBOX": str(config.stores.data_dir / "outbox"),
            "CHROMIUM": str(CHROMIUM),
        }
        process = await asyncio.create_subprocess_exec(
            NODE, "--test", "--test-timeout=60000", web_package / "test" / "operator.test.ts",
            cwd=web_package, stdout=subprocess.PIPE, env=node_environment() | settings,
        )  # fmt: skip
        output, _ = await asyncio.wait_for(process.communicate(), 200)
    assert process.returncode == 0, output.decode()[:9000]


async def _user(server: Server, pool: Pool) -> Client:
    """A user with a record, rejected changes and devices, one of which stopped syncing."""
    user = Client(server.base_url)
    await user.register()
    session = {"date": datetime.date.today().isoformat(), "name": "Legs", "notes": SECRET}
    key = {"Idempotency-Key": new_id()}
    assert (await user.call("POST", "/workout-sessions", session, **key))[0] == 201
    await push_rejected(user, [SECRET])
    await add_device(pool, user, "9.0", 12, 3)
    await pool.execute(SIXTY_LOG_INS, user.user_id)
    await pool.execute(DEAD_KEY, user.user_id)
    return user
