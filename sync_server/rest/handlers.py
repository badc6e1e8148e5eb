"""Write handlers and routes of a resource, derived from its declaration."""

from collections.abc import Iterator

from aiohttp import web
from aiohttp.typedefs import Handler

from schema.examples import patch_example, put_example
from schema.ids import UUID_PATTERN
from sync_server.rest.history import history_handler, restore_handler
from sync_server.rest.reads import get_handler, list_handler, plural, with_docstring
from sync_server.rest.resource import Resource
from sync_server.rest.schemas import schemas_of, written
from sync_server.rest.write_operation import write_operation
from sync_server.rest.writes import change_record, create_record, delete_record, replace_record
from sync_server.web.errors import (
    IncompleteGroup,
    InvalidRecord,
    NaturalKeyChange,
    NotFound,
    PreconditionFailed,
    RecordExists,
    RecordTooLarge,
)
from sync_server.web.preconditions import IF_MATCH


def routes_of_resource(resource: Resource) -> Iterator[web.RouteDef]:
    """The routes of a collection; a malformed id is a path that does not exist."""
    one = f"{resource.path}/{{id:{UUID_PATTERN}}}"
    schemas = schemas_of(resource)
    yield web.get(resource.path, list_handler(resource, schemas))
    yield web.post(resource.path, (resource.post_handler or _post_handler)(resource))
    yield web.get(one, get_handler(resource, schemas))
    yield web.put(one, (resource.put_handler or _put_handler)(resource))
    yield web.patch(one, (resource.patch_handler or _patch_handler)(resource))
    yield web.delete(one, _delete_handler(resource))
    yield web.get(f"{one}/history", history_handler(resource))
    yield web.post(f"{one}/restore", restore_handler(resource))


def _post_handler(resource: Resource) -> Handler:
    schemas = schemas_of(resource)

    @write_operation(
        resource,
        "create",
        responses={
            201: written(schemas.single, created=True),
            200: written(schemas.single, created=False),
        },
        errors=(InvalidRecord, RecordTooLarge, RecordExists),
        body=schemas.new,
        example=put_example(resource.collection),
    )
    async def post(request: web.Request) -> web.StreamResponse:
        return await create_record(request, resource)

    return with_docstring(post, f"Create one of the {plural(resource)}.")


def _put_handler(resource: Resource) -> Handler:
    schemas = schemas_of(resource)

    @write_operation(
        resource,
        "replace",
        responses={
            200: written(schemas.single, created=False),
            201: written(schemas.single, created=True),
        },
        errors=(InvalidRecord, RecordTooLarge, PreconditionFailed, NotFound, *_natural(resource)),
        body=schemas.new,
        example=put_example(resource.collection),
        headers=IF_MATCH,
    )
    async def put(request: web.Request) -> web.StreamResponse:
        return await replace_record(request, resource)

    return with_docstring(put, f"Create or replace one of the {plural(resource)}.")


def _patch_handler(resource: Resource) -> Handler:
    schemas = schemas_of(resource)

    @write_operation(
        resource,
        "change",
        responses={
            200: written(schemas.single, created=False),
            201: written(schemas.single, created=True),
        },
        errors=(
            InvalidRecord,
            IncompleteGroup,
            RecordTooLarge,
            PreconditionFailed,
            NotFound,
            *_natural(resource),
        ),
        body=schemas.changes,
        example=patch_example(resource.collection),
        headers=IF_MATCH,
    )
    async def patch(request: web.Request) -> web.StreamResponse:
        return await change_record(request, resource)

    return with_docstring(patch, f"Change fields of one of the {plural(resource)}.")


def _delete_handler(resource: Resource) -> Handler:
    @write_operation(
        resource,
        "delete",
        responses={204: None},
        errors=(NotFound, PreconditionFailed),
        headers=IF_MATCH,
    )
    async def delete(request: web.Request) -> web.StreamResponse:
        return await delete_record(request, resource)

    return with_docstring(
        delete, f"Delete one of the {plural(resource)}; a PUT or a PATCH revives it."
    )


def _natural(resource: Resource) -> tuple[type[NaturalKeyChange], ...]:
    return (NaturalKeyChange,) if resource.collection.natural_key else ()
