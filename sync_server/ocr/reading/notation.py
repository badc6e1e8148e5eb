"""Notations of sets: `3x10 @ 60kg`, `5×5 100`, `12/10/8`, `BW+10`, `60s`, into the sets they mean.

Of two numbers around an `x` the first is a count of sets where it can be one (up to 10) and is
not written with a unit; otherwise it is a weight. A number after `@` is an RPE up to 10, a weight
beyond.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync_server.ocr.reading.drafts import SetDraft
from sync_server.ocr.reading.tokens import kilograms, metres, plain, seconds, tokens

MOST_COUNTED, MOST_SETS = 10, 30
MOST = {
    "reps": 1000, "reps_min": 1000, "reps_max": 1000, "weight_kg": 1000, "duration_s": 86_400,
    "distance_m": 1_000_000, "rest_s": 3600, "rpe": 10, "rir": 10,
}  # fmt: skip
"""The most of each that a person could mean; beyond, something was misread."""

Fields = dict[str, Any]
"""Some of the fields of a SetDraft."""

_RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")
_BODY_AND = re.compile(r"([a-z ]*[a-z自重]+)\s*(?:([+-])\s*(\d+(?:\.\d+)?)\s*(.*))?", re.IGNORECASE)
_NUMBER_AND_UNIT = re.compile(r"\+?\s*(\d+(?:\.\d+)?)\s*(.*)")


@dataclass(frozen=True, slots=True)
class Notation:
    """What a text says: its words that are no notation, run by run, and the sets.

    `loose` is what was said without a set: it is meant for the sets before it.
    """

    words: tuple[str, ...]
    sets: tuple[SetDraft, ...]
    loose: Mapping[str, Any]


class Unclear(Exception):
    """A number stands where none is expected, or is beyond what a person could mean."""


def read_notation(text: str, unit: str = "kg") -> Notation:
    """The sets of a text; `unit` is that of weights without one. Raises Unclear."""
    reader = _Reader(unit)
    for token in tokens(plain(text)):
        reader.take(token.kind, token.text, token.parts)
    return reader.ended()


def made(fields: Fields) -> SetDraft:
    """The set of these fields; raises Unclear when nobody could have done it."""
    if any(fields.get(name) is not None and fields[name] > most for name, most in MOST.items()):
        raise Unclear
    if fields.get("rpe") is not None and fields["rpe"] < 1:
        raise Unclear
    return SetDraft(**fields)


class _Reader:
    """Takes tokens from left to right; a group is what one scheme stands for."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._words: list[list[str]] = []
        self._in_words = False
        self._groups: list[list[Fields]] = []
        self._ahead: Fields = {}
        self._number: str | None = None
        self._bare: list[str] = []
        self._kind = "normal"

    def take(self, kind: str, text: str, parts: Mapping[str, str]) -> None:
        """One token."""
        if kind == "word":
            self._settle_number(None)
            if not self._in_words:
                self._words.append([])
            self._words[-1].append(text)
        elif kind == "number":
            self._settle_number(text)
        elif kind not in ("side", "set_number"):
            getattr(self, f"_{kind}")(parts)
        if kind != "number":
            self._in_words = kind == "word"

    def ended(self) -> Notation:
        """What it was in all."""
        self._settle_number(None)
        if len(self._bare) == 3 and not self._groups:
            count, reps, weight = self._bare
            self._scheme({"a": count, "count": reps})
            self._say(weight_kg=kilograms(weight, "", self._unit))
        elif self._bare:
            raise Unclear
        if self._groups and self._kind == "drop" and self._groups[-1][-1]["kind"] != "drop":
            self._mark("drop")  # `3x10 drop set`: nothing came after it
        sets = tuple(made(fields) for group in self._groups for fields in group)
        if len(sets) > MOST_SETS:
            raise Unclear
        words = tuple(" ".join(run).strip(" .-:+&") for run in self._words)
        return Notation(tuple(filter(None, words)), sets, self._ahead if not sets else {})

    # What each token means.

    def _rest(self, parts: Mapping[str, str]) -> None:
        text = parts.get("rest") or parts.get("rest2") or parts["rest3"]
        self._say(everywhere=True, rest_s=seconds(text))

    def _rpe(self, parts: Mapping[str, str]) -> None:
        self._say(rpe=float(parts["rpe"]))

    def _rir(self, parts: Mapping[str, str]) -> None:
        self._say(rir=int(parts.get("rir") or parts["rir2"]))

    def _at(self, parts: Mapping[str, str]) -> None:
        number = float(parts["at"])
        if 1 <= number <= MOST_COUNTED and (number * 2).is_integer():
            self._say(rpe=number)
        else:
            self._say(weight_kg=kilograms(parts["at"], "", self._unit))

    def _sets_load_reps(self, parts: Mapping[str, str]) -> None:
        self._add(parts["n"], parts["count"], self._load_of(parts["load"]))

    def _load_reps(self, parts: Mapping[str, str]) -> None:
        self._add(parts.get("n", "1"), parts["count"], self._load_of(parts["load"]))

    def _sets_time(self, parts: Mapping[str, str]) -> None:
        self._group(parts["n"], {"duration_s": seconds(parts["time"])})

    def _sets_distance(self, parts: Mapping[str, str]) -> None:
        self._group(parts["n"], {"distance_m": metres(parts["far"], parts["length"])})

    def _three(self, parts: Mapping[str, str]) -> None:
        """`3x10x60` is sets, repetitions, weight; `60x10x3` the other way round."""
        first, last, unit = parts["a"], parts["c"], parts.get("unit", "")
        if not unit and not _is_count(first) and _is_count(last):
            first, last = last, first
        if not _is_count(first):
            raise Unclear
        self._add(first, parts["b"], {"weight_kg": kilograms(last, unit, self._unit)})

    def _scheme(self, parts: Mapping[str, str]) -> None:
        if "sets" in parts or _is_count(parts["a"]):
            self._add(parts["a"], parts["count"], {})
        else:
            weight = kilograms(parts["a"], "", self._unit)
            self._add("1", parts["count"], {"weight_kg": weight})

    def _sets_only(self, parts: Mapping[str, str]) -> None:
        if self._groups and len(self._groups[-1]) == 1:
            self._groups[-1] *= _count(parts["n"])
        else:
            self._ahead["sets"] = _count(parts["n"])

    def _loads(self, parts: Mapping[str, str]) -> None:
        texts = re.findall(r"\d+(?:\.\d+)?", parts["loads"])
        weights = [kilograms(text, parts["unit"], self._unit) for text in texts]
        if not self._groups:
            self._ahead["weights"] = weights
        else:
            self._each(self._groups[-1], weights)

    def _load(self, parts: Mapping[str, str]) -> None:
        if self._groups and any("weight_kg" in fields for fields in self._groups[-1]):
            self._ahead |= self._load_of(parts["load"])  # `60kg 3x10, 70kg 3x8`
        else:
            self._say(**self._load_of(parts["load"]))

    def _body(self, parts: Mapping[str, str]) -> None:
        self._load(parts)

    def _time(self, parts: Mapping[str, str]) -> None:
        self._measured({"duration_s": seconds(parts["time"])})

    def _distance(self, parts: Mapping[str, str]) -> None:
        self._measured({"distance_m": metres(parts["far"], parts["length"])})

    def _reps(self, parts: Mapping[str, str]) -> None:
        self._add(str(self._ahead.pop("sets", 1)), parts["count"], {})

    def _list(self, parts: Mapping[str, str]) -> None:
        self._add("1", parts["count"], {})

    def _max(self, parts: Mapping[str, str]) -> None:
        if self._groups:
            self._groups[-1][-1]["kind"] = "failure"
        else:
            self._add(str(self._ahead.pop("sets", 1)), parts["count"], {})

    def _warmup(self, _parts: Mapping[str, str]) -> None:
        """Before its sets (`warm-up 2x10`), or behind them (`2x10 warm-up`)."""
        if self._groups and not self._ahead:
            self._mark("warmup")
        else:
            self._kind = "warmup"

    def _then(self, _parts: Mapping[str, str]) -> None:
        """What follows is done at once, with less."""
        self._kind = "drop"

    _drop = _then

    # How it comes together.

    def _mark(self, kind: str) -> None:
        for fields in self._groups[-1]:
            fields["kind"] = kind

    def _measured(self, measure: Fields) -> None:
        """A time or a length: of a set of its own, or of the sets that have none yet."""
        (name,) = measure
        group = self._groups[-1] if self._groups else []
        if group and not any(name in fields or "reps" in fields for fields in group):
            self._say(**measure)
        else:
            self._group(str(self._ahead.pop("sets", 1)), measure)

    def _add(self, sets: str, count: str, load: Fields) -> None:
        """Sets of so many repetitions: a number, a range, a list of them, or as many as go."""
        span = _RANGE.fullmatch(count.strip())
        numbers = re.findall(r"\d+", count)
        if not numbers:
            self._group(sets, {"kind": "failure", **load})
        elif span:
            least, most = sorted((int(span[1]), int(span[2])))
            self._group(sets, {"reps_min": least, "reps_max": most, **load})
        elif len(numbers) == 1:
            self._group(sets, {"reps": int(numbers[0]), **load})
        else:
            if sets not in ("1", str(len(numbers))):
                raise Unclear
            self._append([{"reps": int(number), **load} for number in numbers])

    def _group(self, sets: str, fields: Fields) -> None:
        self._append([dict(fields) for _ in range(_count(sets))])

    def _append(self, group: list[Fields]) -> None:
        loaded = any("weight_kg" in fields or "duration_s" in fields for fields in group)
        if self._number is not None and not loaded and "weight_kg" not in self._ahead:
            self._ahead["weight_kg"] = kilograms(self._number, "", self._unit)
            self._number = None
        self._settle_number(None)
        if "sets" in self._ahead:
            count = self._ahead.pop("sets")
            group = [dict(group[0]) for _ in range(count)] if len(group) == 1 else group
        if "weights" in self._ahead:
            self._each(group, self._ahead.pop("weights"))
        for fields in group:
            for name, value in self._ahead.items():
                fields.setdefault(name, value)
            fields.setdefault("kind", self._kind)
        self._ahead = {}
        self._kind = "drop" if self._kind == "drop" else "normal"
        self._groups.append(group)

    def _each(self, group: list[Fields], weights: Sequence[float]) -> None:
        if len(group) == 1:
            group += [dict(group[0]) for _ in weights[1:]]
        if len(group) != len(weights):
            raise Unclear
        for fields, weight in zip(group, weights, strict=True):
            fields["weight_kg"] = weight

    def _say(self, *, everywhere: bool = False, **said: Any) -> None:
        """Something of the group before, or of all, or of the one to come."""
        if not self._groups:
            self._ahead |= said
        for group in self._groups if everywhere else self._groups[-1:]:
            for fields in group:
                for name, value in said.items():
                    fields.setdefault(name, value)

    def _load_of(self, text: str) -> Fields:
        number = _NUMBER_AND_UNIT.fullmatch(text.strip())
        if number:
            added = {"bodyweight": True} if text.strip().startswith("+") else {}
            return added | {"weight_kg": kilograms(number[1], number[2], self._unit)}
        body = _BODY_AND.fullmatch(text.strip())
        if body is None or not body[3]:
            return {"bodyweight": True}
        weight = kilograms(body[3], body[4] or "", self._unit)
        return {"bodyweight": True, "weight_kg": -weight if body[2] == "-" else weight}

    def _settle_number(self, another: str | None) -> None:
        """A number alone: the weight of what stands before it, else of what follows."""
        if self._number is not None:
            if self._groups and not any("weight_kg" in it for it in self._groups[-1]):
                self._say(weight_kg=kilograms(self._number, "", self._unit))
            else:
                self._bare.append(self._number)
        self._number = another


def _is_count(text: str) -> bool:
    return "." not in text and 1 <= int(text) <= MOST_COUNTED


def _count(text: str) -> int:
    if not 1 <= int(text) <= MOST_SETS:
        raise Unclear
    return int(text)
