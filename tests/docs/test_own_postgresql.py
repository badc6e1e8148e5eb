"""The guide to one's own PostgreSQL, followed on the tests' server."""

import re
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import asyncpg

from tests.conftest import Stores
from tests.infrastructure.shared_servers import with_database
from tests.infrastructure.test_command_line import SECRET_KEYS, start

GUIDE = (Path(__file__).parents[2] / "docs/how-to/own-postgresql.md").read_text()
SECRET, ANOTHER = "a%20secret", "another%20secret"


def _as(url: str, name: str, password: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}:{password}@{place}"))


async def test_the_guide_leads_to_a_server(stores: Stores, tmp_path: Path) -> None:
    (sql,) = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
    owner, database = (f"tf_{kind}_{uuid.uuid4().hex[:8]}" for kind in ("owner", "own"))
    application = f"{owner}_app"
    admin = await asyncpg.connect(stores.database_url)
    try:
        for statement in sql.replace("DATABASE trackforge", f"DATABASE {database}").split(";"):
            if statement.strip():
                await admin.execute(re.sub(r"\btrackforge\b", owner, statement))
        given = dict(re.findall(r"export (\w+)='?([^'\n]*)'?", GUIDE))
        assert SECRET in given["MIGRATION_DATABASE_URL"]
        assert ANOTHER in given["DATABASE_URL"]
        place = with_database(stores.database_url, database)
        server = await start(
            tmp_path,
            MIGRATION_DATABASE_URL=_as(place, owner, SECRET),
            DATABASE_URL=_as(place, application, ANOTHER),
            REDIS_URL=stores.redis_url,
            SECRET_KEYS=SECRET_KEYS,
        )
        try:
            async with aiohttp.ClientSession(server.url) as http:
                body = {"email": f"{uuid.uuid4()}@example.com", "password": "a long password"}
                async with http.post("/api/v1/auth/register", json=body) as answer:
                    assert answer.status == 201
                    token = (await answer.json())["access_token"]
                headers = {"Authorization": f"Bearer {token}"}
                search = http.get("/api/v1/foods/search?q=milk", headers=headers)
                async with search as answer:
                    assert (await answer.json())["foods"]
        finally:
            await server.stop()
        assert not (tmp_path / "postgres").exists(), "no private one was started"
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        for role in (application, owner):
            await admin.execute(f"DROP ROLE IF EXISTS {role}")
        await admin.close()
