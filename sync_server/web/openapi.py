"""What a handler says of itself for the OpenAPI document: data beside it, which changes nothing.

    @documented(
        answers={201: TOKENS},           # a Shape, a marshmallow Schema, a JSON Schema, or None
        errors=(EmailTaken,),            # only those that cannot be derived, see below
        body=Registration,               # a marshmallow Schema or a Shape; `Upload` for files
        example={"email": "ann@example.com", "password": "a long one"},
    )
    @public
    async def register(request): ...

The docstring gives summary and description. Derived, so not to be repeated: 401 and 403 of
`@needs`, 429 and its headers of `@limited`, 400 `invalid_parameter` of `query`, everything that
reading a body can raise, all about the key of `idempotent`, path parameters, 500 and 503.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from aiohttp.typedefs import Handler
from marshmallow import Schema

from sync_server.web.errors import ApiError

_DOCUMENTED = "__documented__"
_Handler = TypeVar("_Handler", bound=Handler)

JsonSchema = Mapping[str, Any]
"""JSON Schema 2020-12; wherever it may hold a schema, a Shape or a marshmallow Schema may stand."""


@dataclass(frozen=True, eq=False)
class Shape:
    """A JSON Schema with a name: it becomes a component of the document."""

    name: str
    schema: JsonSchema


Idempotent = Literal["no", "may", "must"]
"""Whether the route takes an Idempotency-Key, or needs one."""

AnySchema = Shape | type[Schema] | JsonSchema


def closed(
    properties: Mapping[str, object], *optional: str, description: str = ""
) -> dict[str, Any]:
    """The schema of an object with these properties, all there but the optional, and no others."""
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
class Answer:
    """An answer that is not plain JSON, or that has headers of its own."""

    schema: AnySchema | None = None
    description: str = ""
    media: str = "application/json"
    headers: Mapping[str, Parameter] = field(default_factory=dict)


KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"}
"""An Idempotency-Key."""

ETAG = {"ETag": Parameter({"type": "string"}, "Names what was answered", required=True)}
IF_NONE_MATCH = {
    "If-None-Match": Parameter({"type": "string"}, "The ETag of what is known already")
}
NOT_MODIFIED = Answer(description="Nothing new", headers=ETAG)


@dataclass(frozen=True, slots=True)
class Upload:
    """A `multipart/form-data` body: `parts` is the JSON Schema of its parts by name."""

    parts: Mapping[str, JsonSchema]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Documented:
    """All that a handler said."""

    answers: Mapping[int, Answer]
    errors: tuple[type[ApiError], ...]
    body: AnySchema | Upload | None
    body_required: bool
    example: object
    query: Mapping[str, Parameter]
    headers: Mapping[str, Parameter]
    path: Mapping[str, JsonSchema]
    idempotent: Idempotent
    tag: str | None
    tag_words: str
    name: str | None


def documented(
    *,
    answers: Mapping[int, Answer | AnySchema | None],
    errors: tuple[type[ApiError], ...] = (),
    body: AnySchema | Upload | None = None,
    body_required: bool = True,
    example: object = None,
    query: Mapping[str, Parameter] | None = None,
    headers: Mapping[str, Parameter] | None = None,
    path: Mapping[str, JsonSchema] | None = None,
    idempotent: Idempotent = "no",
    tag: str | None = None,
    tag_words: str = "",
    name: str | None = None,
) -> Callable[[_Handler], _Handler]:
    """Attach what the document tells of a handler.

    `path` describes path parameters other than `{id}` and `{date}`; `tag` is the domain's name,
    and `name` (the operationId) the handler's, unless they are given: handlers that a factory
    makes need a `name`. `tag_words` describes a tag of its own; the first handler's count.
    """
    said = Documented(
        answers={status: _answer(given) for status, given in answers.items()},
        errors=errors,
        body=body,
        body_required=body_required,
        example=example,
        query=query or {},
        headers=headers or {},
        path=path or {},
        idempotent=idempotent,
        tag=tag,
        tag_words=tag_words,
        name=name,
    )

    def attach(handler: _Handler) -> _Handler:
        setattr(handler, _DOCUMENTED, said)
        return handler

    return attach


def documentation_of(handler: object) -> Documented | None:
    """What the handler said, or None when it said nothing."""
    said: Documented | None = getattr(handler, _DOCUMENTED, None)
    return said


def _answer(given: Answer | AnySchema | None) -> Answer:
    return given if isinstance(given, Answer) else Answer(given)
