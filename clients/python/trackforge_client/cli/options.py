"""Arguments that several commands share."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

BASE_URL = "http://127.0.0.1:8000"
ACCOUNT_NOTE = "The password is read from TRACKFORGE_PASSWORD if it is not given."


def add_server(parser: argparse.ArgumentParser) -> None:
    """Adds `--base-url`."""
    parser.add_argument("--base-url", default=BASE_URL, help=f"the server (default {BASE_URL})")


def add_account(parser: argparse.ArgumentParser) -> None:
    """Adds `--base-url`, `--email`, `--password`, `--code` and `--authenticator`."""
    add_server(parser)
    parser.add_argument("--email", required=True, help="email address of the account")
    parser.add_argument("--password", default=os.environ.get("TRACKFORGE_PASSWORD", ""))
    parser.add_argument("--code", default="", help="code of the second factor, if there is one")
    parser.add_argument(
        "--authenticator", default="", metavar="COMMAND", help="program that proves a passkey"
    )


def add_device_file(parser: argparse.ArgumentParser) -> None:
    """Adds `--device`."""
    parser.add_argument(
        "--device", type=Path, help="the SQLite file of the device (default: a temporary one)"
    )


def count(text: str) -> int:
    """Integer of at least 1; raises ArgumentTypeError or ValueError."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def amount(text: str) -> float:
    """Finite number of at least 0; raises ArgumentTypeError or ValueError."""
    number = float(text)
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number
