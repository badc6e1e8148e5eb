"""The user's own route of explanations."""

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.explain.answer import answer
from sync_server.explain.question import QUESTION, read_question
from sync_server.explain.schemas import EXPLANATION
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PULL_REQUESTS, limited
from sync_server.store.postgres import POOL, transaction
from sync_server.sync.devices.sightings import SIGHTINGS
from sync_server.web.errors import AccountDeleted
from sync_server.web.identity import IDENTITY, SYNC, needs
from sync_server.web.openapi import operation
from sync_server.web.respond import json_response


@operation(responses={200: EXPLANATION}, query=QUESTION, tag="sync")
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_explanation(request: web.Request) -> web.StreamResponse:
    """Explain why a record is not there: causes, the most likely first, with what to do."""
    question = read_question(request.query.items())
    identity, app = request[IDENTITY], request.app
    await charge(request, Cost(PULL_REQUESTS, identity.user_id))
    await app[SIGHTINGS].store_user(identity.user_id)
    async with transaction(app[POOL], app[CONFIG], identity.user_id) as connection:
        document = await answer(app, connection, identity.user_id, question, identity.family_id)
    if document is None:
        raise AccountDeleted
    return json_response(request, document)
