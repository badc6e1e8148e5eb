"""The routes of a page's sign-in: the providers, and the code flow with PKCE (RFC 7636)."""

import aiohttp
import structlog
from aiohttp import web

from sync_server.auth.oidc import LOGIN_ERRORS, open_for_identity, provider_of
from sync_server.auth.oidc_keys import OIDC_KEYS, read_document
from sync_server.auth.schemas.requests import OidcCode
from sync_server.auth.schemas.responses import PROVIDERS, TOKENS
from sync_server.config.oidc_providers import OidcProvider, is_secure_url
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge_failures
from sync_server.rate_limit.policies import LOGIN_IP, REGISTER_IP, limited
from sync_server.web.body import read_fields
from sync_server.web.client_address import address_of
from sync_server.web.errors import (
    InvalidIdToken,
    InvalidRequest,
    ProviderUnavailable,
)
from sync_server.web.identity import public
from sync_server.web.openapi import operation
from sync_server.web.respond import json_response

log = structlog.get_logger(__name__)


@operation(responses={200: PROVIDERS})
@public
async def list_providers(request: web.Request) -> web.StreamResponse:
    """The identity providers that this server accepts, for an app's buttons."""
    providers = [
        {"name": it.name, "issuer": it.issuer, "client_ids": it.client_ids}
        for it in request.app[CONFIG].auth.oidc_providers
    ]
    return json_response(request, {"providers": providers})


@operation(
    responses={200: TOKENS},
    errors=LOGIN_ERRORS,
    body=OidcCode,
    example={
        "provider": "google",
        "code": "4/0AX4XfWh-an-example",
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "redirect_uri": "https://app.example.com/signed-in",
        "nonce": "6b1f0c8e-2f3f-4a57-9d0b-0f6a4d5f7c11",
    },
)
@limited(LOGIN_IP, REGISTER_IP)
@public
async def login_oidc_code(request: web.Request) -> web.StreamResponse:
    """Begin a session with the authorization code of a page; otherwise as `/auth/oidc`."""
    body = await read_fields(request, OidcCode())
    provider = provider_of(request, body["provider"])
    body["client_id"] = body["client_id"] or provider.client_ids[0]
    if body["client_id"] not in provider.client_ids:
        raise InvalidRequest(errors={"client_id": ["Is not one of the provider's client ids."]})
    async with charge_failures(request, Cost(LOGIN_IP, address_of(request))):
        token = await _exchange(request, provider, body)
        identity = await request.app[OIDC_KEYS].claims(provider, token, body["nonce"])
    return await open_for_identity(request, provider, identity, body["device_name"])


async def _exchange(request: web.Request, provider: OidcProvider, body: dict[str, str]) -> str:
    """ID token for a code; raises InvalidIdToken or ProviderUnavailable."""
    keys, config = request.app[OIDC_KEYS], request.app[CONFIG]
    url = str((await keys.document(provider)).get("token_endpoint"))
    insecure = provider.issuer.startswith("https:") and not url.startswith("https:")
    if not is_secure_url(url) or insecure:
        log.error("the token endpoint of the provider is not https", provider=provider.name)
        raise ProviderUnavailable
    sent = ("client_id", "code", "code_verifier", "redirect_uri")
    form = {"grant_type": "authorization_code"} | {name: body[name] for name in sent}
    if secret := config.auth.oidc_client_secrets.get(body["client_id"]):
        form["client_secret"] = secret
    try:
        async with keys.http.post(url, data=form, allow_redirects=False) as response:
            if 400 <= response.status < 500:
                log.info("code rejected", provider=provider.name, status=response.status)
                raise InvalidIdToken("The provider rejected the code.")
            token = (await read_document(response)).get("id_token")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        log.warning("provider not reached", provider=provider.name, reason=type(error).__name__)
        raise ProviderUnavailable from None
    if not isinstance(token, str):
        raise InvalidIdToken("The provider gave no ID token.")
    return token
