"""OpenAPI document of the server, and validators of documented responses, one of each a process.

Building the document takes half a second, a validator some 20 ms.
"""

from functools import cache
from typing import Any

import orjson
from jsonschema_rs import Validator, validator_for

from sync_server.app import create_app
from sync_server.config.settings import Config
from sync_server.openapi.document import document_of, routes_of


@cache
def openapi_document() -> dict[str, Any]:
    """The document, the same at any settings; it is shared, so only to be read."""
    return document_of(routes_of(create_app(Config())))


@cache
def response_validators(method: str, route: str, status: int) -> tuple[Validator, ...]:
    """Validators of a response's media; `route` is below `/api/v1`, its parameters in braces."""
    documented = openapi_document()["paths"][f"/api/v1{route}"][method.lower()]["responses"]
    assert str(status) in documented, f"{status} is not documented"
    return tuple(
        schema_validator(media["schema"])
        for media in documented[str(status)].get("content", {}).values()
    )


def schema_validator(schema: dict[str, Any]) -> Validator:
    """Validator of a schema of the document, which may refer to components."""
    return _validator(orjson.dumps(schema))


@cache
def _validator(schema: bytes) -> Validator:
    components = openapi_document()["components"]
    return validator_for(
        {"$ref": "#/schema", "schema": orjson.loads(schema), "components": components}
    )
