"""Command `account`: the address, the password and the second factors of an account."""

import argparse
import os
import shlex
from collections.abc import Awaitable, Callable, Iterable

from trackforge_client.cli import options
from trackforge_client.cli.signed_in import secret, signed_in
from trackforge_client.device.authenticator import ProgramAuthenticator
from trackforge_client.device.device import Device
from trackforge_client.device.errors import ClientError
from trackforge_client.device.json_types import Json

Action = Callable[[Device, argparse.Namespace], Awaitable[None]]
RESET_NOTE = "A new password is read from TRACKFORGE_NEW_PASSWORD, or is asked for."


def add_account_commands(commands: "options.Commands") -> None:
    """Adds the command with its actions and their arguments."""
    parser = commands.add_parser("account", help="manage the credentials of an account")
    actions = parser.add_subparsers(dest="action", required=True)
    for name, (summary, operands, _) in PUBLIC.items():
        public = actions.add_parser(name, help=summary, description=RESET_NOTE)
        _add_operands(public, operands)
        options.add_server(public)
    for name, (summary, operands, _) in SIGNED_IN.items():
        own = actions.add_parser(name, help=summary, description=options.ACCOUNT_NOTE)
        _add_operands(own, operands)
        options.add_account(own)


def _add_operands(parser: argparse.ArgumentParser, operands: Iterable[str]) -> None:
    for operand in operands:
        parser.add_argument(operand.lower(), metavar=operand)


async def run_account(arguments: argparse.Namespace) -> int:
    """Exit status; runs the action."""
    if arguments.action in PUBLIC:
        async with Device(":memory:", arguments.base_url) as device:
            await PUBLIC[arguments.action][2](device, arguments)
        return 0
    async with signed_in(arguments) as device:
        await SIGNED_IN[arguments.action][2](device, arguments)
    return 0


async def _forgot(device: Device, arguments: argparse.Namespace) -> None:
    await device.forgot_password(arguments.email)
    print("If the address has an account, a link is on its way.")


async def _reset(device: Device, arguments: argparse.Namespace) -> None:
    await device.reset_password(arguments.token, _new_password())
    print("The password is new. All sessions have ended.")


async def _verify(device: Device, arguments: argparse.Namespace) -> None:
    await device.verify_email(arguments.token)
    print("The address is verified.")


async def _request_verification(device: Device, _: argparse.Namespace) -> None:
    await device.request_verification()
    print("A link is on its way, unless the address is verified.")


async def _change_email(device: Device, arguments: argparse.Namespace) -> None:
    await device.change_email(arguments.password, arguments.address)
    print("A link is on its way to the new address.")


async def _change_password(device: Device, arguments: argparse.Namespace) -> None:
    await device.change_password(arguments.password, _new_password())
    print("The password is new. All other sessions have ended.")


async def _enable_totp(device: Device, _: argparse.Namespace) -> None:
    begun = await device.begin_totp()
    print(f"Secret: {begun['secret']}\nLink:   {begun['uri']}", flush=True)
    _print_codes(await device.confirm_totp(secret("Code that the app shows: ")))


async def _disable_totp(device: Device, _: argparse.Namespace) -> None:
    await device.remove_totp(secret("Next code, or a recovery code: "))
    print("The authenticator app is removed.")


async def _recovery_codes(device: Device, _: argparse.Namespace) -> None:
    _print_codes(await device.new_recovery_codes(secret("Next code, or a recovery code: ")))


async def _passkeys(device: Device, _: argparse.Namespace) -> None:
    for passkey in await device.passkeys():
        print(f"{passkey['id']}  {_shown(passkey['name'])}  used {_shown(passkey['last_used_at'])}")


async def _add_passkey(device: Device, arguments: argparse.Namespace) -> None:
    if not arguments.authenticator:
        raise ClientError("--authenticator must name the program that makes the passkey.")
    program = ProgramAuthenticator(shlex.split(arguments.authenticator))
    codes = await device.add_passkey(program, arguments.name)
    print("The passkey is added.")
    _print_codes(codes)


async def _remove_passkey(device: Device, arguments: argparse.Namespace) -> None:
    await device.remove_passkey(arguments.id)
    print("The passkey is removed.")


async def _identities(device: Device, _: argparse.Namespace) -> None:
    for identity in await device.identities():
        print(f"{identity['provider']}  {_shown(identity['email'])}")


async def _usage(device: Device, _: argparse.Namespace) -> None:
    for name, amount in (await device.usage()).items():
        if isinstance(amount, dict):
            print(f"{name:17} {amount['used']:>13,} of {amount['quota']:>13,}")


async def _unlink(device: Device, arguments: argparse.Namespace) -> None:
    await device.unlink_identity(arguments.provider)
    print("The identity is unlinked.")


def _new_password() -> str:
    return os.environ.get("TRACKFORGE_NEW_PASSWORD") or secret("New password: ")


def _print_codes(codes: Iterable[str]) -> None:
    for code in codes:
        print(f"Recovery code: {code}")


def _shown(value: Json) -> str:
    return "-" if value is None else str(value)


PUBLIC: dict[str, tuple[str, tuple[str, ...], Action]] = {
    "forgot-password": ("request a link for a new password", ("EMAIL",), _forgot),
    "reset-password": ("set a new password with the token of a link", ("TOKEN",), _reset),
    "verify-email": ("verify an address with the token of a link", ("TOKEN",), _verify),
}
SIGNED_IN: dict[str, tuple[str, tuple[str, ...], Action]] = {
    "request-verification": ("request a link that verifies the address", (), _request_verification),
    "change-email": ("change the address", ("ADDRESS",), _change_email),
    "change-password": ("change the password", (), _change_password),
    "enable-totp": ("add an authenticator app; its code is asked for", (), _enable_totp),
    "disable-totp": ("remove the authenticator app", (), _disable_totp),
    "recovery-codes": ("replace the recovery codes", (), _recovery_codes),
    "passkeys": ("list the passkeys", (), _passkeys),
    "add-passkey": ("add a passkey of --authenticator", ("NAME",), _add_passkey),
    "remove-passkey": ("remove a passkey", ("ID",), _remove_passkey),
    "usage": ("print what the account stores, and its quotas", (), _usage),
    "identities": ("list the identities of providers", (), _identities),
    "unlink-identity": ("unlink the identity of a provider", ("PROVIDER",), _unlink),
}
