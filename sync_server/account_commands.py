"""Commands on accounts: roles, passwords, second factors, deletion, import."""

from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, BinaryIO

import click
from redis.exceptions import RedisError

from sync_server import boot
from sync_server.auth import account_import
from sync_server.boot import BootError, prepare
from sync_server.command_context import command_context
from sync_server.config.settings import Config
from sync_server.security.scopes import SCOPES_OF_ROLE
from sync_server.store.postgres import create_pool
from sync_server.store.redis import connect
from sync_server.support import roles
from sync_server.users import operator_commands
from sync_server.web.revocation import FRESH_FOR_S, family_key


@click.command()
@click.argument("email")
@click.argument("role", type=click.Choice(list(SCOPES_OF_ROLE)))
def grant(email: str, role: str) -> None:
    """Give the account of EMAIL a ROLE; its sessions end, the next log-in has the new scopes."""

    async def act(config: Config) -> None:
        async with await create_pool(config) as pool:
            try:
                user_id, ended = await roles.grant(pool, config, email, role, datetime.now(UTC))
            except roles.NoSuchAccount:
                raise BootError(f"There is no account with the e-mail {email}.") from None
        _forget(config, [family_key(user_id, family) for family in ended])
        click.echo(f"{email} is {role} now; sessions ended: {len(ended)}")

    with command_context() as (config, run), boot.stores(config) as ready:
        run(prepare(ready))
        run(act(ready))


@click.command(name="set-password")
@click.argument("email")
@click.password_option(help="The new password; asked for without this option.")
def set_password(email: str, password: str) -> None:
    """Set the password of the account of EMAIL; its sessions end."""
    _on_account(email, partial(operator_commands.set_password, password=password), "new password")


@click.command()
@click.argument("email")
def disable(email: str) -> None:
    """Disable the account of EMAIL: its sessions end, and log-ins are rejected."""
    _on_account(email, operator_commands.disable, "disabled")


@click.command()
@click.argument("email")
def enable(email: str) -> None:
    """Enable the account of EMAIL again."""
    _on_account(email, operator_commands.enable, "enabled")


@click.command(name="reset-second-factor")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Remove the second factor of the account of EMAIL; its sessions end."""
    _on_account(email, operator_commands.reset_second_factor, "second factor removed")


@click.command()
@click.argument("email")
@click.confirmation_option(prompt="Delete the account and all of its data?")
def delete(email: str) -> None:
    """Delete the account of EMAIL with all of its data, permanently."""
    _on_account(email, operator_commands.delete, "deleted", b"deleted")


def _on_account(
    email: str,
    command: Callable[..., Coroutine[Any, Any, operator_commands.Outcome]],
    result: str,
    state: bytes = b"revoked",
) -> None:
    """Run a command on the account of an e-mail address and report it."""

    async def act(config: Config) -> None:
        async with await create_pool(config) as pool:
            try:
                outcome = await command(pool, config, email)
            except operator_commands.CommandError as error:
                raise BootError(str(error)) from None
        _forget(config, outcome.revoked, state, outcome.cached)
        click.echo(f"{email}: {result}; sessions ended: {outcome.ended}")

    with command_context() as (config, run), boot.stores(config) as ready:
        run(prepare(ready))
        run(act(ready))


@click.command(name="import-accounts")
@click.argument("file", type=click.File("rb"))
def import_accounts(file: BinaryIO) -> None:
    """Make accounts from FILE (- for standard input).

    Each line is {"email": ..., "password_hash": ...}; the hash is bcrypt's or Argon2's, and is
    replaced when its owner logs in.
    """

    async def act(config: Config) -> None:
        async with await create_pool(config) as pool:
            done = await account_import.import_accounts(pool, config, file, datetime.now(UTC))
        for number, reason in done.rejected.items():
            click.echo(f"line {number}: {reason}", err=True)
        click.echo(f"created: {done.created}, taken: {done.taken}, rejected: {len(done.rejected)}")
        if done.rejected:
            raise SystemExit(1)

    with command_context() as (config, run), boot.stores(config) as ready:
        run(prepare(ready))
        run(act(ready))


def _forget(
    config: Config, keys: list[str], state: bytes = b"revoked", cached: Iterable[str] = ()
) -> None:
    """Let no process believe what Valkey remembers of these sessions; delete cached responses."""
    try:
        with connect(config.stores.redis_url) as cache:
            for key in keys:
                cache.set(key, state, ex=FRESH_FOR_S)
            for key in cached:
                cache.delete(key)
    except RedisError as error:
        entries = f"its entries expire in {FRESH_FOR_S} s"
        click.echo(f"The cache cannot be reached; {entries}: {error}", err=True)
