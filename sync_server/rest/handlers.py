"""The handlers of a collection's resource, made from its declaration."""

from collections.abc import Iterator

from aiohttp import web
from aiohttp.typedefs import Handler

from schema.ids import UUID_PATTERN
from sync_server.rate_limit.policies import PUSH_CHANGES, limited
from sync_server.rest.examples import patch_example, whole_example
from sync_server.rest.reads import lister, plural, reader, worded
from sync_server.rest.resource import Resource
from sync_server.rest.schemas import (
    Shapes,
    shapes_of,
    written,
)
from sync_server.rest.writes import change, create, remove, replace
from sync_server.web.errors import (
    IncompleteGroup,
    InvalidRecord,
    NaturalKeyChange,
    NotFound,
    PreconditionFailed,
    RecordExists,
    RecordTooLarge,
)
from sync_server.web.identity import SYNC, needs
from sync_server.web.openapi import operation
from sync_server.web.preconditions import IF_MATCH


def routes_of_resource(resource: Resource) -> Iterator[web.RouteDef]:
    """The routes of a collection: an id that is none is a path that does not exist."""
    one = f"{resource.path}/{{id:{UUID_PATTERN}}}"
    shapes = shapes_of(resource)
    yield web.get(resource.path, lister(resource, shapes))
    yield web.post(
        resource.path, resource.create(resource) if resource.create else _creator(resource, shapes)
    )
    yield web.get(one, reader(resource, shapes))
    yield web.put(one, _replacer(resource, shapes))
    yield web.patch(one, _changer(resource, shapes))
    yield web.delete(one, _remover(resource))


def _creator(resource: Resource, shapes: Shapes) -> Handler:
    natural = resource.collection.natural_key is not None
    merged = {200: written(shapes.whole, created=False)} if natural else {}

    @operation(
        responses={201: written(shapes.whole, created=True)} | merged,
        errors=(InvalidRecord, RecordTooLarge, RecordExists),
        body=shapes.new,
        example=whole_example(resource.collection),
        idempotent="may",
        tag=resource.slug,
        name=f"create_{resource.singular}",
    )
    @limited(PUSH_CHANGES)
    @needs(SYNC)
    async def post(request: web.Request) -> web.StreamResponse:
        return await create(request, resource)

    return worded(post, f"Make one of the {plural(resource)}.")


def _replacer(resource: Resource, shapes: Shapes) -> Handler:
    @operation(
        responses={
            200: written(shapes.whole, created=False),
            201: written(shapes.whole, created=True),
        },
        errors=(InvalidRecord, RecordTooLarge, PreconditionFailed, NotFound, *_natural(resource)),
        body=shapes.new,
        example=whole_example(resource.collection),
        headers=IF_MATCH,
        idempotent="may",
        tag=resource.slug,
        name=f"replace_{resource.singular}",
    )
    @limited(PUSH_CHANGES)
    @needs(SYNC)
    async def put(request: web.Request) -> web.StreamResponse:
        return await replace(request, resource)

    return worded(put, f"Make or replace one of the {plural(resource)}, as a whole.")


def _changer(resource: Resource, shapes: Shapes) -> Handler:
    @operation(
        responses={
            200: written(shapes.whole, created=False),
            201: written(shapes.whole, created=True),
        },
        errors=(
            InvalidRecord,
            IncompleteGroup,
            RecordTooLarge,
            PreconditionFailed,
            NotFound,
            *_natural(resource),
        ),
        body=shapes.changes,
        example=patch_example(resource.collection),
        headers=IF_MATCH,
        idempotent="may",
        tag=resource.slug,
        name=f"change_{resource.singular}",
    )
    @limited(PUSH_CHANGES)
    @needs(SYNC)
    async def patch(request: web.Request) -> web.StreamResponse:
        return await change(request, resource)

    return worded(patch, f"Change fields of one of the {plural(resource)}.")


def _remover(resource: Resource) -> Handler:
    @operation(
        responses={204: None},
        errors=(NotFound, PreconditionFailed),
        headers=IF_MATCH,
        idempotent="may",
        tag=resource.slug,
        name=f"delete_{resource.singular}",
    )
    @limited(PUSH_CHANGES)
    @needs(SYNC)
    async def delete(request: web.Request) -> web.StreamResponse:
        return await remove(request, resource)

    return worded(delete, f"Delete one of the {plural(resource)}; a PUT or a PATCH revives it.")


def _natural(resource: Resource) -> tuple[type[NaturalKeyChange], ...]:
    return (NaturalKeyChange,) if resource.collection.natural_key else ()
