"""Named schemas and examples as components of the document, each written once."""

from collections.abc import Mapping
from typing import Any

from apispec import APISpec
from marshmallow import Schema

from sync_server.web.openapi import AnySchema, NamedSchema

Component = NamedSchema | type[Schema]


class Components:
    """Components of one document, added when a schema refers to them."""

    def __init__(self, spec: APISpec) -> None:
        self._components = spec.components
        self._named: dict[str, Component] = {}
        self._examples: set[str] = set()

    def resolve(self, schema: AnySchema) -> dict[str, Any]:
        """JSON Schema with a `$ref` for every named schema within it."""
        resolved: dict[str, Any] = self._resolve(schema)
        return resolved

    def example(self, name: str, value: object) -> dict[str, Any]:
        """Reference to a named example."""
        if name not in self._examples:
            self._examples.add(name)
            self._components.example(name, {"value": value})
        return {"$ref": f"#/components/examples/{name}"}

    def _resolve(self, value: object) -> Any:
        if isinstance(value, NamedSchema) or (
            isinstance(value, type) and issubclass(value, Schema)
        ):
            return {"$ref": self._reference(value)}
        if isinstance(value, Mapping):
            if "propertyName" in value:  # a discriminator's mapping holds references as text
                mapping = {name: self._reference(named) for name, named in value["mapping"].items()}
                return {**value, "mapping": mapping}
            return {name: self._resolve(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._resolve(item) for item in value]
        return value

    def _reference(self, component: Component) -> str:
        name = component.name if isinstance(component, NamedSchema) else component.__name__
        known = self._named.get(name)
        if known is None:
            self._named[name] = component
            self._add(name, component)
        elif known is not component:
            raise RuntimeError(f"Two schemas are named {name}.")
        return f"#/components/schemas/{name}"

    def _add(self, name: str, component: Component) -> None:
        if isinstance(component, NamedSchema):
            self._components.schema(name, self._resolve(component.schema))
        elif name not in self._components.schemas:  # marshmallow has added it as a nested schema
            self._components.schema(name, schema=component)
