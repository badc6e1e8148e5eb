"""Environment variables of settings, read and validated together."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import marshmallow
from environs import Env, EnvValidationError
from marshmallow import ValidationError

from sync_server.config.oidc_providers import (
    ClientSecrets,
    OidcProviders,
    parse_client_secrets,
    parse_oidc_providers,
)
from sync_server.config.parsing import (
    Networks,
    Origins,
    Workers,
    parse_networks,
    parse_origins,
    parse_secret_keys,
    parse_workers,
)
from sync_server.config.passkey_origins import PasskeyOrigins, parse_passkey_origins
from sync_server.config.push_services import push_problems
from sync_server.config.rate_limits import Limit
from sync_server.config.redis_topology import parse_redis_url
from sync_server.config.stores import store_problems

_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*/?")
_PARSERS: Mapping[object, tuple[str, Callable[[str], object]]] = {
    Workers: ("workers", parse_workers),
    Limit: ("limit", Limit.parse),
    Origins: ("origins", parse_origins),
    Networks: ("networks", parse_networks),
    PasskeyOrigins: ("passkey_origins", parse_passkey_origins),
    OidcProviders: ("oidc_providers", parse_oidc_providers),
    ClientSecrets: ("client_secrets", parse_client_secrets),
}
SECRETS = (
    "database_url", "migration_database_url", "database_replica_url", "redis_url",
    "secret_keys", "smtp_url", "oidc_client_secrets", "log_id_key",
    "vapid_private_key", "fcm_credentials", "apns_key", "apns_key_id",
    "apns_team_id", "apns_bundle_id",
)  # fmt: skip
"""Settings that may come from a file, such as a secret of Docker or Kubernetes."""


class ConfigError(Exception):
    """Invalid settings; the text has one line for each variable."""


def read_environment(settings: "Iterable[Field[Any]]") -> dict[str, Any]:
    """Values by setting name, from variables in capitals; raises ConfigError with all problems."""
    env = Env(eager=False)
    readers = _readers(env)
    secrets, unreadable = _read_files()
    values = {setting.name: _read(readers, setting) for setting in settings} | secrets
    problems = _problems(values) | push_problems(values) | unreadable
    try:
        env.seal()
    except EnvValidationError as error:
        messages = error.error_messages
        by_name = messages if isinstance(messages, Mapping) else {"": messages}
        problems |= {name: " ".join(texts) for name, texts in by_name.items()}
    try:
        values["secret_keys"] = parse_secret_keys(values["secret_keys"])
    except ValueError as error:
        problems["SECRET_KEYS"] = str(error)
    if isinstance(values["oidc_client_secrets"], str):
        try:
            values["oidc_client_secrets"] = parse_client_secrets(values["oidc_client_secrets"])
        except ValueError as error:
            problems["OIDC_CLIENT_SECRETS_FILE"] = str(error)
    if problems:
        raise ConfigError("\n".join(f"{name}: {problems[name]}" for name in sorted(problems)))
    return values


def _read_files() -> tuple[dict[str, str], dict[str, str]]:
    """Secrets whose file a variable such as DATABASE_URL_FILE names, and problems by variable."""
    values, problems = dict[str, str](), dict[str, str]()
    for name in SECRETS:
        variable = f"{name.upper()}_FILE"
        path = os.environ.get(variable, "")
        if path and os.environ.get(name.upper()):
            problems[variable] = f"Cannot be set together with {name.upper()}."
        elif path:
            try:
                values[name] = Path(path).read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                problems[variable] = f"Cannot be read: {type(error).__name__}."
    return values, problems


def _read(readers: Mapping[object, Any], setting: "Field[Any]") -> Any:
    default = setting.default
    if callable(setting.default_factory):
        default = "" if setting.name == "secret_keys" else setting.default_factory()
    validators = setting.metadata["validate"] or None
    return readers[setting.type](setting.name.upper(), default=default, validate=validators)


def _readers(env: Env) -> Mapping[object, Any]:
    """Readers of the environment by type of setting."""
    readers: dict[object, Any] = {
        str: env.str, int: env.int, bool: env.bool, float: env.float, Path: env.path,
        Mapping[str, bytes]: env.str,
    }  # fmt: skip
    for type_, (name, parse) in _PARSERS.items():
        env.add_parser_from_field(name, _field(parse))
        readers[type_] = getattr(env, name)
    return readers


def _field(parse: Callable[[str], object]) -> type[marshmallow.fields.Field[Any]]:
    """Marshmallow field of a parser that raises ValueError."""

    class Parsed(marshmallow.fields.Field[Any]):
        def _deserialize(self, value: Any, *_: object, **__: object) -> object:
            try:
                return parse(value.strip())
            except ValueError as error:
                raise ValidationError(str(error)) from None

    return Parsed


def _problems(values: Mapping[str, Any]) -> dict[str, str]:
    """Problems by variable that bounds and choices do not cover; nothing is connected to."""
    problems = {}
    for name in ("database_url", "migration_database_url", "database_replica_url"):
        if values[name] and not values[name].startswith(("postgresql://", "postgres://")):
            problems[name.upper()] = "Must begin with postgresql:// or postgres://."
    if values["redis_url"]:
        try:
            parse_redis_url(values["redis_url"])
        except ValueError as error:
            problems["REDIS_URL"] = str(error)
    if values["uploads_url"] and not _BUCKET.fullmatch(values["uploads_url"]):
        problems["UPLOADS_URL"] = "Must be s3://bucket or s3://bucket/prefix."
    if values["passkey_rp_id"] and not _DOMAIN.fullmatch(values["passkey_rp_id"]):
        problems["PASSKEY_RP_ID"] = "Must be a domain, such as example.com."
    return problems | store_problems(values) | _mail_problems(values)


def _mail_problems(values: Mapping[str, Any]) -> dict[str, str]:
    """Problems of the settings of mails by variable."""
    problems = {}
    if values["smtp_url"]:
        try:
            server = urlsplit(values["smtp_url"])
            valid = server.scheme in ("smtp", "smtps") and server.hostname and server.port != 0
        except ValueError:
            valid = False
        if not valid:
            problems["SMTP_URL"] = "Must be smtp://host:port or smtps://host:port."
    if "@" not in parseaddr(values["mail_from"])[1]:
        problems["MAIL_FROM"] = "Must be an address, such as TrackForge <no-reply@example.com>."
    if not urlsplit(values["mail_link_url"]).scheme or not values["mail_link_url"].isascii():
        problems["MAIL_LINK_URL"] = "Must be a URL in ASCII, such as https://app.example.com."
    return problems
