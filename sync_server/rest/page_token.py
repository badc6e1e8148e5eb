"""Page tokens: opaque positions in a list, bound to the user and to the list's query."""

import orjson

from sync_server.security.sealed_token import InvalidSeal, seal, unseal


class InvalidPageToken(ValueError):
    """The text is no page token of this user's list."""


def encode_page_token(key: str | int, id: str, user_id: str, query: str) -> str:
    """Token of the position after a record: its key in the list's order, and its id."""
    return seal(orjson.dumps([key, id]), user_id, query)


def decode_page_token(token: str, user_id: str, query: str) -> tuple[str | int, str]:
    """Key and id of a token; raises InvalidPageToken."""
    try:
        key, id = orjson.loads(unseal(token, user_id, query))
    except InvalidSeal:
        raise InvalidPageToken("The page token is malformed or of another list.") from None
    return key, id
