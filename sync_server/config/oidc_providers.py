"""OpenID Connect providers as a setting: a name, an issuer and the client ids of the apps."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """Identity provider whose tokens are accepted if they are for one of the client ids."""

    name: str
    issuer: str
    client_ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}={self.issuer}|{','.join(self.client_ids)}"


OidcProviders = tuple[OidcProvider, ...]


class ClientSecrets(dict[str, str]):
    """Secrets by client id; `repr` has the ids only."""

    def __repr__(self) -> str:
        return repr(sorted(self))


def parse_oidc_providers(text: str) -> OidcProviders:
    """Providers of `name=issuer|client-id,client-id;name=…`; raises ValueError."""
    providers: dict[str, OidcProvider] = {}
    for item in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, rest = item.partition("=")
        issuer, bar, ids = rest.partition("|")
        name, issuer = name.strip(), issuer.strip()
        client_ids = tuple(filter(None, (id.strip() for id in ids.split(","))))
        if not equals or not bar or not client_ids or not _NAME.fullmatch(name):
            raise ValueError("Must be `name=issuer|client-id,client-id`, separated by semicolons.")
        if not is_secure_url(issuer):
            raise ValueError(f"The issuer of {name} must be an https URL; http is for loopback.")
        if name in providers or any(it.issuer == issuer for it in providers.values()):
            raise ValueError(f"The provider {name} or its issuer is there twice.")
        providers[name] = OidcProvider(name, issuer, client_ids)
    return tuple(providers.values())


def parse_client_secrets(text: str) -> ClientSecrets:
    """Secrets by client id of `client-id=secret;client-id=secret`; raises ValueError."""
    secrets: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in text.split(";"))):
        client_id, equals, secret = item.partition("=")
        if not equals or not client_id or not secret or client_id in secrets:
            raise ValueError("Must be `client-id=secret`, separated by semicolons.")
        secrets[client_id] = secret
    return ClientSecrets(secrets)


def is_secure_url(text: str) -> bool:
    """True for an https URL without query, fragment and user, and for http on loopback."""
    try:
        url = urlsplit(text)
        host, _ = url.hostname or "", url.port
    except ValueError:
        return False
    if not host or url.query or url.fragment or url.username or url.password:
        return False
    return url.scheme == "https" or (url.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
