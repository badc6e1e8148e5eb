"""Text of a FIT file: a line per message with its fields, as `fitdecode` reads them."""

import io
from collections.abc import Iterator

import fitdecode


def fit_lines(content: bytes) -> Iterator[str]:
    """Name of each message, and its fields that have a value."""
    with fitdecode.FitReader(io.BytesIO(content), check_crc=fitdecode.CrcCheck.DISABLED) as reader:
        for frame in reader:
            if isinstance(frame, fitdecode.FitDataMessage):
                fields = (
                    f"{field.name}={_value(field.value)}"
                    for field in frame.fields
                    if field.value is not None and not field.name.startswith("unknown")
                )
                yield f"{frame.name}: {' '.join(fields)}"


def _value(value: object) -> str:
    if isinstance(value, tuple | list):
        return ",".join(_value(one) for one in value if one is not None)
    return f"{value:g}" if isinstance(value, float) else str(value)
