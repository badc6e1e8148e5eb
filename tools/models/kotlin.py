"""Kotlin: data classes for kotlinx.serialization."""

from tools.models.shapes import Field, ListOf, MapOf, Model, Reference, Type

_SCALARS = {"string": "String", "number": "Double", "integer": "Long", "boolean": "Boolean"}


def text(note: str, models: list[Model]) -> str:
    """Text of the file."""
    head = [
        f"// {note}",
        "package com.trackforge.models",
        "",
        "import kotlinx.serialization.SerialName",
        "import kotlinx.serialization.Serializable",
    ]
    return "\n".join([*head, *(_class(model) for model in models), ""])


def _class(model: Model) -> str:
    lines = ["", f"/** {model.description} */", "@Serializable", f"data class {model.name}("]
    for field in sorted(model.fields, key=lambda it: not it.required):
        lines += [f"    /** {field.note} */", f"    {_parameter(field)},"]
    return "\n".join([*lines, ")"])


def _parameter(field: Field) -> str:
    name = f'@SerialName("{field.name}") ' if field.camel != field.name else ""
    optional = "" if field.required else "? = null"
    return f"{name}val {field.camel}: {_type(field.type)}{optional}"


def _type(type: Type) -> str:
    match type:
        case ListOf(inner):
            return f"List<{_type(inner)}>"
        case MapOf(inner):
            return f"Map<String, {_type(inner)}>"
        case Reference(name):
            return name
    return _SCALARS[type.name]
