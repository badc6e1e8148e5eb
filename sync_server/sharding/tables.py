"""Distribution of the tables over the nodes of a sharded database.

A new table gets one row here: in USER_TABLES if it holds rows of users, whose key then begins with
`user_id`; in DIRECTORIES if rows are found before the user is known; in REFERENCE_TABLES if every
node has a copy; in LOCAL_TABLES if only the coordinator has it.
"""

USER_TABLES = {"users": "id"} | dict.fromkeys(
    (
        "audit",
        "device_clocks",
        "device_facts",
        "devices",
        "email_links",
        "exercise_mappings",
        "fleet_stopped",
        "heads",
        "history",
        "idempotency_keys",
        "ocr_jobs",
        "passkeys",
        "powersync_checksums",
        "record_aliases",
        "records",
        "recovery_codes",
        "refresh_tokens",
        "rejected_changes",
        "revoked_tokens",
        "token_families",
        "totp",
        "vacated_days",
        "wake_keys",
    ),
    "user_id",
)
"""Column of the user's id, by table: all rows of a user are on one node."""

DIRECTORIES = {
    "emails": "email_norm",
    "files_to_delete": "name",
    "identities": "subject",
    "server_trouble": "at",
}
"""Distribution column, by table, of rows that belong to no user's shard."""

REFERENCE_TABLES = (
    "catalogue_exercises",
    "catalogue_foods",
    "catalogue_loads",
    "catalogue_words",
    "fleet_devices",
    "fleet_rejections",
)
"""Tables that every node has a copy of: the catalogue, and small counts that are written rarely."""

LOCAL_TABLES = ("alembic_version",)
"""Tables of the coordinator, which migrates."""

DISTRIBUTED = USER_TABLES | DIRECTORIES
"""Distribution column of every distributed table."""


def colocation(table: str) -> str:
    """Name of the group of tables whose rows of equal distribution columns share a node."""
    return "users" if table in USER_TABLES else table
