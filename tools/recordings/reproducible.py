"""Reproducible recordings: random ids, cursors and ETags are replaced by derived ones."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from schema.ids import ROOT_NAMESPACE
from trackforge_client.device.json_types import Json
from trackforge_client.device.merge import with_ids_replaced
from trackforge_client.device.session import API
from trackforge_client.replay.exchange import Exchange
from trackforge_client.replay.translation import Translation

_NO_PART = (f"{API}/auth/", f"{API}/sync/config")


def recorded_user(story: str) -> str:
    """Id of the user of a recording, derived from its name."""
    return str(uuid.uuid5(ROOT_NAMESPACE, f"recordings/{story}"))


def reproducible(exchanges: Iterable[Exchange], user: str) -> Iterator[Exchange]:
    """The exchanges of one user with another id, and with cursors and ETags counted through.

    Signing in and questions about the server's settings are left out: they are no part of a story.
    """
    taken = [one for one in exchanges if not one.path.startswith(_NO_PART)]
    translations = {
        found: Translation(found, user, 0) for found in {one.user for one in taken} if found
    }
    (translation,) = translations.values()
    tokens: dict[str, str] = {}
    for exchange in taken:
        translation.map_ids(exchange.body)
        translation.map_ids(exchange.response_body)
        for cursor in _cursors(exchange.response_body):
            tokens.setdefault(cursor, f"cursor-{len(tokens)}")
        if etag := exchange.response_headers.get("etag"):
            tokens.setdefault(etag, f'"etag-{len(tokens)}"')
    for exchange in taken:
        yield replace(
            exchange,
            user=user,
            path="/".join(str(translation.expected(part)) for part in exchange.path.split("/")),
            query=_words(exchange.query, tokens),
            headers=_words(exchange.headers, tokens),
            body=with_ids_replaced(translation.expected(exchange.body), tokens),
            response_body=_without_chance(
                with_ids_replaced(translation.expected(exchange.response_body), tokens)
            ),
            response_headers=_words(exchange.response_headers, tokens),
        )


def _words(words: Mapping[str, str], tokens: dict[str, str]) -> dict[str, str]:
    return {name: tokens.get(value, value) for name, value in words.items()}


def _cursors(answer: Json) -> Iterator[str]:
    if isinstance(answer, dict):
        if isinstance(answer.get("cursor"), str):
            yield str(answer["cursor"])
        yield from _cursors(answer.get("pull"))


def _without_chance(answer: Json) -> Json:
    if isinstance(answer, dict) and "request_id" in answer:
        return {name: value for name, value in answer.items() if name != "request_id"}
    return answer
