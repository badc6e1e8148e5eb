"""Statements that are meant to ask every node, by their constants, each with its reason."""

from collections.abc import Mapping

from sync_server.auth import identity_queries
from sync_server.auth.account_queries import READ_BCRYPT_COST
from sync_server.backup.create import UPLOADS
from sync_server.backup.epoch import NEW_EPOCH
from sync_server.explain.queries import READ_TROUBLE
from sync_server.maintenance import expired_rows, key_rotation, retention, tombstones
from sync_server.ocr import leases, queries
from sync_server.store.files.sweep import NOTED
from sync_server.support.fleet_queries import READ_STOPPED
from sync_server.sync.devices import fleet
from sync_server.sync.push import sql
from sync_server.sync.wakes import queries as wakes
from sync_server.users.queries import EXPORTED
from tests.sharding.router_lint import Rule

_CLEAN_UP = "the clean-up: once an hour, by one process"
_OCR = "the queue of images is of all users; an idle worker asks more and more rarely"
_IDENTITIES = "found by subject at each log-in; by user only in settings, exports and deletions"
_WAKES = "joins by user on each node, for the users of one batch; who is owed a wake-up"
_OPERATOR = "a command of the operator"

ALLOWED: Mapping[str, str] = {
    UPLOADS: _OPERATOR,
    NEW_EPOCH: _OPERATOR,
    READ_TROUBLE: "one small table without users, for explanations",
    expired_rows.FIND_HISTORY: _CLEAN_UP,
    expired_rows.FIND_IMAGES: _CLEAN_UP,
    key_rotation.FIND_OLD: _CLEAN_UP,
    retention.DELETE_TROUBLE: _CLEAN_UP,
    tombstones.FIND_TOMBSTONES: _CLEAN_UP,
    **{
        retention.DELETE_EXPIRED.format(
            table=table, key=key, age=age, batch=expired_rows.BATCH
        ): _CLEAN_UP
        for table, (key, age) in retention.EXPIRED.items()
    },
    leases.CLAIMABLE: _OCR,
    leases.FAIL_EXHAUSTED: _OCR,
    leases.COUNT_WAITING: _OCR,
    queries.WAITING: _OCR,
    queries.AHEAD: _OCR,
    NOTED: _CLEAN_UP,
    READ_BCRYPT_COST: "imported hashes, by an index that has only these",
    wakes.READ_CANDIDATES: _WAKES,
    wakes.READ_DUE: _WAKES,
    wakes.READ_UNCOVERED: _WAKES,
    fleet.READ_PAGE: _CLEAN_UP,
    fleet.DELETE_STOPPED: _CLEAN_UP,
    READ_STOPPED: "for support: the devices of all users that stopped syncing",
    "DELETE FROM identities WHERE user_id = $1": _IDENTITIES,
    "DELETE FROM identities WHERE user_id = $1 AND provider = $2 RETURNING user_id": _IDENTITIES,
    "SELECT provider, email, created_at FROM identities WHERE user_id = $1 "
    "ORDER BY created_at, issuer": _IDENTITIES,
    EXPORTED["identity"]: _IDENTITIES,
    identity_queries.IS_LINKED: _IDENTITIES,
}
ALLOWED_RULE = Rule.NO_USER
"""The one rule that these may break: they ask every node, but a database takes them."""

ONE_NODE = frozenset({sql.WRITE, sql.WRITE_WITH_HISTORY, sql.INSERT_NEW})
"""Statements that a server with DATABASE_SHARDED does not send: it takes the user's lock."""
