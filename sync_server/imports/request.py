"""Multipart form of an import, parsed and validated."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from sync_server.imports.formats.registry import FORMAT_NAMES
from sync_server.imports.mapping import Choices, parse_mapping
from sync_server.web.errors import BodyTooLarge, InvalidRequest

PARTS = {"file": True, "format": False, "weight_unit": False, "dry_run": False, "mapping": False}
"""Parts of the form; True for required ones."""

WEIGHT_UNITS = ("kg", "lb")
FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Parsed form of an import.

    `format` is None for a file to be recognized, `weight_unit` where the file must name the unit.
    `mapping` has the user's choices of exercises.
    """

    content: bytes
    format: str | None
    weight_unit: str | None
    dry_run: bool
    mapping: Choices = field(default_factory=dict)

    def fingerprint(self) -> bytes:
        """SHA-256 fingerprint of the form, compared when an Idempotency-Key is repeated."""
        parameters = f"import\n{self.format}\n{self.weight_unit}\n{self.dry_run}\n".encode()
        if self.mapping:
            parameters += orjson.dumps(self.mapping, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(parameters + hashlib.sha256(self.content).digest()).digest()


@dataclass(frozen=True, slots=True)
class ArchiveRequest:
    """Import of an export of Apple Health or Health Connect, which is a file of this server."""

    path: Path
    dry_run: bool
    format: str
    mapping: Choices = field(default_factory=dict)


AnyImport = ImportRequest | ArchiveRequest


def parse_import(form: Mapping[str, bytes], max_bytes: int) -> ImportRequest:
    """Parse the form; raises InvalidRequest, or BodyTooLarge for its file."""
    if len(form["file"]) > max_bytes:
        raise BodyTooLarge(f"The file is larger than {max_bytes} bytes.")
    values = {
        name: form[name].decode("utf-8", "replace").strip()
        for name in ("format", "weight_unit", "dry_run")
        if name in form
    }
    choices = {"format": FORMAT_NAMES, "weight_unit": WEIGHT_UNITS, "dry_run": tuple(FLAGS)}
    errors: dict[str, object] = {
        name: [f"Must be one of {', '.join(choices[name])}."]
        for name, value in values.items()
        if value not in choices[name]
    }
    if errors:
        raise InvalidRequest(errors=errors)
    return ImportRequest(
        form["file"],
        values.get("format"),
        values.get("weight_unit"),
        FLAGS[values.get("dry_run", "false")],
        parse_mapping(form["mapping"]) if form.get("mapping", b"").strip() else {},
    )
