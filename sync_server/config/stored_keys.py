"""Keys of a server with private stores, made at its first start and stored beside its data."""

import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from sync_server.config.environment import ConfigError
from sync_server.config.parsing import SECRET_KEY_BYTES, parse_secret_keys
from sync_server.config.push_services import new_vapid_key, vapid_key
from sync_server.config.settings import Config


def with_keys(config: Config, *, private: bool) -> Config:
    """The settings with token keys: a private database has its own, a shared one needs SECRET_KEYS.

    Several processes must agree on the keys, which a file beside one of them cannot give.
    """
    if config.auth.secret_keys:
        return config
    if not private:
        raise ConfigError("SECRET_KEYS: Must be set when DATABASE_URL is.")
    path = config.stores.data_dir / "secret_keys"
    if not path.exists():
        _write_new_key(path)
    try:
        keys = parse_secret_keys(path.read_text().strip())
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    return config.changed(secret_keys=keys)


def _write_new_key(path: Path) -> None:
    key = urlsafe_b64encode(secrets.token_bytes(SECRET_KEY_BYTES)).decode().rstrip("=")
    _write_secret(path, f"{secrets.token_hex(4)}:{key}")


def _write_secret(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{text}\n")


def with_vapid_key(config: Config) -> Config:
    """The settings with a VAPID key of the data directory, unless VAPID_PRIVATE_KEY is set.

    Subscriptions of browsers are made for the key: it stays the same over restarts.
    """
    if config.wakes.vapid_private_key:
        return config
    path = config.stores.data_dir / "vapid_private_key"
    if not path.exists():
        _write_secret(path, new_vapid_key())
    text = path.read_text().strip()
    try:
        vapid_key(text)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    return config.changed(vapid_private_key=text)
