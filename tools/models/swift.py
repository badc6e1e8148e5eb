"""Swift: structures that are Codable."""

from tools.models.shapes import Field, ListOf, MapOf, Model, Reference, Type

_SCALARS = {"string": "String", "number": "Double", "integer": "Int", "boolean": "Bool"}


def text(note: str, models: list[Model]) -> str:
    """Text of the file."""
    return "\n".join([f"// {note}", *(_struct(model) for model in models), ""])


def _struct(model: Model) -> str:
    lines = ["", f"/// {model.description}"]
    lines.append(f"public struct {model.name}: Codable, Hashable, Sendable {{")
    for field in model.fields:
        lines += [f"    /// {field.note}", f"    public var {field.camel}: {_type(field)}"]
    lines += ["", "    public init(", ",\n".join(map(_parameter, _ordered(model))), "    ) {"]
    lines += [f"        self.{field.camel} = {field.camel}" for field in model.fields]
    lines += ["    }", "", "    private enum CodingKeys: String, CodingKey {"]
    lines += [f"        case {_key(field)}" for field in model.fields]
    return "\n".join([*lines, "    }", "}"])


def _ordered(model: Model) -> list[Field]:
    return sorted(model.fields, key=lambda it: not it.required)


def _parameter(field: Field) -> str:
    return f"        {field.camel}: {_type(field)}{'' if field.required else ' = nil'}"


def _key(field: Field) -> str:
    return field.camel if field.camel == field.name else f'{field.camel} = "{field.name}"'


def _type(field: Field) -> str:
    return _name(field.type) + ("" if field.required else "?")


def _name(type: Type) -> str:
    match type:
        case ListOf(inner):
            return f"[{_name(inner)}]"
        case MapOf(inner):
            return f"[String: {_name(inner)}]"
        case Reference(name):
            return name
    return _SCALARS[type.name]
