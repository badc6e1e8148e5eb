"""Values of vectors: long texts and lists in a short form."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

Case = dict[str, Any]
_SHORTEST_REPEAT = 50


def packed(value: Any) -> Any:
    """Value with long repeats as `{"$repeat": item, "times": n}`: a text or a list of n items."""
    if isinstance(value, str | list) and len(value) >= _SHORTEST_REPEAT:
        first = value[0]
        if all(item == first for item in value):
            return {"$repeat": first, "times": len(value), "text": isinstance(value, str)}
    if isinstance(value, list):
        return [packed(item) for item in value]
    if isinstance(value, dict):
        return {name: packed(item) for name, item in value.items()}
    return value


def unpacked(value: Any) -> Any:
    """Value of a packed one."""
    if isinstance(value, dict):
        if "$repeat" in value:
            item, times = unpacked(value["$repeat"]), int(value["times"])
            return item * times if value["text"] else [item] * times
        return {name: unpacked(item) for name, item in value.items()}
    return [unpacked(item) for item in value] if isinstance(value, list) else value


def file_text(about: str, members: dict[str, Sequence[object]]) -> str:
    """Text of a vector file: an `about`, and one line per case."""
    parts = [f'"about": {json.dumps(about)}']
    parts += [f"{json.dumps(name)}: [\n{_lines(cases)}\n]" for name, cases in members.items()]
    return "{" + ",\n".join(parts) + "}\n"


def is_readable(text: str) -> bool:
    """True if a strict JSON parser reads the text as one value, with numbers below 2^53."""
    try:
        json.loads(text, parse_constant=_reject)
    except (ValueError, RecursionError):
        return False
    return not re.search(r"[0-9]{16}|e400", text)


def _reject(constant: str) -> object:
    raise ValueError(constant)


def _lines(cases: Iterable[object]) -> str:
    return ",\n".join(json.dumps(case) for case in cases)
