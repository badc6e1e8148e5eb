"""The commit of edits: one batch, written by the server, with the merge and the lock of a push.

Its records appear in pulls like those of any push.
"""

import uuid
from collections.abc import Sequence

import msgspec

from schema import SCHEMA_VERSION
from schema.ids import ROOT_NAMESPACE
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from sync_server.sync.engine.changes import (
    BatchContext,
    Change,
    InvalidChange,
    ValidChange,
)
from sync_server.sync.push.transaction import run_transaction
from sync_server.sync.push.validation import validate
from sync_server.sync.server_writes.edit_batch import EditBatch, edit_error
from sync_server.sync.server_writes.edits import Edit, RenderResponse
from sync_server.sync.stored_response import WriteResult
from sync_server.web.idempotency import IdempotencyKey
from sync_server.web.identity import Identity

SERVER_DEVICE = str(uuid.uuid5(ROOT_NAMESPACE, "device.server"))
"""The `device_id` of every server write: the same for all users, so that devices recognize it."""


async def commit_edits(
    pool: Pool,
    config: Config,
    identity: Identity,
    edits: Sequence[Edit],
    render: RenderResponse,
    key: IdempotencyKey | None,
    now_us: int,
) -> WriteResult:
    """Commit the edits, or find the response that the key already has.

    Raises InvalidRecord and its like, PreconditionFailed, NotFound, IdempotencyKeyReused or
    AccountDeleted; then nothing is written, and nothing is stored under the key.
    """
    context = BatchContext(
        identity.user_id,
        SERVER_DEVICE,
        SCHEMA_VERSION,
        now_us,
        session_id=identity.family_id,
    )
    changes = [_validated(edit, context) for edit in edits]
    return await run_transaction(pool, config, EditBatch(edits, changes, context, key, render))


def _validated(edit: Edit, context: BatchContext) -> ValidChange:
    data = msgspec.Raw(edit.data)
    change = validate(Change(edit.collection, edit.id, edit.op, context.now_us, data), context)
    if isinstance(change, InvalidChange):
        raise edit_error(change.rejection, edit)
    return change
