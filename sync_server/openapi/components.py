"""Shapes and marshmallow schemas as components of the document, each written once."""

from collections.abc import Mapping
from typing import Any

from apispec import APISpec
from marshmallow import Schema

from sync_server.web.openapi import AnySchema, Shape

Named = Shape | type[Schema]


class Components:
    """What has been named so far, and where the document refers to it."""

    def __init__(self, spec: APISpec) -> None:
        self._components = spec.components
        self._named: dict[str, Named] = {}

    def resolved(self, schema: AnySchema) -> dict[str, Any]:
        """The schema with a reference for everything that has a name."""
        found: dict[str, Any] = self._resolved(schema)
        return found

    def _resolved(self, value: object) -> Any:
        if isinstance(value, Shape) or (isinstance(value, type) and issubclass(value, Schema)):
            return {"$ref": self._reference(value)}
        if isinstance(value, Mapping):
            if "propertyName" in value:  # a discriminator's mapping holds references as text
                mapping = {name: self._reference(named) for name, named in value["mapping"].items()}
                return {**value, "mapping": mapping}
            return {name: self._resolved(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._resolved(item) for item in value]
        return value

    def _reference(self, named: Named) -> str:
        name = named.name if isinstance(named, Shape) else named.__name__
        known = self._named.get(name)
        if known is None:
            self._named[name] = named
            self._add(name, named)
        elif known is not named:
            raise RuntimeError(f"Two shapes are called {name}.")
        return f"#/components/schemas/{name}"

    def _add(self, name: str, named: Named) -> None:
        if isinstance(named, Shape):
            self._components.schema(name, self._resolved(named.schema))
        elif name not in self._components.schemas:  # as a part of another, it is there already
            self._components.schema(name, schema=named)
