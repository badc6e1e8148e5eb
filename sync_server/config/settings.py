"""Settings of the server, read once from the environment: one part for each subject."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Self

from aiohttp import web

from sync_server.config.auth import AuthSettings
from sync_server.config.backups import BackupSettings
from sync_server.config.environment import read_environment
from sync_server.config.imports import ImportSettings
from sync_server.config.mail import MailSettings
from sync_server.config.observability import ObservabilitySettings
from sync_server.config.ocr import OcrSettings
from sync_server.config.quotas import QuotaSettings
from sync_server.config.rate_limits import RateLimitSettings
from sync_server.config.retention import RetentionSettings
from sync_server.config.serving import ServingSettings
from sync_server.config.stores import StoreSettings
from sync_server.config.sync import SyncSettings
from sync_server.config.wakes import WakeSettings


@dataclass(frozen=True, slots=True)
class Config:
    """All settings; the environment variable of a setting is its name in capitals.

    Durations ending in `_s` are seconds, sizes ending in `_bytes` are bytes.
    """

    serving: ServingSettings = field(default_factory=ServingSettings)
    stores: StoreSettings = field(default_factory=StoreSettings)
    auth: AuthSettings = field(default_factory=AuthSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    wakes: WakeSettings = field(default_factory=WakeSettings)
    imports: ImportSettings = field(default_factory=ImportSettings)
    quotas: QuotaSettings = field(default_factory=QuotaSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    backups: BackupSettings = field(default_factory=BackupSettings)
    ocr: OcrSettings = field(default_factory=OcrSettings)
    observability: ObservabilitySettings = field(default_factory=ObservabilitySettings)
    rate_limits: RateLimitSettings = field(default_factory=RateLimitSettings)

    @classmethod
    def from_environment(cls) -> Self:
        """Settings of this process; raises ConfigError with every invalid variable."""
        return cls().changed(**read_environment(SETTINGS.values()))

    def changed(self, **values: object) -> Self:
        """A copy with other values of some settings; raises KeyError for an unknown name."""
        parts: defaultdict[str, dict[str, object]] = defaultdict(dict)
        for name, value in values.items():
            parts[_PART_OF[name]][name] = value
        return replace(
            self, **{part: replace(getattr(self, part), **own) for part, own in parts.items()}
        )

    def value(self, name: str) -> Any:
        """Value of a setting by its name."""
        return getattr(getattr(self, _PART_OF[name]), name)


SETTINGS: Mapping[str, "Field[Any]"] = {
    setting.name: setting
    for part in fields(Config)
    for setting in fields(getattr(Config(), part.name))
}
"""Every setting by its name."""
_PART_OF = {
    setting.name: part.name
    for part in fields(Config)
    for setting in fields(getattr(Config(), part.name))
}

CONFIG: web.AppKey[Config] = web.AppKey("config", Config)
