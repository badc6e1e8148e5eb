"""OpenAPI metadata of a handler: data attached beside it, without any effect on requests.

    @operation(
        responses={201: TOKENS},   # a NamedSchema, a marshmallow Schema, a JSON Schema, or None
        errors=(EmailTaken,),      # only those that cannot be derived, see below
        body=Registration,         # a Schema or a NamedSchema; `Upload` or `RawBody` for files
        example={"email": "ann@example.com", "password": "a long one"},
    )
    @public
    async def register(request): ...

The docstring gives summary and description. Derived, so not to be repeated: 401 and 403 of
`@needs`, 429 and its headers of `@limited`, 400 `invalid_parameter` of `query`, the errors of
reading a body, the Idempotency-Key header and its errors of `idempotent`, path parameters,
500 and 503.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from aiohttp.typedefs import Handler
from marshmallow import Schema

from sync_server.web.errors import ApiError

_OPERATION = "__openapi_operation__"
_Handler = TypeVar("_Handler", bound=Handler)

JsonSchema = Mapping[str, Any]
"""JSON Schema 2020-12; a NamedSchema or a marshmallow Schema may stand for any schema within it."""


@dataclass(frozen=True, eq=False)
class NamedSchema:
    """A JSON Schema with a name: a component of the document."""

    name: str
    schema: JsonSchema


Idempotent = Literal["no", "may", "must"]
"""Idempotency-Key of a route: not supported, optional or required."""

AnySchema = NamedSchema | type[Schema] | JsonSchema


def object_schema(
    properties: Mapping[str, object], *optional: str, description: str = ""
) -> dict[str, Any]:
    """JSON Schema of an object: all properties required but the optional ones, no others."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
    return schema | ({"description": description} if description else {})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter or a header, as JSON Schema."""

    schema: JsonSchema
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """A response with a description, headers, a media type or an example of its own."""

    schema: AnySchema | None = None
    description: str = ""
    media: str = "application/json"
    headers: Mapping[str, Parameter] = field(default_factory=dict)
    example: object = None


IDEMPOTENCY_KEY_SCHEMA = {
    "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"
}  # fmt: skip

ETAG = {"ETag": Parameter({"type": "string"}, "Version of the response body", required=True)}
IF_NONE_MATCH = {
    "If-None-Match": Parameter({"type": "string"}, "ETag of the version that the client has")
}
NOT_MODIFIED = Response(description="Not modified", headers=ETAG)


@dataclass(frozen=True, slots=True)
class Upload:
    """A `multipart/form-data` body: `parts` is the JSON Schema of its parts by name."""

    parts: Mapping[str, JsonSchema]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawBody:
    """A body that is a file itself, of one of these media types."""

    media: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True, eq=False)
class OperationDoc:
    """OpenAPI metadata given to `@operation`."""

    responses: Mapping[int, Response]
    errors: tuple[type[ApiError], ...]
    body: AnySchema | Upload | RawBody | None
    body_required: bool
    example: object
    query: Mapping[str, Parameter]
    headers: Mapping[str, Parameter]
    path: Mapping[str, JsonSchema]
    idempotent: Idempotent
    tag: str | None
    tag_description: str
    name: str | None


def operation(
    *,
    responses: Mapping[int, Response | AnySchema | None],
    errors: tuple[type[ApiError], ...] = (),
    body: AnySchema | Upload | RawBody | None = None,
    body_required: bool = True,
    example: object = None,
    query: Mapping[str, Parameter] | None = None,
    headers: Mapping[str, Parameter] | None = None,
    path: Mapping[str, JsonSchema] | None = None,
    idempotent: Idempotent = "no",
    tag: str | None = None,
    tag_description: str = "",
    name: str | None = None,
) -> Callable[[_Handler], _Handler]:
    """Attach OpenAPI metadata to a handler.

    `path` describes path parameters other than `{id}` and `{date}`. `tag`, described by the first
    `tag_description`, defaults to the handler's package, `name` (the operationId) to its name.
    """
    doc = OperationDoc(
        responses={status: _response(given) for status, given in responses.items()},
        errors=errors,
        body=body,
        body_required=body_required,
        example=example,
        query=query or {},
        headers=headers or {},
        path=path or {},
        idempotent=idempotent,
        tag=tag,
        tag_description=tag_description,
        name=name,
    )

    def attach(handler: _Handler) -> _Handler:
        setattr(handler, _OPERATION, doc)
        return handler

    return attach


def operation_doc(handler: object) -> OperationDoc | None:
    """OpenAPI metadata of a handler, None without any."""
    doc: OperationDoc | None = getattr(handler, _OPERATION, None)
    return doc


def _response(given: Response | AnySchema | None) -> Response:
    return given if isinstance(given, Response) else Response(given)
