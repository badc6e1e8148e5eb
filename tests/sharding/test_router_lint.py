"""Rules of the router lint: each finds the statement that Citus refused, not its present form."""

import pytest

from sync_server.lookups.addresses import FIND as FIND_USERS
from sync_server.maintenance import expired_rows
from sync_server.ocr import leases
from sync_server.sync.devices.queries import FORGET, READ, STORE
from sync_server.sync.pull.sql import (
    ACKNOWLEDGE,
    LOCK_ACKNOWLEDGED,
    READ_FILTERED_PAGE,
    READ_MIXED_PAGE,
    READ_PAGE,
)
from sync_server.sync.push import locked_commit, sql
from tests.sharding.allowed import ALLOWED
from tests.sharding.router_lint import Rule, lint
from tests.sharding.verdict import verdict

OLD_FORMS = {
    # Citus: "complex joins are only supported when all distributed tables are co-located and
    # joined on their distribution columns".
    "a join of the log-in": (
        Rule.MIXED_GROUPS,
        "SELECT users.id FROM emails JOIN users ON users.id = emails.user_id WHERE email_norm = $1",
    ),
    "a user taken from another table": (
        Rule.NO_USER,
        "SELECT heads.version FROM unnest($1::uuid[]) AS asked (user_id)"
        " LEFT JOIN heads ON heads.user_id = asked.user_id",
    ),
    "a fence without the user's constant": (
        Rule.NO_USER,
        "SELECT version FROM (SELECT set_config($1, $2, true)::uuid AS user_id OFFSET 0) AS fence"
        " CROSS JOIN LATERAL (SELECT * FROM heads WHERE heads.user_id = fence.user_id) AS heads",
    ),
    # "COPY FROM not supported with row-level security".
    "constants instead of a row": (
        Rule.CONSTANT_USER,
        "INSERT INTO vacated_days (user_id, version)"
        " SELECT $1::text::uuid, version FROM unnest($2::bigint[]) AS moved (version)",
    ),
    # "could not run distributed query with FOR UPDATE/SHARE".
    "locks of many users' rows": (
        Rule.LOCKS_SHARDS,
        "SELECT user_id, id FROM ocr_jobs WHERE expires_at < $1 LIMIT 10 FOR UPDATE",
    ),
    "locks by a list of users": (
        Rule.LOCKS_SHARDS,
        "SELECT version FROM heads WHERE user_id = ANY($1::uuid[]) FOR UPDATE",
    ),
    # "cannot perform distributed INSERT ... SELECT because the partition columns do not match".
    "a note of files in the statement of a deletion": (
        Rule.MIXED_GROUPS,
        "WITH gone AS (DELETE FROM ocr_jobs WHERE user_id = $1 AND id = $2 RETURNING file)"
        " INSERT INTO files_to_delete (name) SELECT file FROM gone",
    ),
    # "functions used in UPDATE queries on distributed tables must not be VOLATILE".
    "a clock in an update": (
        Rule.VOLATILE_WRITE,
        "UPDATE devices SET seen_at = clock_timestamp() WHERE user_id = $1",
    ),
    # "functions used in the DO UPDATE SET clause ... must be marked IMMUTABLE".
    "now() in an upsert": (
        Rule.VOLATILE_WRITE,
        "INSERT INTO devices (user_id, device_id, seen_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (user_id, device_id) DO UPDATE SET seen_at = now()",
    ),
    "a cast that depends on the session, in an upsert": (
        Rule.VOLATILE_WRITE,
        "INSERT INTO device_facts (user_id, report) VALUES ($1, $2) ON CONFLICT (user_id)"
        " DO UPDATE SET report = CASE WHEN (EXCLUDED.report->>'at')::timestamptz > $3 THEN"
        " EXCLUDED.report END",
    ),
    # "subqueries are not supported within INSERT queries".
    "a sub-select in VALUES": (
        Rule.SUBSELECT_IN_VALUES,
        "INSERT INTO devices (user_id, acked_version)"
        " VALUES ($1, (SELECT version FROM heads WHERE user_id = $1))",
    ),
    "a sub-select in the upsert of VALUES": (
        Rule.SUBSELECT_IN_VALUES,
        "INSERT INTO devices (user_id, acked) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE"
        " SET acked = (SELECT $3 FROM jsonb_each_text(EXCLUDED.acked))",
    ),
    "an aggregate of JSON in an upsert": (
        Rule.VOLATILE_WRITE,
        "INSERT INTO device_facts (user_id, lost) SELECT users.id, $2 FROM users WHERE id = $1"
        " ON CONFLICT (user_id) DO UPDATE SET lost = (SELECT json_agg(1))",
    ),
    # "modifying the partition value of rows is not allowed".
    "a row that changes its user": (
        Rule.MOVES_ROWS,
        "UPDATE records SET user_id = $2 WHERE user_id = $1",
    ),
    # "cannot execute a distributed query from a query on a shard".
    "a lock in the message of BEGIN": (
        Rule.ONE_MESSAGE,
        "BEGIN; SET LOCAL a.b = 'c'; SELECT FROM heads WHERE user_id = 'd' FOR UPDATE",
    ),
    "a table of the coordinator": (
        Rule.LOCAL_JOIN,
        "SELECT version_num FROM alembic_version, heads WHERE user_id = $1",
    ),
}


@pytest.mark.parametrize("name", OLD_FORMS)
def test_a_statement_that_was_rejected_is_found(name: str) -> None:
    rule, text = OLD_FORMS[name]
    assert rule in {it.rule for it in lint(text)}
    if rule != Rule.ONE_MESSAGE:  # the session splits it
        assert str(rule) in verdict([text])


@pytest.mark.parametrize(
    "text",
    [
        sql.READ_FOR_PUSH,
        sql.READ_WITH_ALIASES,
        sql.STORE_MOVED,
        sql.STORE_REJECTED,
        sql.STORE_ALIASES,
        locked_commit.WRITE_RECORDS,
        locked_commit.WRITE_HISTORY,
        locked_commit.ADVANCE,
        READ_PAGE,
        READ_FILTERED_PAGE,
        READ_MIXED_PAGE,
        FIND_USERS,
        FORGET,
        READ,
        STORE,
        ACKNOWLEDGE,
        LOCK_ACKNOWLEDGED,
        leases.CLAIM,
        expired_rows.DELETE_HISTORY,
        "SELECT 1",
        "BEGIN; SET LOCAL a.b = 'c'",
        "CREATE TEMP TABLE probe AS SELECT 1",
        "SELECT a.id FROM records AS a JOIN records AS b USING (user_id) WHERE a.user_id = $1",
        "WITH RECURSIVE chain AS (SELECT id FROM records WHERE user_id = $1 UNION ALL SELECT"
        " records.id FROM chain JOIN records ON records.user_id = $1"
        " AND records.parent_id = chain.id) SELECT id FROM chain",
    ],
)
def test_the_present_form_is_routed(text: str) -> None:
    assert lint(text) == []


def test_what_asks_every_node_breaks_no_other_rule() -> None:
    for text, reason in ALLOWED.items():
        assert {it.rule for it in lint(text)} == {Rule.NO_USER}, (text, reason)


def test_the_verdict_names_the_statement_and_the_table() -> None:
    said = verdict(["SELECT id\n FROM users", sql.READ_FOR_PUSH])
    assert "SELECT id FROM users\n    users: no equality of the distribution column" in said
    assert "READ_FOR_PUSH" not in said
    assert verdict([sql.WRITE, sql.READ_FOR_PUSH]) == ""
