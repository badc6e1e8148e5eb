"""Knowledge of the engine stays in its room, the settings and the command."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "sync_server"
WORDS = re.compile(r"citus|shard(?!ing)|distribut|coordinator", re.IGNORECASE)
ALLOWED = {
    # The setting is declared where all are; what else it means for a caller is a property.
    "config/stores.py",
    # The command, and its name in the list of commands.
    "sharding_commands.py",
    "__main__.py",
    # Of browsers' notifications: not of a database.
    "gateways/web_push.py",
}
# A migration is not edited after its release; these have comments on keys.
OLD_MIGRATIONS = {"0001_tables.py", "0014_passkeys.py"}


def naming(directory: Path) -> set[str]:
    """Files below a directory that name the engine."""
    return {
        str(path.relative_to(directory))
        for path in directory.rglob("*.py")
        if WORDS.search(path.read_text())
    }


def test_only_its_room_the_settings_and_the_command_name_it() -> None:
    found = {name for name in naming(SERVER) if not name.startswith("sharding/")}
    assert found <= ALLOWED, found - ALLOWED
    assert found == ALLOWED, "ALLOWED names files that need no exception"


def test_migrations_collections_and_clients_do_not_name_it() -> None:
    assert {Path(name).name for name in naming(ROOT / "migrations")} == OLD_MIGRATIONS
    for directory in ("schema", "clients/python"):
        assert naming(ROOT / directory) == set()


def test_the_setting_is_read_nowhere_else() -> None:
    readers = {
        str(path.relative_to(SERVER))
        for path in SERVER.rglob("*.py")
        if "database_sharded" in path.read_text()
    }
    assert readers == {
        "config/stores.py",
        "sharding/placement.py",
        "sharding/session.py",
        "sharding_commands.py",
    }


def test_the_old_way_would_be_found() -> None:
    assert WORDS.search("if config.stores.database_sharded:")
    assert WORDS.search("# works on a sharded PostgreSQL too")
    assert not WORDS.search("from sync_server.sharding.session import messages")
