"""The server's configuration that clients need: limits, retention, schema versions."""

from schema import COLLECTIONS, OLDEST_SCHEMA_VERSION, SCHEMA_VERSION
from schema.contract import contract_of
from sync_server.config.settings import Config
from sync_server.gateways.registry import push_config

_CONTRACTS = {name: contract_of(collection) for name, collection in COLLECTIONS.items()}


def client_config(config: Config) -> dict[str, object]:
    """`{limits, quotas, retention, push, schema_version, collections}`; sizes are in bytes."""
    return {
        "limits": {
            "push_changes": config.sync.push_max_changes,
            "push_bytes": config.sync.push_max_bytes,
            "record_bytes": config.sync.record_max_bytes,
            "json_depth": config.sync.json_max_depth,
            "pull_limit": config.sync.pull_max_limit,
        },
        "quotas": quotas(config),
        "retention": {
            "tombstones_days": config.retention.tombstone_retention_days,
            "idempotency_hours": config.retention.idempotency_retention_hours,
            "rejected_days": config.retention.rejected_retention_days,
        },
        "push": push_config(config),
        "schema_version": {"current": SCHEMA_VERSION, "oldest": OLDEST_SCHEMA_VERSION},
        "collections": _CONTRACTS,
    }


def quotas(config: Config) -> dict[str, int]:
    """Quotas of an account."""
    return {
        "records": config.quotas.quota_records,
        "bytes": config.quotas.quota_bytes,
        "rejected_changes": config.quotas.quota_rejected_changes,
        "sessions": config.quotas.quota_sessions,
        "devices": config.quotas.quota_devices,
        "image_bytes": config.ocr.ocr_quota_bytes,
    }
