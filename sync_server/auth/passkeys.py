"""The routes of passkeys as a second factor."""

import datetime
import uuid

from aiohttp import web

from sync_server.auth import factors, passkey_queries, totp_queries
from sync_server.auth.factors import locked_account, note, notify, renew_codes
from sync_server.auth.relying_party import relying_party
from sync_server.auth.schemas.passkeys import (
    CONFIRM_EXAMPLE,
    CREATION_OPTIONS,
    PASSKEY_ADDED,
    PASSKEYS,
    PasskeyConfirmation,
)
from sync_server.config.settings import CONFIG
from sync_server.security.passkey_challenges import (
    BadPasskey,
    new_registration_challenge,
    read_registration_challenge,
)
from sync_server.security.passkeys import (
    NewPasskey,
    RelyingParty,
    challenge_of,
    registration_options,
    verify_registration,
)
from sync_server.store.postgres import POOL, Connection, transaction
from sync_server.web.body import read_fields
from sync_server.web.clock import utc_now
from sync_server.web.errors import (
    InvalidPasskey,
    NotFound,
    PasskeyExists,
    PasskeysUnavailable,
    QuotaExceeded,
    RecentLoginRequired,
)
from sync_server.web.identity import IDENTITY, SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.recent_login import require_recent_login
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.revocation import cache_revocations, family_key, revoke_sessions

MAX_PASSKEYS = 20


@operation(responses={200: PASSKEYS})
@needs(SYNC, unverified=True)
async def list_passkeys(request: web.Request) -> web.StreamResponse:
    """The user's passkeys, and the number of recovery codes that are left."""
    user_id = user_of(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        rows = await passkey_queries.list_passkeys(connection, user_id)
        left = await totp_queries.count_recovery_codes(connection, user_id)
    passkeys = [dict(row) for row in rows]
    return json_response(request, {"passkeys": passkeys, "recovery_codes_left": left})


@operation(
    responses={200: CREATION_OPTIONS},
    errors=(RecentLoginRequired, PasskeysUnavailable, QuotaExceeded),
)
@needs(SYNC, unverified=True)
async def post_passkey_options(request: web.Request) -> web.StreamResponse:
    """Options for navigator.credentials.create(); they hold for five minutes.

    Needs a recent log-in.
    """
    party = _party(request)
    await require_recent_login(request)
    user_id, config = user_of(request), request.app[CONFIG]
    async with transaction(request.app[POOL], config, user_id) as connection:
        account = await locked_account(connection, user_id)
        existing = await passkey_queries.credential_ids(connection, user_id)
    _require_room(existing)
    challenge = new_registration_challenge(config.auth.secret_keys, user_id, _seconds(utc_now()))
    options = registration_options(party, user_id, account.email, challenge, existing)
    return json_response(request, options)


@operation(
    responses={201: PASSKEY_ADDED},
    errors=(
        RecentLoginRequired, PasskeysUnavailable, InvalidPasskey, PasskeyExists, QuotaExceeded,
    ),
    body=PasskeyConfirmation,
    example=CONFIRM_EXAMPLE,
)  # fmt: skip
@needs(SYNC, unverified=True)
async def confirm_passkey(request: web.Request) -> web.StreamResponse:
    """Add a passkey with the response of its authenticator.

    If it is the account's first second factor, all other sessions end, and the recovery codes are
    in this response only.
    """
    body, party = await read_fields(request, PasskeyConfirmation()), _party(request)
    await require_recent_login(request)
    user_id, config, now = user_of(request), request.app[CONFIG], utc_now()
    ended: list[str] = []
    codes: list[str] = []
    async with transaction(request.app[POOL], config, user_id) as connection:
        # Log-ins hold the account's row: none begins a session without the factor meanwhile.
        account = await locked_account(connection, user_id, exclusive=True)
        is_first = not await factors.methods(connection, user_id)
        made = await _verified(connection, request, party, body["credential"], now)
        _require_room(await passkey_queries.credential_ids(connection, user_id))
        id = await passkey_queries.insert(connection, user_id, made, body["name"], now)
        if id is None:
            raise PasskeyExists
        if is_first:
            own = request[IDENTITY].family_id
            codes = await renew_codes(connection, user_id, now)
            await totp_queries.prove_session(connection, user_id, own, now)
            ended = await revoke_sessions(connection, user_id, now, but=own)
        await note(connection, request, "passkey_added", now)
    await cache_revocations(request.app, user_id, [family_key(user_id, it) for it in ended])
    notify(request, "passkey_added", account.email, now, body["name"] or "")
    return json_response(request, {"id": id, "recovery_codes": codes}, status=201)


@operation(responses={204: None}, errors=(NotFound, RecentLoginRequired))
@needs(SYNC, unverified=True)
async def delete_passkey(request: web.Request) -> web.StreamResponse:
    """Remove a passkey, which needs a recent log-in.

    If it was the last second factor, recovery codes become invalid too.
    """
    await require_recent_login(request)
    user_id, now = user_of(request), utc_now()
    try:
        id = str(uuid.UUID(request.match_info["id"]))
    except ValueError:
        raise NotFound from None
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        account = await locked_account(connection, user_id)
        if not await passkey_queries.delete(connection, user_id, id):
            raise NotFound
        await note(connection, request, "passkey_removed", now)
        if await factors.forget_if_last(connection, user_id):
            await note(connection, request, "second_factor_disabled", now)
    notify(request, "passkey_removed", account.email, now)
    return web.Response(status=204, headers=NO_STORE)


async def _verified(
    connection: Connection,
    request: web.Request,
    party: RelyingParty,
    credential: dict[str, object],
    now: datetime.datetime,
) -> NewPasskey:
    """Credential of a response to a challenge that is used up by it; raises InvalidPasskey."""
    user_id, keys = user_of(request), request.app[CONFIG].auth.secret_keys
    try:
        raw = challenge_of(credential)
        challenge = read_registration_challenge(raw, keys, user_id, _seconds(now))
        made = verify_registration(party, credential, raw)
    except BadPasskey:
        raise InvalidPasskey from None
    expires_at = datetime.datetime.fromtimestamp(challenge.expires_s, datetime.UTC)
    if not await passkey_queries.use_challenge(connection, user_id, challenge.id, expires_at):
        raise InvalidPasskey
    return made


def _require_room(existing: list[bytes]) -> None:
    if len(existing) >= MAX_PASSKEYS:
        raise QuotaExceeded(f"An account has at most {MAX_PASSKEYS} passkeys.")


def _party(request: web.Request) -> RelyingParty:
    party = relying_party(request.app[CONFIG])
    if party is None:
        raise PasskeysUnavailable
    return party


def _seconds(now: datetime.datetime) -> int:
    return int(now.timestamp())
