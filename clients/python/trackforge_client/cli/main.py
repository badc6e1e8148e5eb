"""Command line of the client: its commands are those of `RUN`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from trackforge_client.cli.account import add_account_commands, run_account
from trackforge_client.cli.archive import add_archive, run_export, run_restore, run_table
from trackforge_client.cli.digest import add_digest, run_digest
from trackforge_client.cli.explain import add_explain, run_devices, run_explain
from trackforge_client.cli.import_har import add_import_har, run_import_har
from trackforge_client.cli.imports import add_import, run_import
from trackforge_client.cli.replay import add_replay, run_replay
from trackforge_client.device.errors import ClientError

RUN = {
    "replay": run_replay,
    "digest": run_digest,
    "import": run_import,
    "import-har": run_import_har,
    "export": run_export,
    "restore": run_restore,
    "devices": run_devices,
    "explain": run_explain,
    "table": run_table,
    "account": run_account,
}


def parser() -> argparse.ArgumentParser:
    """Argument parser with all commands."""
    root = argparse.ArgumentParser(prog="trackforge", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True)
    for add in (
        add_replay, add_import_har, add_digest, add_import, add_archive, add_explain,
        add_account_commands,
    ):  # fmt: skip
        add(commands)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status; runs a command."""
    options = parser().parse_args(arguments)
    try:
        return asyncio.run(RUN[options.command](options))
    except ClientError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
