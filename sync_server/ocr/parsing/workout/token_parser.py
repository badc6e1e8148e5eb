"""Token parser: applies the tokens of a notation to groups of sets."""

import re
from collections.abc import Mapping
from typing import TypeAlias

from sync_server.ocr.parsing.workout.bounds import AmbiguousText
from sync_server.ocr.parsing.workout.groups import SetGroups
from sync_server.ocr.parsing.workout.quantities import metres, seconds
from sync_server.ocr.parsing.workout.schemes import MAX_COUNT, Schemes
from sync_server.ocr.parsing.workout.tokens import Token

Parts: TypeAlias = Mapping[str, str]

MIN_NAME = 4
SCHEMES = frozenset({
    "scheme", "three", "load_reps", "sets_load_reps", "reps_load", "reps", "list",
})  # fmt: skip
NOTED = frozenset({"emom", "pair"})
"""Tokens whose text is a remark too: its fields do not say all of it."""
_TEMPO = re.compile(r"\d(?:-\d){2,3}")


class TokenParser:
    """Parser of tokens from left to right; `words` are the extents of word runs."""

    def __init__(self, text: str, unit: str, *, numbered: bool) -> None:
        self.words: list[tuple[int, int]] = []
        self.remarks: list[str] = []
        self._text = text
        self._in_words = False
        self._schemes = Schemes(unit, assisted="assist" in text.casefold())
        self._schemes.numbered = numbered

    @property
    def groups(self) -> SetGroups:
        """Groups of sets so far."""
        return self._schemes.groups

    def accept(self, token: Token) -> None:
        """Apply one token; raises Unclear."""
        kind, start, end, parts = token.kind, token.start, token.end, token.parts
        if kind == "word":
            first = self.words.pop()[0] if self._in_words else start
            self.words.append((first, end))
        elif kind == "remark" or (kind == "list" and self._is_tempo(parts["count"])):
            self.remarks.append(self._text[start:end].strip(" @"))
        elif kind != "glue":
            if kind in SCHEMES and self._is_behind_a_second_name():
                raise AmbiguousText
            getattr(self, f"_{kind}")(parts)
            if kind in NOTED and (kind != "pair" or self.groups.last_has("weight_kg")):
                self.remarks.append(self._text[start:end].strip(" @:"))
        self._in_words = kind == "word"

    def end(self) -> None:
        """Resolve open values; raises Unclear."""
        self._schemes.end()

    def _is_behind_a_second_name(self) -> bool:
        """True if the words just before may name another exercise than the sets before."""
        if not self.groups or not self._in_words or len(self.words) < 2:
            return False
        start, end = self.words[-1]
        return sum(letter.isalpha() for letter in self._text[start:end]) >= MIN_NAME

    def _is_tempo(self, text: str) -> bool:
        """True for `3-1-1-0`: it has a zero, or repetitions were given before."""
        no_repetitions = "0" in text or self.groups.last_has("reps", "reps_min")
        return bool(_TEMPO.fullmatch(text)) and no_repetitions

    # One method per kind of token; `parts` are the named groups of its pattern.

    def _set_number(self, _parts: Parts) -> None:
        self._schemes.numbered = True

    def _rest(self, parts: Parts) -> None:
        self.groups.assign_default({"rest_s": seconds(parts["rest"])})

    def _rpe(self, parts: Parts) -> None:
        self.groups.assign({"rpe": float(parts["rpe"])})

    def _rir(self, parts: Parts) -> None:
        self.groups.assign({"rir": int(parts["rir"])})

    def _at(self, parts: Parts) -> None:
        number = float(parts["at"])
        if 1 <= number <= MAX_COUNT and (number * 2).is_integer():
            self.groups.assign({"rpe": number})
        else:
            self.groups.load(self._schemes.weight(parts["at"]))

    def _label_sets(self, parts: Parts) -> None:
        self.groups.repeat(int(parts["n"]))

    _sets_only = _label_sets

    def _times(self, parts: Parts) -> None:
        if not self.groups:
            raise AmbiguousText
        self._label_sets(parts)

    def _reps(self, parts: Parts) -> None:
        self._schemes.add("1", parts["count"], {})

    _label_reps = _reps

    def _list(self, parts: Parts) -> None:
        if "at" in parts:
            self._schemes.loads(parts["count"])
        else:
            self._reps(parts)

    def _sets_load_reps(self, parts: Parts) -> None:
        sets = parts.get("n", "1")
        self._schemes.add(sets, parts["count"], self._schemes.load(parts["load"]))

    _load_reps = _sets_load_reps

    def _reps_load(self, parts: Parts) -> None:
        self._schemes.add_by_load(parts["count"], parts["load"])

    def _sets_time(self, parts: Parts) -> None:
        self.groups.add_equal(int(parts["n"]), {"duration_s": seconds(parts["time"])})

    def _sets_distance(self, parts: Parts) -> None:
        far = metres(parts["far"], parts["length"])
        self.groups.add_equal(int(parts["n"]), {"distance_m": far})

    def _pair(self, parts: Parts) -> None:
        """`3x10 2x16kg`: a weight in each hand; the weight of a set is that of one."""
        if self.groups and not self.groups.last_has("weight_kg", "bodyweight"):
            self.groups.load(self._schemes.load(parts["load"]))
        elif "at" in parts:
            raise AmbiguousText
        else:
            self._schemes.add_by_load("2", parts["load"])

    def _emom(self, parts: Parts) -> None:
        """`EMOM 10 min`: a set every minute, or every two (`E2MOM`)."""
        count = int(parts["minutes"]) // int(parts.get("every") or 1)
        if len(self.groups.last) <= 1:
            self.groups.repeat(count)

    def _three(self, parts: Parts) -> None:
        if "sets" in parts:
            self._schemes.add(parts["c"], parts["b"], self._schemes.weight(parts["a"]))
        else:
            self._schemes.add_three(parts["a"], parts["b"], parts["c"], parts.get("unit", ""))

    def _scheme(self, parts: Parts) -> None:
        if "sets" in parts:
            self._schemes.add(parts["a"], parts["count"], {})
        else:
            self._schemes.add_two(parts["a"], parts["count"])

    def _loads(self, parts: Parts) -> None:
        weights = re.findall(r"\d+(?:\.\d+)?", parts["loads"])
        fields = [self._schemes.weight(weight, parts["unit"]) for weight in weights]
        self.groups.loads([weight["weight_kg"] for weight in fields])

    def _load(self, parts: Parts) -> None:
        self.groups.load(self._schemes.load(parts["load"]))

    def _time(self, parts: Parts) -> None:
        if self.groups.last_has("reps", "reps_min"):
            self._rest({"rest": parts["time"]})
        else:
            self._schemes.measured({"duration_s": seconds(parts["time"])})

    def _distance(self, parts: Parts) -> None:
        self._schemes.measured({"distance_m": metres(parts["far"], parts["length"])})

    def _max(self, parts: Parts) -> None:
        a_letter = len(parts["count"]) == 1
        if self.groups:
            self.groups.mark("failure", only_last=a_letter)
        elif a_letter or (parts["count"].casefold().startswith("max") and not self.words):
            raise AmbiguousText  # `Max bench` is a name
        else:
            self._schemes.add("1", parts["count"], {})

    def _warmup(self, _parts: Parts) -> None:
        """Before its sets (`warm-up 2x10`), or behind them (`2x10 warm-up`)."""
        if self.groups and not self.groups.upcoming:
            self.groups.mark("warmup")
        else:
            self.groups.kind = "warmup"

    def _then(self, _parts: Parts) -> None:
        """`A > B`: the next sets are drop sets."""
        self.groups.kind = "drop"

    _drop = _then

    def _number(self, parts: Parts) -> None:
        self._schemes.number(parts["number"], added="plus" in parts)
