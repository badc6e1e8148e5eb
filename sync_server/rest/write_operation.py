"""Decorator of a handler that writes a record: access, rate limit and documentation."""

from collections.abc import Callable, Mapping

from aiohttp.typedefs import Handler

from sync_server.rate_limit.policies import PUSH_CHANGES, limited
from sync_server.rest.resource import Resource
from sync_server.web.errors import ApiError
from sync_server.web.identity import SYNC, needs
from sync_server.web.openapi import AnySchema, Parameter, Response, operation


def write_operation(
    resource: Resource,
    verb: str,
    *,
    responses: Mapping[int, Response | AnySchema | None],
    errors: tuple[type[ApiError], ...],
    body: AnySchema | None = None,
    example: object = None,
    headers: Mapping[str, Parameter] | None = None,
) -> Callable[[Handler], Handler]:
    """Decorator of `operation` for a write of one record, idempotent with a key if there is one.

    The operationId is the verb with the name of a record, such as `create_food`.
    """

    def decorate(handler: Handler) -> Handler:
        described = operation(
            responses=responses,
            errors=errors,
            body=body,
            example=example,
            headers=headers,
            idempotent="may",
            tag=resource.slug,
            name=f"{verb}_{resource.singular}",
        )
        return described(limited(PUSH_CHANGES)(needs(SYNC)(handler)))

    return decorate
