"""Records that move to another id: the one that follows from what they are about."""

from collections.abc import Mapping

from trackforge_client.device.contracts import CONTRACTS
from trackforge_client.device.ids import natural_id
from trackforge_client.device.merge import renamed
from trackforge_client.device.outbox import Outbox
from trackforge_client.device.records import Records
from trackforge_client.device.store import Store


class Naming:
    """Follows records to their canonical ids, in all writes that wait and in their references."""

    def __init__(self, store: Store, records: Records, outbox: Outbox) -> None:
        self._store = store
        self._records = records
        self._outbox = outbox

    def rename(self, names: Mapping[str, str]) -> None:
        """Rename records, old id to new, wherever a waiting write names them."""
        with self._store.transaction():
            touched = set()
            for change in self._outbox.waiting():
                id = names.get(change.id, change.id)
                data = {name: renamed(value, names) for name, value in change.data.items()}
                if (id, data) != (change.id, change.data):
                    self._outbox.rewrite(change, id, data)
                    touched |= {(change.collection, change.id), (change.collection, id)}
            for place in touched:
                self._records.refresh(*place)

    def claim(self, user_id: str) -> None:
        """Give their natural ids to records that were made before anybody had signed in."""
        names = {}
        for change in self._outbox.waiting():
            if change.op == "put" and change.collection in CONTRACTS:
                contract = CONTRACTS[change.collection]
                id = natural_id(change.collection, contract, user_id, change.data)
                if id is not None and id != change.id:
                    names[change.id] = id
        if names:
            self.rename(names)
