"""Contracts of the server's collections, read from contracts.json."""

import json
from collections.abc import Mapping
from importlib import resources

from trackforge_client.device.contract import Contract
from trackforge_client.device.errors import UnknownCollection

_DECLARED = json.loads(
    resources.files("trackforge_client").joinpath("contracts.json").read_text("utf-8")
)

SCHEMA_VERSION: int = _DECLARED["schema_version"]

CONTRACTS: Mapping[str, Contract] = {
    name: Contract.from_json(declared) for name, declared in _DECLARED["collections"].items()
}


def contract_of(collection: str) -> Contract:
    """Contract of a collection; raises UnknownCollection."""
    try:
        return CONTRACTS[collection]
    except KeyError:
        raise UnknownCollection(f"there is no collection {collection!r}") from None
