"""Move of records to the id derived from their natural key."""

from collections.abc import Mapping

from trackforge_client.device.contracts import CONTRACTS
from trackforge_client.device.ids import natural_id
from trackforge_client.device.merge import with_ids_replaced
from trackforge_client.device.outbox import Outbox
from trackforge_client.device.records import Records
from trackforge_client.device.store import Store

_ALIASES = """CREATE TABLE IF NOT EXISTS aliases (
    id TEXT NOT NULL PRIMARY KEY, canonical_id TEXT NOT NULL
) WITHOUT ROWID"""


class IdRekeying:
    """Replacement of record ids by canonical ids in the outbox, references included."""

    def __init__(self, store: Store, records: Records, outbox: Outbox) -> None:
        with store.transaction() as connection:
            connection.execute(_ALIASES)
        self._store = store
        self._records = records
        self._outbox = outbox

    def rekey(self, names: Mapping[str, str]) -> None:
        """Replaces ids, old to new, in all unsent writes."""
        with self._store.transaction():
            self._add_aliases(names)
            touched = set()
            for change in self._outbox.waiting():
                id = names.get(change.id, change.id)
                data = {
                    name: with_ids_replaced(value, names) for name, value in change.data.items()
                }
                if (id, data) != (change.id, change.data):
                    self._outbox.rewrite(change, id, data)
                    touched |= {(change.collection, change.id), (change.collection, id)}
            for collection, id in touched:
                self._records.recompute(collection, id)

    def assign_natural_ids(self, user_id: str) -> None:
        """Rekeys records that were created before the first sign-in to their natural ids."""
        names = {}
        for change in self._outbox.waiting():
            if change.op == "put" and change.collection in CONTRACTS:
                contract = CONTRACTS[change.collection]
                id = natural_id(change.collection, contract, user_id, change.data)
                if id is not None and id != change.id:
                    names[change.id] = id
        if names:
            self.rekey(names)

    def canonical_id(self, collection: str, id: str) -> str:
        """Id that a former id stands for, or the id itself."""
        state = self._records.visible(collection, id)
        if state is not None and not state.deleted:
            return id
        row = self._store.connection.execute(
            "SELECT canonical_id FROM aliases WHERE id = ?", (id,)
        ).fetchone()
        return id if row is None else str(row[0])

    def _add_aliases(self, names: Mapping[str, str]) -> None:
        connection = self._store.connection
        for alias, canonical_id in names.items():
            connection.execute(
                "UPDATE aliases SET canonical_id = ? WHERE canonical_id = ?", (canonical_id, alias)
            )
            connection.execute(
                "INSERT OR REPLACE INTO aliases VALUES (?, ?)", (alias, canonical_id)
            )
