"""Dart: immutable classes with fromJson and toJson, without a code generator."""

from tools.models.shapes import Field, ListOf, MapOf, Model, Reference, Type

_SCALARS = {"string": "String", "number": "double", "integer": "int", "boolean": "bool"}


def text(note: str, models: list[Model]) -> str:
    """Text of the file."""
    return "\n".join([f"// {note}", *(_class(model) for model in models), ""])


def _class(model: Model) -> str:
    lines = ["", f"/// {model.description}", f"class {model.name} {{"]
    for field in model.fields:
        optional = "" if field.required else "?"
        lines += [f"  /// {field.note}", f"  final {_type(field.type)}{optional} {field.camel};"]
    lines += ["", f"  const {model.name}({{"]
    lines += [f"    {'required ' * it.required}this.{it.camel}," for it in model.fields]
    lines += ["  });", ""]
    lines += [f"  factory {model.name}.fromJson(Map<String, dynamic> json) => {model.name}("]
    lines += [f"    {it.camel}: {_read(it)}," for it in model.fields]
    lines += ["  );", "", "  Map<String, dynamic> toJson() => {"]
    lines += [f"    {_written(field)}," for field in model.fields]
    return "\n".join([*lines, "  };", "}"])


def _read(field: Field) -> str:
    source = f"json['{field.name}']"
    value = _from_json(field.type, source)
    return value if field.required else f"{source} == null ? null : {value}"


def _written(field: Field) -> str:
    value = _to_json(field.type, field.camel if field.required else f"{field.camel}!")
    entry = f"'{field.name}': {value}"
    return entry if field.required else f"if ({field.camel} != null) {entry}"


def _from_json(type: Type, source: str) -> str:
    match type:
        case ListOf(inner):
            return f"[for (final it in {source} as List) {_from_json(inner, 'it')}]"
        case MapOf(inner):
            items = f"({source} as Map<String, dynamic>).entries"
            return f"{{for (final it in {items}) it.key: {_from_json(inner, 'it.value')}}}"
        case Reference(name):
            return f"{name}.fromJson({source} as Map<String, dynamic>)"
    # 80 and 80.0 are the same number in JSON.
    if type.name == "number":
        return f"({source} as num).toDouble()"
    return f"{source} as {_SCALARS[type.name]}"


def _to_json(type: Type, value: str) -> str:
    match type:
        case ListOf(Reference()):
            return f"[for (final it in {value}) it.toJson()]"
        case Reference():
            return f"{value}.toJson()"
    return value


def _type(type: Type) -> str:
    match type:
        case ListOf(inner):
            return f"List<{_type(inner)}>"
        case MapOf(inner):
            return f"Map<String, {_type(inner)}>"
        case Reference(name):
            return name
    return _SCALARS[type.name]
