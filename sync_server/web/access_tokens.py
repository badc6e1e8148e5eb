"""Access tokens of requests, and the cache of their claims."""

import time
from collections import OrderedDict

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.security.tokens import (
    LEEWAY_S,
    BadToken,
    Claims,
    ExpiredToken,
    read_access_token,
)
from sync_server.web.errors import TokenExpired, Unauthorized

CACHED_TOKENS = 10_000
TOKENS: web.AppKey["OrderedDict[str, Claims]"] = web.AppKey("tokens", OrderedDict)


def bearer_token(request: web.Request) -> str:
    """Token of the Authorization header; raises Unauthorized."""
    given = request.headers.getall("Authorization", ())
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    # PowerSync's SDKs say `Token` where OAuth says `Bearer`.
    if scheme.lower() not in ("bearer", "token") or not token:
        raise Unauthorized
    return token


def claims_of_token(app: web.Application, token: str) -> Claims:
    """Claims of an access token, decoded once and remembered: that costs more than all else here.

    Raises Unauthorized or TokenExpired.
    """
    cache = app[TOKENS]
    claims = cache.get(token)
    if claims is None:
        config = app[CONFIG]
        try:
            claims = read_access_token(
                token, config.auth.secret_keys, config.auth.token_issuer, config.auth.token_audience
            )
        except ExpiredToken:
            raise TokenExpired from None
        except BadToken:
            raise Unauthorized from None
        cache[token] = claims
        if len(cache) > CACHED_TOKENS:
            cache.popitem(last=False)
    elif claims.expires_at + LEEWAY_S < time.time():
        raise TokenExpired
    return claims
