"""Record ids: time-ordered UUIDv7 for new records, UUIDv5 for natural keys."""

import random
import uuid

from trackforge_client.device.contract import Contract
from trackforge_client.device.json_types import Fields

ROOT_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "trackforge.com")


def new_id(now_us: int, source: random.Random) -> str:
    """UUIDv7 (RFC 9562) for a time in microseconds since the Unix epoch."""
    milliseconds, rest = divmod(now_us, 1000)
    value = (milliseconds & (1 << 48) - 1) << 80
    # The fraction of the millisecond fills rand_a, as RFC 9562 (6.2, method 3) allows.
    value |= 0x7 << 76 | (rest * 4096 // 1000) << 64
    value |= 0b10 << 62 | source.getrandbits(62)
    return str(uuid.UUID(int=value))


def natural_id(collection: str, contract: Contract, user_id: str, data: Fields) -> str | None:
    """Id derived from the natural key, the same on every device; None without a natural key."""
    parts = contract.natural_key
    if parts is None or (contract.natural_when and data.get(contract.natural_when) is not True):
        return None
    if any(data.get(part) is None and contract.is_identifying(part) for part in parts):
        return None
    # An absent optional part counts as an empty text, as on the server.
    texts = [str(data.get(part) or "") for part in parts]
    namespace = uuid.uuid5(ROOT_NAMESPACE, collection)
    return str(uuid.uuid5(namespace, "\n".join([user_id, *texts])))
