"""Routes of a user's devices."""

import datetime

from aiohttp import web

from schema.ids import UserId, is_uuid
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PULL_REQUESTS, limited
from sync_server.store.postgres import POOL, transaction
from sync_server.sync.devices import queries
from sync_server.sync.devices.document import DEVICES, device_document
from sync_server.sync.devices.sighting import DeviceKey
from sync_server.sync.devices.sightings import SIGHTINGS
from sync_server.web.errors import NotFound
from sync_server.web.identity import IDENTITY, SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.respond import NO_STORE, json_response


@operation(responses={200: DEVICES}, tag="sync")
@limited(PULL_REQUESTS)
@needs(SYNC)
async def list_devices(request: web.Request) -> web.StreamResponse:
    """The user's devices, the last seen first, with what each last reported of itself."""
    user_id = await _begin(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        rows = await queries.read_devices(connection, user_id)
    session_id = request[IDENTITY].family_id
    return json_response(request, {"devices": [device_document(row, session_id) for row in rows]})


@operation(responses={204: None}, errors=(NotFound,), tag="sync")
@limited(PULL_REQUESTS)
@needs(SYNC)
async def forget_device(request: web.Request) -> web.StreamResponse:
    """Forget a device: its facts are deleted. It is listed again if it syncs again."""
    device_id = request.match_info["id"]
    if not is_uuid(device_id):
        raise NotFound
    user_id, now = await _begin(request), datetime.datetime.now(datetime.UTC)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        if not await queries.forget(connection, DeviceKey(user_id, device_id), now):
            raise NotFound
    return web.Response(status=204, headers=NO_STORE)


async def _begin(request: web.Request) -> UserId:
    """The user, once the request is charged and what this process knows is stored."""
    user_id = user_of(request)
    await charge(request, Cost(PULL_REQUESTS, user_id))
    await request.app[SIGHTINGS].store_user(user_id)
    return user_id
