"""Recording of a workout by one source, as it is compared with others; pure."""

from dataclasses import dataclass

from sync_server.formulas.activity_families import STRENGTH

HAND, APP, WATCH, PHONE = "hand", "app", "watch", "phone"
RECORDERS = (HAND, APP, WATCH, PHONE)
"""Recorders of workouts, in their default order: those who log sets come first."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Workout session of one source; times in seconds, None for unknown ones.

    `source` is empty for what was entered by hand in this app. `length_s` and `distance_m` are the
    sums of its sets. `parts` are the ids of recordings that were joined to this one.
    """

    id: str
    source: str = ""
    recorded_by: str = HAND
    family: str | None = None
    start: float | None = None
    end: float | None = None
    length_s: float | None = None
    distance_m: float | None = None
    parts: tuple[str, ...] = ()

    @property
    def recorder(self) -> str:
        """Kind of the recorder; without a source it is the user's hand."""
        return self.recorded_by if self.source else HAND

    @property
    def length(self) -> float | None:
        """Length in seconds, above 0; that of timed sets of strength says little."""
        if self.start is not None and self.end is not None:
            return self.end - self.start if self.end > self.start else None
        return None if self.family == STRENGTH else self.length_s
