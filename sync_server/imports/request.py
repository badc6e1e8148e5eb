"""What an import asks for: the parts of its form, checked."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sync_server.imports.formats.registry import FORMATS
from sync_server.web.errors import BodyTooLarge, InvalidRequest

PARTS = {"file": True, "format": True, "weight_unit": False, "dry_run": False}
"""The parts of the form, and whether each must be there."""

UNITS = ("kg", "lb")
FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Asked:
    """An import as it was asked for. `weight_unit` is None where the file must say."""

    content: bytes
    format: str
    weight_unit: str | None
    dry_run: bool

    @property
    def fingerprint(self) -> bytes:
        """What tells whether two requests under one key ask for the same."""
        asked = f"import\n{self.format}\n{self.weight_unit}\n{self.dry_run}\n".encode()
        return hashlib.sha256(asked + hashlib.sha256(self.content).digest()).digest()


def asked_for(form: Mapping[str, bytes], most_bytes: int) -> Asked:
    """The import that a form asks for; raises InvalidRequest, or BodyTooLarge for its file."""
    if len(form["file"]) > most_bytes:
        raise BodyTooLarge(f"The file is larger than {most_bytes} bytes.")
    words = {
        name: form[name].decode("utf-8", "replace").strip()
        for name in ("format", "weight_unit", "dry_run")
        if name in form
    }
    choices = {"format": tuple(FORMATS), "weight_unit": UNITS, "dry_run": tuple(FLAGS)}
    errors: dict[str, object] = {
        name: [f"Must be one of {', '.join(choices[name])}."]
        for name, word in words.items()
        if word not in choices[name]
    }
    if errors:
        raise InvalidRequest(errors=errors)
    return Asked(
        form["file"],
        words["format"],
        words.get("weight_unit"),
        FLAGS[words.get("dry_run", "false")],
    )
