"""The reference offline-first client of TrackForge Sync: `from trackforge_client import Device`."""

from trackforge_client.catalogue import Catalogue
from trackforge_client.check import Check
from trackforge_client.device import Device
from trackforge_client.digest import state_digest, version_digest
from trackforge_client.errors import (
    AccountDeleted,
    ClientError,
    Offline,
    Refused,
    Retryable,
    SignedOut,
    Unavailable,
    UnknownCollection,
    UnknownRecord,
    UnsentWork,
    UpgradeRequired,
)
from trackforge_client.rejected import Rejected
from trackforge_client.status import Status
from trackforge_client.units import Units

__all__ = [
    "AccountDeleted",
    "Catalogue",
    "Check",
    "ClientError",
    "Device",
    "Offline",
    "Refused",
    "Rejected",
    "Retryable",
    "SignedOut",
    "Status",
    "Unavailable",
    "Units",
    "UnknownCollection",
    "UnknownRecord",
    "UnsentWork",
    "UpgradeRequired",
    "state_digest",
    "version_digest",
]
