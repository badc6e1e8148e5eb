"""Sign-in of a command: a device of its own that signs out at the end."""

import argparse
import getpass
import shlex
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from trackforge_client.device.authenticator import ProgramAuthenticator
from trackforge_client.device.device import Device
from trackforge_client.device.errors import ClientError, SecondFactorRequired


def secret(prompt: str) -> str:
    """Line of a person at the terminal without echo, else of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return sys.stdin.readline().rstrip("\n")


@asynccontextmanager
async def signed_in(arguments: argparse.Namespace) -> AsyncIterator[Device]:
    """Device of the account in `arguments`, with its second factor if it has one."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "device.db"
        async with Device(path, arguments.base_url, name=f"trackforge {arguments.command}") as it:
            await sign_in(it, arguments)
            try:
                yield it
            finally:
                await it.logout()


async def sign_in(device: Device, arguments: argparse.Namespace) -> None:
    """Signs in to the account of `arguments`; asks for the second factor if it has one."""
    try:
        await device.login(arguments.email, arguments.password)
    except SecondFactorRequired as needed:
        await _prove(device, needed, arguments)


async def _prove(
    device: Device, needed: SecondFactorRequired, arguments: argparse.Namespace
) -> None:
    if arguments.authenticator and needed.passkey_options is not None:
        program = ProgramAuthenticator(shlex.split(arguments.authenticator))
        await device.login_passkey(needed, program)
        return
    code = arguments.code or secret("Code of the authenticator app, or a recovery code: ")
    if not code:
        raise ClientError("The account has a second factor: give --code or --authenticator.")
    await device.login_second(needed, code)
