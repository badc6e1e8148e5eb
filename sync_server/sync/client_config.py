"""The server's configuration that clients need: limits, retention, schema versions."""

from schema import COLLECTIONS, OLDEST_SCHEMA_VERSION, SCHEMA_VERSION
from schema.contract import contract_of
from sync_server.config.settings import Config

_CONTRACTS = {name: contract_of(collection) for name, collection in COLLECTIONS.items()}


def client_config(config: Config) -> dict[str, object]:
    """`{limits, quotas, retention, schema_version, collections}`; sizes are in bytes."""
    return {
        "limits": {
            "push_changes": config.push_max_changes,
            "push_bytes": config.push_max_bytes,
            "record_bytes": config.record_max_bytes,
            "json_depth": config.json_max_depth,
            "pull_limit": config.pull_max_limit,
        },
        "quotas": quotas(config),
        "retention": {
            "tombstones_days": config.tombstone_retention_days,
            "idempotency_hours": config.idempotency_retention_hours,
            "rejected_days": config.rejected_retention_days,
        },
        "schema_version": {"current": SCHEMA_VERSION, "oldest": OLDEST_SCHEMA_VERSION},
        "collections": _CONTRACTS,
    }


def quotas(config: Config) -> dict[str, int]:
    """Quotas of an account."""
    return {
        "records": config.quota_records,
        "bytes": config.quota_bytes,
        "rejected_changes": config.quota_rejected_changes,
        "sessions": config.quota_sessions,
        "devices": config.quota_devices,
        "image_bytes": config.ocr_quota_bytes,
    }
