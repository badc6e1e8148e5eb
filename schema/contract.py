"""Machine-readable contract of a collection, from which clients generate types and validators."""

from schema.collection import Collection, Snapshot
from schema.ids import Json


def contract_of(collection: Collection) -> dict[str, Json]:
    """`{fields, groups, alternatives, natural_key, snapshot, day, parent}` of a collection.

    A field is its JSON Schema (without null: every optional field also takes null) with `required`,
    `default` and `since`, the schema version that introduced it. Each group lists the fields of one
    register. A record has all fields of at least one of the `alternatives`, if there are any.
    `natural_key` is `{parts, when}`, `snapshot` the fields that follow another record and an amount
    (see `Snapshot`), `day` and `parent` name fields; each may be null.
    """
    key = collection.natural_key
    parts: list[Json] = list(key.parts) if key else []
    groups: list[Json] = [list(group) for group in collection.registers.values() if len(group) > 1]
    alternatives: list[Json] = [list(names) for names in collection.alternatives]
    return {
        "fields": {
            name: {
                **field.json_schema,
                "required": field.required,
                "default": field.default,
                "since": field.since,
                "description": field.description,
            }
            for name, field in collection.fields.items()
        },
        "groups": groups,
        "alternatives": alternatives,
        "natural_key": {"parts": parts, "when": key.when} if key else None,
        "snapshot": _snapshot(collection.snapshot),
        "day": collection.day_field,
        "parent": collection.parent_field,
    }


def _snapshot(snapshot: Snapshot | None) -> Json:
    if snapshot is None:
        return None
    return {
        "source": snapshot.source,
        "amount": snapshot.amount,
        "copied": list(snapshot.copied),
        "scaled": list(snapshot.scaled),
    }
