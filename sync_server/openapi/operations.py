"""OpenAPI operation of a route: the handler's metadata and the parts derived from it."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from inspect import cleandoc
from typing import Any

from sync_server.openapi.components import Components
from sync_server.openapi.error_responses import error_responses, errors_of
from sync_server.openapi.examples import example_of
from sync_server.rate_limit.policies import policies_of
from sync_server.web.identity import scope_of
from sync_server.web.openapi import (
    IDEMPOTENCY_KEY_SCHEMA,
    OperationDoc,
    Parameter,
    RawBody,
    Response,
    Upload,
)

REQUEST_ID = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
LIMIT_HEADERS = {
    name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit-Policy", "RateLimit")
}
IDEMPOTENCY_KEY = "Unique name of the request: a repeat with the same body gets the same response"
KEY_EXAMPLE = "2f1d6c1e-7d3e-4b61-9a55-0192f0c46f0e"
REPLAY = {"Idempotent-Replay": {"$ref": "#/components/headers/Idempotent-Replay"}}
PATH_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "id": {"type": "string", "format": "uuid"},
    "date": {"type": "string", "format": "date"},
}


@dataclass(frozen=True, slots=True)
class Route:
    """A route with its handler's OpenAPI metadata. `path` is in OpenAPI's form."""

    method: str
    path: str
    handler: Callable[..., object]
    doc: OperationDoc

    @property
    def name(self) -> str:
        """The operationId: `getDayDiet` for a handler named `get_day_diet`."""
        name = str(self.doc.name or getattr(self.handler, "__name__", ""))
        first, *rest = name.split("_")
        return first + "".join(word.capitalize() for word in rest)

    @property
    def tag(self) -> str:
        """Tag of the operation: the given one, or the name of the handler's package."""
        return self.doc.tag or self.handler.__module__.split(".")[1]


def build_operation(route: Route, components: Components) -> dict[str, Any]:
    """The operation object of a route."""
    doc = route.doc
    summary, _, description = cleandoc(route.handler.__doc__ or "").partition("\n\n")
    operation: dict[str, Any] = {
        "tags": [route.tag],
        "operationId": route.name,
        "summary": " ".join(summary.split()).rstrip("."),
        "parameters": list(_parameters(route, components)),
        "responses": _responses(route, components),
    }
    if description:
        operation["description"] = description
    if scope := scope_of(route.handler):
        operation["security"] = [{"bearer": [scope]}]
    if doc.body is not None:
        operation["requestBody"] = _body(doc, components)
    return operation


def _parameters(route: Route, components: Components) -> Iterator[dict[str, Any]]:
    doc = route.doc
    for name in re.findall(r"{(\w+)}", route.path):
        schema = doc.path.get(name) or PATH_PARAMETERS[name]
        yield {"name": name, "in": "path", "required": True, "schema": components.resolve(schema)}
    headers = dict(doc.headers)
    if doc.idempotent != "no":
        headers["Idempotency-Key"] = Parameter(
            IDEMPOTENCY_KEY_SCHEMA, IDEMPOTENCY_KEY, doc.idempotent == "must"
        )
    for location, parameters in (("query", doc.query), ("header", headers)):
        for name, parameter in parameters.items():
            rendered = {
                "name": name,
                "in": location,
                "required": parameter.required,
                "description": parameter.description,
                "schema": components.resolve(parameter.schema),
            }
            if name == "Idempotency-Key":
                rendered["example"] = KEY_EXAMPLE
            if parameter.schema.get("type") == "array":
                rendered |= {"style": "form", "explode": False}
            yield rendered


def _body(doc: OperationDoc, components: Components) -> dict[str, Any]:
    if isinstance(doc.body, Upload):
        schema = {
            "type": "object",
            "properties": doc.body.parts,
            "required": list(doc.body.required),
            "additionalProperties": False,
        }
        content = {"multipart/form-data": {"schema": components.resolve(schema)}}
        return {"required": True, "content": content}
    if isinstance(doc.body, RawBody):
        schema = {"type": "string", "format": "binary", "description": doc.body.description}
        return {
            "required": True,
            "content": {media: {"schema": schema} for media in doc.body.media},
        }
    assert doc.body is not None
    media: dict[str, Any] = {"schema": components.resolve(doc.body)}
    if doc.example is not None:
        media["example"] = doc.example
    return {"required": doc.body_required, "content": {"application/json": media}}


def _responses(route: Route, components: Components) -> dict[str, Any]:
    doc = route.doc
    limited = bool(policies_of(route.handler))
    replay = {} if doc.idempotent == "no" else REPLAY
    responses = {
        str(status): _response(status, response, components, replay)
        for status, response in doc.responses.items()
    }
    guarded = bool(scope_of(route.handler))
    for status, failure in error_responses(
        errors_of(doc, guarded=guarded, limited=limited), components
    ).items():
        if own := responses.get(status):  # `/health/ready` has its own 503
            failure = own | {"content": own["content"] | failure["content"]}
        responses[status] = failure
    common = REQUEST_ID | (LIMIT_HEADERS if limited else {})
    return {
        status: response | {"headers": response.get("headers", {}) | common}
        for status, response in sorted(responses.items())
    }


def _response(
    status: int, response: Response, components: Components, headers: dict[str, Any]
) -> dict[str, Any]:
    rendered: dict[str, Any] = {"description": response.description or HTTPStatus(status).phrase}
    if response.schema is not None:
        media: dict[str, Any] = {"schema": components.resolve(response.schema)}
        if response.media == "application/json":
            with suppress(ValueError):
                own = response.example
                media["example"] = example_of(response.schema) if own is None else own
        rendered["content"] = {response.media: media}
    if response.headers or headers:
        rendered["headers"] = headers | {
            name: {
                "schema": components.resolve(header.schema),
                "description": header.description,
                "required": header.required,
            }
            for name, header in response.headers.items()
        }
    return rendered
