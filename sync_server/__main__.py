"""The command line: `python -m sync_server serve`, and what an operator needs beside it."""

import gc
from importlib import import_module

import click

from sync_server import __version__
from sync_server.config.settings import SETTINGS, Config

# Commands by the module that is imported when one of them is used.
COMMANDS = {
    "serve_commands": ("serve", "worker"),
    "database_commands": ("migrate", "cleanup"),
    "sharding_commands": ("distribute",),
    "account_commands": (
        "grant", "set-password", "disable", "enable", "reset-second-factor", "delete",
        "import-accounts",
    ),
    "backup_commands": ("backup", "backup-key", "verify", "restore", "new-epoch"),
}  # fmt: skip
MODULES = {name: module for module, names in COMMANDS.items() for name in names}


class Commands(click.Group):
    """Group of commands that imports no more than the one in use needs.

    The server's own modules take a second of processor time; most commands use none of them.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, in the order of the alphabet."""
        return sorted([*super().list_commands(ctx), *MODULES])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, if there is one."""
        if cmd_name not in MODULES:
            return super().get_command(ctx, cmd_name)
        # A fifth of the time of these imports would be collections, which find nothing to free.
        gc.disable()
        module = import_module(f"sync_server.{MODULES[cmd_name]}")
        gc.freeze()
        gc.enable()
        command: click.Command = vars(module)[cmd_name.replace("-", "_")]
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """TrackForge Sync. Every setting is an environment variable; `settings` lists them."""


@main.command()
def settings() -> None:
    """List the environment variables, what they mean and what they are by default."""
    for setting in SETTINGS.values():
        default = Config().value(setting.name) or ""
        click.echo(f"{setting.name.upper()}={default}\n    {setting.metadata['description']}")


if __name__ == "__main__":
    main(prog_name="python -m sync_server")
