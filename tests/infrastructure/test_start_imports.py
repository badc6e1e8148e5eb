"""Imports of a server that starts: no heavy package that a later request or process needs."""

import json
import subprocess
import sys

HEAVY = {
    # Readers of images, which run in processes of their own.
    "PIL", "cv2", "numpy", "onnxruntime", "rapidocr", "zxingcpp",
    # Readers of activities' files, in the process of an import.
    "fitdecode", "gpxpy",
    # Migrations that are due, when there are some.
    "alembic", "sqlalchemy",
    # Log-ins with passkeys, mails by SMTP, notifications to phones, PowerSync, S3, traces.
    "webauthn", "aiosmtplib", "httpx", "bson", "aiobotocore", "botocore", "sync_server.web.tracing",
    # Progress of backups, and the tools of development.
    "rich.progress", "pytest", "sqlglot", "pglast", "hypothesis",
}  # fmt: skip
START = """
import gc, json, sys
from sync_server.__main__ import main
from sync_server.config.settings import Config
main.get_command(None, "serve")
from sync_server.serve import _application
_application(Config())
print(json.dumps([sorted(sys.modules), gc.get_stats()[2]["collections"], gc.isenabled()]))
"""


def test_a_start_imports_nothing_heavy_and_collects_no_garbage_meanwhile() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, timeout=120, check=True
    )
    modules, full_collections, is_collecting = json.loads(done.stdout)
    assert "sync_server.app" in modules
    assert HEAVY & set(modules) == set()
    # The standard library and the command line, before there is a command.
    assert full_collections <= 2
    assert is_collecting
