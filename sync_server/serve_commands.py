"""Commands that run until they are stopped: the server, and a worker that reads images."""

import asyncio
import signal
from datetime import date
from functools import partial

import click

from sync_server import __version__, boot
from sync_server.boot import prepare
from sync_server.command_context import command_context
from sync_server.config.parsing import Workers
from sync_server.config.settings import Config
from sync_server.config.stored_keys import with_keys, with_vapid_key
from sync_server.demo.account import EMAIL, PASSWORD, create_demo_account
from sync_server.serve import serve as serve_until_signal
from sync_server.store.postgres import create_pool
from sync_server.workers import available_cores, serve_with_workers


@click.command()
@click.option("--seed", is_flag=True, help="Fill an empty database with the demo account.")
def serve(seed: bool) -> None:
    """Bring the database up to date and serve until SIGINT or SIGTERM."""
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


@click.command()
def worker() -> None:
    """Read images of the queue, beside the servers of the same database, until SIGTERM."""
    from sync_server.ocr.context import run_worker

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


async def _welcome(config: Config, private: bool, seed: bool, url: str) -> None:
    """Fill the empty database if requested, and print the addresses."""
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
