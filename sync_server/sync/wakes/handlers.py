"""Routes of a device's push key."""

import datetime

from aiohttp import web

from schema.ids import is_uuid
from sync_server.config.settings import CONFIG
from sync_server.gateways.endpoints import endpoint_problem
from sync_server.gateways.registry import kinds_of
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PULL_REQUESTS, limited
from sync_server.store.postgres import POOL, transaction
from sync_server.sync.devices.document import PUSH_STATE, push_state
from sync_server.sync.devices.sighting import DeviceKey
from sync_server.sync.wakes import queries
from sync_server.sync.wakes.schemas import PUSH_EXAMPLE, PushKey, address_of
from sync_server.web.body import read_fields
from sync_server.web.errors import AccountDeleted, InvalidRequest, NotFound, PushUnavailable
from sync_server.web.identity import IDENTITY, SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.respond import NO_STORE, json_response


@operation(
    responses={200: PUSH_STATE},
    errors=(NotFound, PushUnavailable),
    body=PushKey,
    example=PUSH_EXAMPLE,
    tag="sync",
)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def put_push_key(request: web.Request) -> web.StreamResponse:
    """Set the key at which a push service reaches a device in the background.

    The key ends with the session of this request. Setting it again as it is changes nothing.
    """
    key, config = await _begin(request), request.app[CONFIG]
    body = await read_fields(request, PushKey())
    if body["kind"] not in kinds_of(config):
        raise PushUnavailable
    address = address_of(body)
    if "endpoint" in address:
        problem = endpoint_problem(address["endpoint"], loopback=config.wakes.push_loopback)
        if problem:
            raise InvalidRequest(errors={"endpoint": [problem]})
    session_id, now = request[IDENTITY].family_id, datetime.datetime.now(datetime.UTC)
    async with transaction(request.app[POOL], config, key.user_id) as connection:
        row = await queries.put_key(
            connection, key, session_id, body["kind"], address, now, config.quotas.quota_devices
        )
    if row is None:
        raise AccountDeleted
    return json_response(request, push_state(row) or {}, headers=NO_STORE)


@operation(responses={204: None}, errors=(NotFound,), tag="sync")
@limited(PULL_REQUESTS)
@needs(SYNC)
async def delete_push_key(request: web.Request) -> web.StreamResponse:
    """Delete the push key of a device: it is woken up no more."""
    key = await _begin(request)
    async with transaction(request.app[POOL], request.app[CONFIG], key.user_id) as connection:
        if not await queries.delete_key(connection, key):
            raise NotFound
    return web.Response(status=204, headers=NO_STORE)


async def _begin(request: web.Request) -> DeviceKey:
    """The device of the path, once the request is charged; raises NotFound for no id."""
    user_id, device_id = user_of(request), request.match_info["id"]
    await charge(request, Cost(PULL_REQUESTS, user_id))
    if not is_uuid(device_id):
        raise NotFound
    return DeviceKey(user_id, device_id)
