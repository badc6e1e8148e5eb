"""Origins of passkeys as a setting: pages and Android apps whose responses are accepted."""

import re
from typing import NewType

PasskeyOrigins = NewType("PasskeyOrigins", tuple[str, ...])

_PAGE = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?|http://localhost(:([0-9]{1,5}|\*))?")
_ANDROID = re.compile(r"android:apk-key-hash:[A-Za-z0-9_-]{27,43}")


def parse_passkey_origins(text: str) -> PasskeyOrigins:
    """Origins of a comma-separated list; raises ValueError."""
    origins = tuple(filter(None, (item.strip() for item in text.split(","))))
    for origin in origins:
        if not _PAGE.fullmatch(origin) and not _ANDROID.fullmatch(origin):
            raise ValueError(
                f"{origin!r} is neither an https origin nor android:apk-key-hash:… of an app."
            )
    return PasskeyOrigins(origins)
