"""Hashing off the event loop: threads of low priority, a bounded queue, and 503 beyond."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.security.passwords import (
    hasher,
    is_bcrypt,
    is_outdated,
    is_wrapped,
    matches,
    spend_bcrypt,
)
from sync_server.store.observers import WORK
from sync_server.web.admission import UserAdmission
from sync_server.web.errors import Overloaded

P = ParamSpec("P")
T = TypeVar("T")
CORES = os.cpu_count() or 1
LOGINS_PER_ADDRESS = 2
"""Log-ins of one address at work at once."""
NICENESS = 10
"""Niceness of the threads that hash; they hold no lock of Python's meanwhile."""


class Passwords:
    """Hashes and checks passwords, in all processes on all cores but one, for other requests."""

    def __init__(self, app: web.Application) -> None:
        config = app[CONFIG]
        self._argon2 = hasher(
            config.auth.argon2_time_cost,
            config.auth.argon2_memory_kib,
            config.auth.argon2_parallelism,
        )
        workers = max(1, config.serving.workers)
        self._slots = 5 * max(1, CORES // workers)
        self._executor = ThreadPoolExecutor(max(1, (CORES - 1) // workers), "argon2", _be_nice)
        self._waiting = 0
        self.turns = UserAdmission(
            "log-ins",
            LOGINS_PER_ADDRESS,
            config.serving.user_queue,
            config.serving.user_queue_timeout_s,
        )
        """Admission of log-ins by address."""
        self._dummy = self._argon2.hash("an account that does not exist")

    async def hashed(self, password: str) -> str:
        """The password's hash; raises Overloaded."""
        return await self._run(self._argon2.hash, password)

    async def match(
        self, stored: str | None, password: str, *, bcrypt_cost: int | None = None
    ) -> bool:
        """True if the password is right; without a stored hash False after the same time.

        With `bcrypt_cost`, the cost of imported hashes, a wrong password takes the time of theirs
        whatever the hash is.
        """
        return await self._run(self._match, stored, password, bcrypt_cost)

    async def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Result of a function in a thread; its time counts as used, also if it is cancelled."""
        loop, observe = asyncio.get_running_loop(), WORK.get()

        def measured() -> T:
            began = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                if observe is not None:
                    loop.call_soon_threadsafe(observe, time.thread_time() - began)

        with self._place():
            return await loop.run_in_executor(self._executor, measured)

    def _match(self, stored: str | None, password: str, bcrypt_cost: int | None) -> bool:
        if matches(self._argon2, stored or self._dummy, password):
            return stored is not None
        if stored is not None and is_bcrypt(stored):
            matches(self._argon2, self._dummy, password)
        elif bcrypt_cost is not None and not (stored and is_wrapped(stored)):
            spend_bcrypt(bcrypt_cost)
        return False

    async def renewed(self, stored: str, password: str) -> str | None:
        """A new hash of a password that was right, when the settings ask for another; or None."""
        return await self.hashed(password) if is_outdated(self._argon2, stored) else None

    def close(self) -> None:
        """Let the threads end."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._waiting >= self._slots:
            raise Overloaded("Too many people are logging in right now.")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


def _be_nice() -> None:
    """Lower the priority of this thread, where threads have one of their own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


PASSWORDS: web.AppKey[Passwords] = web.AppKey("passwords", Passwords)


async def password_executor(app: web.Application) -> AsyncIterator[None]:
    """The threads that hash, as long as the application runs."""
    app[PASSWORDS] = passwords = Passwords(app)
    yield
    passwords.close()
