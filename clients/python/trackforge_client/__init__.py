"""Reference offline-first client of TrackForge Sync: `from trackforge_client import Device`."""

from trackforge_client.device.authenticator import (
    Authenticator,
    AuthenticatorFailed,
    ProgramAuthenticator,
)
from trackforge_client.device.catalogue import Catalogue
from trackforge_client.device.check import Check
from trackforge_client.device.device import Device
from trackforge_client.device.digest import state_digest, version_digest
from trackforge_client.device.errors import (
    AccountDeleted,
    ClientError,
    InvalidQuery,
    InvalidRecord,
    Offline,
    Refused,
    RequestRejected,
    Retryable,
    SecondFactorRequired,
    SignedOut,
    Unavailable,
    UnknownCollection,
    UnknownRecord,
    UnsentWork,
    UpgradeRequired,
)
from trackforge_client.device.plates import PLATES_KG, PLATES_LB, PlateLoad, plate_load
from trackforge_client.device.rejected import Rejected
from trackforge_client.device.status import Status
from trackforge_client.device.units import Units

__all__ = [
    "PLATES_KG",
    "PLATES_LB",
    "AccountDeleted",
    "Authenticator",
    "AuthenticatorFailed",
    "Catalogue",
    "Check",
    "ClientError",
    "Device",
    "InvalidQuery",
    "InvalidRecord",
    "Offline",
    "PlateLoad",
    "ProgramAuthenticator",
    "Refused",
    "Rejected",
    "RequestRejected",
    "Retryable",
    "SecondFactorRequired",
    "SignedOut",
    "Status",
    "Unavailable",
    "Units",
    "UnknownCollection",
    "UnknownRecord",
    "UnsentWork",
    "UpgradeRequired",
    "plate_load",
    "state_digest",
    "version_digest",
]
