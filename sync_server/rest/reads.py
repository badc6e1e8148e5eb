"""Read handlers of a resource: a page of its list, and one record."""

from inspect import cleandoc

from aiohttp import web
from aiohttp.typedefs import Handler

from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PULL_REQUESTS, limited
from sync_server.rest.list_query import read_list_query
from sync_server.rest.queries import read_page, read_record
from sync_server.rest.resource import ListedRecord, Resource, page_texts, represent
from sync_server.rest.schemas import ResourceSchemas, list_parameters
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL
from sync_server.web.errors import InvalidCursor, NotFound
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import ETAG, IF_NONE_MATCH, NOT_MODIFIED, Response, operation
from sync_server.web.preconditions import is_not_modified
from sync_server.web.respond import NO_STORE, json_response, text_response


def list_handler(resource: Resource, schemas: ResourceSchemas) -> Handler:
    """Handler of GET on the list."""

    @operation(
        responses={200: schemas.page},
        errors=(InvalidCursor,),
        query=list_parameters(resource.collection),
        tag=resource.slug,
        tag_description=cleandoc(resource.collection.schema.__doc__ or ""),
        name=f"list_{resource.collection.name}",
    )
    @limited(PULL_REQUESTS)
    @needs(SYNC)
    async def list_records(request: web.Request) -> web.StreamResponse:
        user_id = user_of(request)
        query = read_list_query(request.query.items(), resource.collection, user_id)
        await charge(request, Cost(PULL_REQUESTS, user_id))
        async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
            rows = await read_page(connection, user_id, resource.collection, query)
            more, rows = len(rows) > query.limit, rows[: query.limit]
            page = [ListedRecord(*row[:5]) for row in rows]
            items = ",".join(await page_texts(resource, connection, user_id, page))
        token = f'"{query.token(user_id, rows[-1]["key"], rows[-1]["id"])}"' if more else "null"
        text = f'{{"items":[{items}],"next_page_token":{token}}}'
        return await text_response(request, text.encode())

    return with_docstring(list_records, f"List {plural(resource)}, a page at a time.")


def get_handler(resource: Resource, schemas: ResourceSchemas) -> Handler:
    """Handler of GET on one record."""

    @operation(
        responses={200: Response(schemas.single, headers=ETAG), 304: NOT_MODIFIED},
        errors=(NotFound,),
        headers=IF_NONE_MATCH,
        tag=resource.slug,
        name=f"read_{resource.singular}",
    )
    @limited(PULL_REQUESTS)
    @needs(SYNC)
    async def read_one(request: web.Request) -> web.StreamResponse:
        user_id, id = user_of(request), request.match_info["id"]
        await charge(request, Cost(PULL_REQUESTS, user_id))
        async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
            record = await read_record(connection, user_id, resource.collection, id)
            if record is None:
                raise NotFound
            representation = await represent(resource, connection, user_id, record)
        headers = NO_STORE | {"ETag": representation.etag}
        if is_not_modified(request, representation.etag):
            return web.Response(status=304, headers=headers)
        return json_response(request, representation.text, headers=headers)

    return with_docstring(read_one, f"Read one of the {plural(resource)}.")


def plural(resource: Resource) -> str:
    """Name of several records in plain English."""
    return resource.collection.name.replace("_", " ")


def with_docstring(handler: Handler, docstring: str) -> Handler:
    """The handler with a docstring, which becomes its OpenAPI summary."""
    handler.__doc__ = docstring
    return handler
