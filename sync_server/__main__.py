"""The command line: `python -m sync_server serve`, and what an operator needs beside it."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, BinaryIO

import click
from redis import Redis
from redis.exceptions import RedisError

from sync_server import __version__, boot
from sync_server.auth import account_import
from sync_server.backup_commands import backup, backup_key, new_epoch, restore, verify
from sync_server.boot import BootError, prepare
from sync_server.command_context import command_context
from sync_server.config.parsing import Workers
from sync_server.config.settings import SETTINGS, Config
from sync_server.config.stored_keys import with_keys, with_vapid_key
from sync_server.demo.account import EMAIL, PASSWORD, create_demo_account
from sync_server.maintenance.key_rotation import encrypt_again
from sync_server.maintenance.retention import cleanup as clean_up
from sync_server.ocr.worker import run_worker
from sync_server.security.scopes import SCOPES_OF_ROLE
from sync_server.serve import serve as serve_until_signal
from sync_server.store.files.registry import open_file_store
from sync_server.store.files.sweep import sweep_all
from sync_server.store.postgres import create_pool
from sync_server.support import roles
from sync_server.users import operator_commands
from sync_server.web.revocation import FRESH_FOR_S, family_key
from sync_server.workers import available_cores, serve_with_workers


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """TrackForge Sync. Every setting is an environment variable; `settings` lists them."""


@main.command()
@click.option("--seed", is_flag=True, help="Fill an empty database with the demo account.")
def serve(seed: bool) -> None:
    """Bring the database up to date and answer requests until told to stop."""
    with (
        command_context() as (config, run),
        boot.listen(config) as bound,
        boot.supervised_stores(config) as (ready, programs),
    ):
        private = not config.stores.database_url
        ready = boot.resolve_extras(with_keys(ready, private=private))
        if private:
            ready = boot.allow_local_passkeys(boot.allow_local_pages(ready))
            ready = with_vapid_key(ready)
        else:
            ready = boot.require_second_factor(ready)
        run(prepare(ready))
        ready = ready.changed(workers=config.serving.workers or Workers(available_cores()))
        start = serve_until_signal if ready.serving.workers == 1 else serve_with_workers
        run(start(ready, bound, partial(_welcome, ready, private, seed), programs))


@main.command()
def migrate() -> None:
    """Apply the missing migrations, make the views anew and load the catalogue."""

    async def act(config: Config) -> None:
        for line in (await prepare(config)).lines():
            click.echo(line)

    with command_context() as (config, run), boot.stores(config) as ready:
        run(act(ready))


@main.command()
def cleanup() -> None:
    """Delete what has expired, as the server does by itself every CLEANUP_INTERVAL_S."""

    async def act(config: Config) -> None:
        async with await create_pool(config) as pool:
            done = await clean_up(pool, config, datetime.now(UTC))
            async with open_file_store(config) as files:
                done["files"] = await sweep_all(pool, config, files)
            done["encrypted_again"] = await encrypt_again(pool, config)
        click.echo("\n".join(f"{table}: {rows}" for table, rows in done.items()))

    with command_context() as (config, run), boot.stores(config) as ready:
        run(prepare(ready))
        run(act(ready))


@main.command()
def worker() -> None:
    """Read images that are waiting, beside the servers of the same database, until told to stop."""

    async def act(config: Config) -> None:
        stopping = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stopping.set)
        async with await create_pool(config) as pool:
            click.echo(f"reading images with {config.ocr.ocr_provider}; stop with Ctrl-C")
            await run_worker(pool, config, stopping.wait())

    with command_context() as (config, run), boot.stores(config) as ready:
        ready = boot.resolve_extras(ready, worker=True)
        run(prepare(ready))
        run(act(ready))


@main.command()
def settings() -> None:
    """List the environment variables, what they mean and what they are by default."""
    for setting in SETTINGS.values():
        default = Config().value(setting.name) or ""
        click.echo(f"{setting.name.upper()}={default}\n    {setting.metadata['description']}")


@main.command()
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


@main.command(name="set-password")
@click.argument("email")
@click.password_option(help="The new password; asked for without this option.")
def set_password(email: str, password: str) -> None:
    """Set the password of the account of EMAIL; its sessions end."""
    _on_account(email, partial(operator_commands.set_password, password=password), "new password")


@main.command()
@click.argument("email")
def disable(email: str) -> None:
    """Disable the account of EMAIL: its sessions end, and log-ins are rejected."""
    _on_account(email, operator_commands.disable, "disabled")


@main.command()
@click.argument("email")
def enable(email: str) -> None:
    """Enable the account of EMAIL again."""
    _on_account(email, operator_commands.enable, "enabled")


@main.command(name="reset-second-factor")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Remove the second factor of the account of EMAIL; its sessions end."""
    _on_account(email, operator_commands.reset_second_factor, "second factor removed")


@main.command()
@click.argument("email")
@click.confirmation_option(prompt="Delete the account and all of its data?")
def delete(email: str) -> None:
    """Delete the account of EMAIL with all of its data, for ever."""
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


@main.command(name="import-accounts")
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
        with Redis.from_url(config.stores.redis_url) as cache:
            for key in keys:
                cache.set(key, state, ex=FRESH_FOR_S)
            for key in cached:
                cache.delete(key)
    except RedisError as error:
        click.echo(f"The cache cannot be told; it forgets in {FRESH_FOR_S} s: {error}", err=True)


async def _welcome(config: Config, private: bool, seed: bool, url: str) -> None:
    """Fill the empty database when wanted, and tell whoever started us where to go."""
    lines = [
        f"serving   {url}",
        f"logbook   {url}/app",
        f"data      {config.stores.data_dir.resolve()}" if private else "",
        f"account   {EMAIL} / {PASSWORD}" if seed else "",
        "stop      Ctrl-C",
    ]
    if seed and await boot.has_no_users(config):
        await create_demo_account(url, date.today())
    click.echo("\n  ".join([f"\nTrackForge Sync {__version__}", *filter(None, lines)]) + "\n")


for command in (backup, backup_key, verify, restore, new_epoch):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="python -m sync_server")
