"""One operation of the document: a route's handler, what it says of itself, and what follows."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from inspect import cleandoc
from typing import Any

from sync_server.openapi.components import Components
from sync_server.openapi.error_responses import PROBLEM, errors_of, problem_answers
from sync_server.rate_limit.policies import policies_of
from sync_server.web.identity import scope_of
from sync_server.web.openapi import KEY, Answer, Documented, Parameter, Upload

REQUEST_ID = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
LIMIT_HEADERS = {
    name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit-Policy", "RateLimit")
}
KEY_WORDS = "Names the request: sent again with the same body, it gets the same answer"
REPLAY = {"Idempotent-Replay": {"$ref": "#/components/headers/Idempotent-Replay"}}
PATH_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "id": {"type": "string", "format": "uuid"},
    "date": {"type": "string", "format": "date"},
}


@dataclass(frozen=True, slots=True)
class Route:
    """A route and what its handler says of it. `path` is in OpenAPI's form."""

    method: str
    path: str
    handler: Callable[..., object]
    said: Documented

    @property
    def name(self) -> str:
        """The operationId: `getDayDiet` for a handler named `get_day_diet`."""
        name = str(self.said.name or getattr(self.handler, "__name__", ""))
        first, *rest = name.split("_")
        return first + "".join(word.capitalize() for word in rest)

    @property
    def tag(self) -> str:
        """What it is listed under: its package, in most cases."""
        return self.said.tag or self.handler.__module__.split(".")[1]


def operation(route: Route, components: Components) -> dict[str, Any]:
    """The operation as the document has it."""
    said = route.said
    summary, _, description = cleandoc(route.handler.__doc__ or "").partition("\n\n")
    told: dict[str, Any] = {
        "tags": [route.tag],
        "operationId": route.name,
        "summary": " ".join(summary.split()).rstrip("."),
        "parameters": list(_parameters(route, components)),
        "responses": _responses(route, components),
    }
    if description:
        told["description"] = description
    if scope := scope_of(route.handler):
        told["security"] = [{"bearer": [scope]}]
    if said.body is not None:
        told["requestBody"] = _body(said, components)
    return told


def _parameters(route: Route, components: Components) -> Iterator[dict[str, Any]]:
    said = route.said
    for name in re.findall(r"{(\w+)}", route.path):
        schema = said.path.get(name) or PATH_PARAMETERS[name]
        yield {"name": name, "in": "path", "required": True, "schema": components.resolved(schema)}
    headers = dict(said.headers)
    if said.idempotent != "no":
        headers["Idempotency-Key"] = Parameter(KEY, KEY_WORDS, said.idempotent == "must")
    for place, parameters in (("query", said.query), ("header", headers)):
        for name, parameter in parameters.items():
            told = {
                "name": name,
                "in": place,
                "required": parameter.required,
                "description": parameter.description,
                "schema": components.resolved(parameter.schema),
            }
            if parameter.schema.get("type") == "array":
                told |= {"style": "form", "explode": False}
            yield told


def _body(said: Documented, components: Components) -> dict[str, Any]:
    if isinstance(said.body, Upload):
        schema = {
            "type": "object",
            "properties": said.body.parts,
            "required": list(said.body.required),
            "additionalProperties": False,
        }
        content = {"multipart/form-data": {"schema": components.resolved(schema)}}
        return {"required": True, "content": content}
    assert said.body is not None
    media: dict[str, Any] = {"schema": components.resolved(said.body)}
    if said.example is not None:
        media["example"] = said.example
    return {"required": said.body_required, "content": {"application/json": media}}


def _responses(route: Route, components: Components) -> dict[str, Any]:
    said = route.said
    limited = bool(policies_of(route.handler))
    problem = components.resolved(PROBLEM)
    replay = {} if said.idempotent == "no" else REPLAY
    responses = {
        str(status): _response(status, answer, components, replay)
        for status, answer in said.answers.items()
    }
    guarded = bool(scope_of(route.handler))
    for status, response in problem_answers(
        errors_of(said, guarded=guarded, limited=limited), problem
    ).items():
        if answer := responses.get(status):  # `/health/ready` has its own 503
            response = answer | {"content": answer["content"] | response["content"]}
        responses[status] = response
    more = REQUEST_ID | (LIMIT_HEADERS if limited else {})
    return {
        status: response | {"headers": response.get("headers", {}) | more}
        for status, response in sorted(responses.items())
    }


def _response(
    status: int, answer: Answer, components: Components, headers: dict[str, Any]
) -> dict[str, Any]:
    response: dict[str, Any] = {"description": answer.description or HTTPStatus(status).phrase}
    if answer.schema is not None:
        response["content"] = {answer.media: {"schema": components.resolved(answer.schema)}}
    if answer.headers or headers:
        response["headers"] = headers | {
            name: {
                "schema": components.resolved(header.schema),
                "description": header.description,
                "required": header.required,
            }
            for name, header in answer.headers.items()
        }
    return response
