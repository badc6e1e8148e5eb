"""Encryption of backups in the format of age (age-encryption.org), as a stream."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import pyrage

from sync_server.backup.errors import BackupError

BLOCK_BYTES = 1024 * 1024
MAGIC = b"age-encryption.org/"


def new_key() -> tuple[str, str]:
    """A new key pair: the recipient, which encrypts, and the identity, which decrypts."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity.to_public()), str(identity)


@contextmanager
def encrypted(output: BinaryIO, recipient: str) -> Iterator[BinaryIO]:
    """A stream whose bytes arrive encrypted in `output`; raises BackupError for a bad recipient."""
    try:
        key = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        raise BackupError("The recipient is no public key of age: it begins with age1.") from None
    reading, writing = os.pipe()
    source, sink = os.fdopen(reading, "rb"), os.fdopen(writing, "wb")
    with _piped(lambda: pyrage.encrypt_io(source, output, [key]), source), sink:
        yield sink


@contextmanager
def decrypted(source: BufferedReader, key_file: Path | None) -> Iterator[BinaryIO]:
    """The plain bytes of a backup; `source` is read as it is unless it is encrypted.

    Raises BackupError when the key is missing, or not the one of the backup.
    """
    if not source.peek(len(MAGIC)).startswith(MAGIC):
        yield source
        return
    if key_file is None:
        raise BackupError("The backup is encrypted: name the file of its key with --key-file.")
    identities = _read_identities(key_file)
    reading, writing = os.pipe()
    plain, sink = os.fdopen(reading, "rb"), os.fdopen(writing, "wb")
    with _piped(lambda: pyrage.decrypt_io(source, sink, identities), sink), plain:
        yield plain
        # A tar stream ends before its padding does.
        while plain.read(BLOCK_BYTES):
            pass


def _read_identities(key_file: Path) -> list[object]:
    try:
        lines = key_file.read_text().split()
        return [
            pyrage.x25519.Identity.from_str(line)
            for line in lines
            if line.startswith("AGE-SECRET-KEY-")
        ]
    except OSError as error:
        raise BackupError(f"The key file {key_file} cannot be read: {error.strerror}.") from None
    except pyrage.IdentityError:
        raise BackupError(f"The key file {key_file} has no key of age.") from None


@contextmanager
def _piped(work: Callable[[], None], end: BinaryIO) -> Iterator[None]:
    """Run `work` in a thread beside the block; its end of the pipe closes with it."""
    failures: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            failures.append(error)
        finally:
            end.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    except BaseException as error:
        thread.join(1.0)
        _raise_failure(failures, error)
        raise
    thread.join()
    _raise_failure(failures, None)


def _raise_failure(failures: list[Exception], cause: BaseException | None) -> None:
    for failure in failures:
        if isinstance(failure, OSError) and failure.errno:
            raise failure from cause
        raise BackupError(f"The backup cannot be decrypted: {failure}.") from cause
