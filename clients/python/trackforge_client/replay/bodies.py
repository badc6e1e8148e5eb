"""Parts of request and response bodies."""

from collections.abc import Iterator

from trackforge_client.device.json_types import Json


def entries_in(value: Json, members: frozenset[str]) -> Iterator[dict[str, Json]]:
    """Objects within the value that have the members of a change or a record."""
    if isinstance(value, dict):
        if members <= value.keys():
            yield value
            return
        for item in value.values():
            yield from entries_in(item, members)
    elif isinstance(value, list):
        for item in value:
            yield from entries_in(item, members)


def part(value: Json, name: str) -> Json:
    """Member of an object, None for anything else."""
    return value.get(name) if isinstance(value, dict) else None


def number(value: Json, name: str) -> int:
    """Integer member of an object, 0 without one."""
    member = part(value, name)
    return member if isinstance(member, int) else 0


def pushes_in(value: Json) -> list[dict[str, Json]]:
    """Pushes in a request or response body, alone or next to a pull."""
    push = part(value, "push")
    if isinstance(push, dict):
        return [push]
    is_push = isinstance(value, dict) and ("changes" in value or "results" in value)
    return [value] if is_push and isinstance(value, dict) else []


def changes_in(push: dict[str, Json]) -> list[dict[str, Json]]:
    """Changes of a push."""
    changes = push.get("changes")
    if not isinstance(changes, list):
        return []
    return [change for change in changes if isinstance(change, dict)]
