"""If-Match and If-None-Match: a record's version as ETag, and what a request demands of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from sync_server.web.openapi import Parameter

IF_MATCH: Mapping[str, Parameter] = {
    "If-Match": Parameter({"type": "string"}, "Only if this is the record's ETag; `*`: any"),
    "If-None-Match": Parameter({"type": "string"}, "`*`: only if there is no such record"),
}


@dataclass(frozen=True, slots=True)
class Preconditions:
    """The tags that were named, without quotes; None where the header was absent."""

    match: frozenset[str] | None = None
    none_match: frozenset[str] | None = None

    def hold(self, version: int | None) -> bool:
        """True if a live record of this version (None: there is none) may be written."""
        if self.match is not None and not _named(self.match, version):
            return False
        return self.none_match is None or not _named(self.none_match, version)


NO_PRECONDITIONS = Preconditions()


def etag(version: int, parts: str = "") -> str:
    """The ETag of a record; `parts` names what else the answer shows."""
    return f'"{version}.{parts}"' if parts else f'"{version}"'


def preconditions_of(request: web.Request) -> Preconditions:
    """Preconditions of a request."""
    return Preconditions(_tags(request, "If-Match"), _tags(request, "If-None-Match"))


def is_not_modified(request: web.Request, tag: str) -> bool:
    """True if If-None-Match names the ETag of the response."""
    known = _tags(request, "If-None-Match") or ()
    return "*" in known or tag.strip('"') in known


def _tags(request: web.Request, header: str) -> frozenset[str] | None:
    given = request.headers.getall(header, ())
    if not given:
        return None
    # A cache on the way may have made the tag a weak one: the version is the same.
    return frozenset(
        tag.strip().removeprefix("W/").strip('"') for line in given for tag in line.split(",")
    )


def _named(tags: frozenset[str], version: int | None) -> bool:
    if version is None:
        return False
    return "*" in tags or any(tag.partition(".")[0] == str(version) for tag in tags)
