"""Sync session: the messages that bring one client to the user's newest version, and keep it there.

Each round reads the head, announces a checkpoint, sends the records up to it page by page and
completes it. No transaction is open while messages are written. When records that were announced
change under way, the checkpoint is not completed: the next round announces a later one.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.powersync import operations as ops
from sync_server.powersync import queries
from sync_server.powersync.operations import Checkpoint, Row
from sync_server.store.postgres import Connection, Pool, transaction
from sync_server.web.clock import utc_now
from sync_server.web.errors import AccountDeleted

PAGE_ROWS = 1000

Message = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Page:
    """Records up to `end`, and the checksum that every client has there."""

    rows: list[Row]
    end: int
    checksum: int


class DownloadSession:
    """Download of one client: where it is, and how it gets further.

    `after` and `checksum` are what the client has. An `after` of 0 is an empty bucket.
    """

    def __init__(
        self, pool: Pool, config: Config, user_id: UserId, after: Mapping[str, int], raw_data: bool
    ) -> None:
        self._pool, self._config, self._user_id = pool, config, user_id
        self._reported = after
        self._raw_data = raw_data
        self._bucket: str | None = None
        self._after = 0
        self._checksum = 0
        self._must_clear = False

    async def catch_up(self) -> AsyncIterator[Message]:
        """Messages of one or more rounds, the last of them complete; raises AccountDeleted."""
        complete = False
        while not complete:
            async with transaction(self._pool, self._config, self._user_id) as connection:
                head = await queries.read_head(connection, self._user_id)
                if head is None:
                    raise AccountDeleted
                is_first = await self._enter_bucket(connection, head)
                rows, announced = await self._announce(connection, head.version)
            line = ops.checkpoint_line if is_first else ops.checkpoint_diff_line
            assert self._bucket is not None
            yield line(self._bucket, announced)
            sent_rows, sent_checksum = 0, 0
            async for page in self._pages(announced):
                sent_rows += len(page.rows)
                sent_checksum = ops.added(sent_checksum, page.rows)
                yield self._data(page, more=page.end < announced.version)
            complete = (sent_rows, sent_checksum) == rows
            if complete:
                yield ops.complete_line(announced.version)

    async def _enter_bucket(self, connection: Connection, head: queries.Head) -> bool:
        """Choose the bucket and the client's state in it; True if it must be announced again."""
        bucket = ops.bucket_name(self._user_id, head.epoch)
        if bucket == self._bucket and self._after >= head.purged_version:
            return False
        is_first = bucket != self._bucket
        after = self._after if not is_first else self._reported.get(bucket, 0)
        checksum = None
        if head.purged_version <= after <= head.version:
            checksum = await queries.read_checksum(connection, self._user_id, after)
        self._bucket = bucket
        # Without the checksum, or with tombstones that are gone, only a new start is right.
        self._must_clear = after > 0 and checksum is None
        self._after, self._checksum = (0, 0) if checksum is None else (after, checksum)
        return is_first

    async def _announce(
        self, connection: Connection, version: int
    ) -> tuple[tuple[int, int], Checkpoint]:
        """The records to send (count, sum of checksums), and the checkpoint they lead to."""
        rows, added = await queries.sum_checksums(connection, self._user_id, self._after, version)
        checksum = await queries.agree_on_checksum(
            connection,
            self._user_id,
            version,
            (self._checksum + added) % ops.CHECKSUM_RANGE,
            utc_now(),
        )
        return (rows, added), Checkpoint(version, checksum)

    async def _pages(self, announced: Checkpoint) -> AsyncIterator[_Page]:
        """Pages up to the checkpoint; none when the client is there."""
        while self._after < announced.version or self._must_clear:
            async with transaction(self._pool, self._config, self._user_id) as connection:
                rows = await queries.read_rows(
                    connection, self._user_id, self._after, announced.version, PAGE_ROWS
                )
                end = rows[-1].version if len(rows) == PAGE_ROWS else announced.version
                own = ops.added(self._checksum, rows)
                checksum = await queries.agree_on_checksum(
                    connection, self._user_id, end, own, utc_now()
                )
            yield _Page(rows, end, checksum)

    def _data(self, page: _Page, *, more: bool) -> Message:
        """The page's operations; afterwards the client is at its end."""
        operations: list[Message] = [ops.clear_operation()] if self._must_clear else []
        operations += [ops.row_operation(row, raw_data=self._raw_data) for row in page.rows]
        missing = page.checksum - ops.added(self._checksum, page.rows)
        if missing or not page.rows or page.rows[-1].version < page.end:
            operations.append(ops.move_operation(page.end, missing))
        assert self._bucket is not None
        line = ops.data_line(self._bucket, self._after, operations, page.end, more)
        self._after, self._checksum, self._must_clear = page.end, page.checksum, False
        return line
