"""The table of OWASP ASVS 5.0 is complete, and what it claims of the code is so."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from sync_server.security.one_time_codes import new_recovery_codes, new_totp_secret, normal_code
from sync_server.security.passkey_challenges import new_registration_challenge
from sync_server.security.tokens import RANDOM_BYTES
from sync_server.web.audit import Action

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TABLE = (DOCS / "asvs.md").read_text()
SECURITY = (DOCS / "security.md").read_text()
ITEMS = Path(__file__).with_name("asvs_5_0_items.txt").read_text().split("\n")
STATES = ("held: ", "not applicable: ", "the operator's: ", "deviates: ")
MODULES = sorted((ROOT / "sync_server").rglob("*.py")) + sorted((ROOT / "schema").rglob("*.py"))
CRYPTOGRAPHY = {
    "argon2", "bcrypt", "cryptography", "hashlib", "hmac", "jwt", "pyotp", "pyrage", "secrets",
    "webauthn",
}  # fmt: skip
OPENING = re.compile(
    r"asyncpg\.(create_pool|connect)\(|\w\.from_url\(|ClientSession\(|SMTP\(|get_session\("
)


def rows() -> list[list[str]]:
    """Cells of the rows: item, level, subject, state."""
    lines = [line for line in TABLE.splitlines() if re.match(r"\| \d+\.\d+\.\d+ \|", line)]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def imports_of(module: Path) -> set[str]:
    """Names of the modules that a module imports, whole and by their first part."""
    names = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names | {name.split(".")[0] for name in names}


def called(module: Path) -> Iterator[str]:
    """Source of the functions that a module calls, with keywords such as `shell=True`."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
            yield from (f"{it.arg}={ast.unparse(it.value)}" for it in node.keywords if it.arg)


def test_every_item_of_the_levels_1_and_2_has_a_row() -> None:
    assert [f"{item} {level}" for item, level, *_ in rows()] == [it for it in ITEMS if it]


def test_every_row_has_a_state_with_its_reason() -> None:
    for item, _, subject, state in rows():
        assert subject
        [prefix] = [it for it in STATES if state.startswith(it)] or [""]
        assert len(state) > len(prefix) + 5, item
        if prefix == "held: ":
            assert "`tests/" in state, item


def test_every_test_and_section_of_the_table_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE))
    assert len(named) > 90
    missing = [it for it in named if f"def {it[1]}(" not in (ROOT / it[0]).read_text()]
    assert missing == []
    for page, anchor in set(re.findall(r"\]\(([\w/-]+\.md)(?:#([\w-]+))?\)", TABLE)):
        headings = re.findall(r"^#+ (.+)$", (DOCS / page).read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", it.lower()).replace(" ", "-") for it in headings}
        assert not anchor or anchor in anchors, (page, anchor)


def test_the_server_executes_no_input() -> None:
    banned = {"eval", "exec", "os.system", "os.popen", "pickle.loads", "pickle.load", "shell=True",
              "marshal.loads", "yaml.load", "__import__", "subprocess.getoutput"}  # fmt: skip
    found = {(module.name, it) for module in MODULES for it in called(module) if it in banned}
    # What a child process of the server itself has computed.
    assert found == {("child_process.py", "pickle.loads")}


def test_the_app_renders_text_as_text() -> None:
    pages = [it.read_text() for it in (ROOT / "clients/web/src").rglob("*.ts*")]
    assert len(pages) > 5
    dangerous = re.compile(r"dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|document\.write")
    assert not [it for it in pages if dangerous.search(it)]


def test_the_app_masks_passwords_and_lets_managers_fill_them() -> None:
    pages = "".join(it.read_text() for it in (ROOT / "clients/web/src").rglob("*.tsx"))
    fields = [it for it in re.findall(r"<Field [^>]*?/>", pages, re.S) if "assword" in it]
    assert len(fields) >= 3
    assert all('type="password"' in it or "type={" in it for it in fields), fields
    assert "onPaste" not in pages


def test_secrets_come_from_the_systems_random_source() -> None:
    using_random = {it.relative_to(ROOT) for it in MODULES if "random" in imports_of(it)}
    # Pauses of the clean-up, the choice of traced requests, sample texts of the reader for tests.
    allowed = {
        "sync_server/maintenance/retention.py",
        "sync_server/web/tracing.py",
        "sync_server/ocr/engines/mock.py",
    }
    assert {str(it) for it in using_random} <= allowed
    assert RANDOM_BYTES == 32
    assert all(len(normal_code(it)) * 5 >= 112 for it in new_recovery_codes())
    assert len(new_totp_secret()) * 5 >= 160
    keys, user = {"k": os.urandom(32)}, "0" * 8 + "-0000" * 3 + "-" + "0" * 12
    assert len({new_registration_challenge(keys, user, 0)[:16] for _ in range(100)}) == 100


def test_the_inventory_of_cryptography_names_what_is_used() -> None:
    section = SECURITY.partition("## Cryptography")[2].partition("\n## ")[0]
    used = {(str(it.relative_to(ROOT)), name) for it in MODULES for name in imports_of(it)}
    libraries = {name for _, name in used if name in CRYPTOGRAPHY}
    assert {it for it in libraries if f"`{it}`" not in section} == set()
    # SHA-1 names a script to Valkey, which protects nothing.
    weak = re.compile(r"hashlib\.md5|modes\.ECB|ARC4|TripleDES|Blowfish")
    assert not [it for module in MODULES for it in called(module) if weak.fullmatch(it)]


def test_the_servers_connections_are_documented() -> None:
    section = SECURITY.partition("## Connections to other servers")[2].partition("\n## ")[0]
    opening = {
        str(it.relative_to(ROOT / "sync_server"))
        for it in MODULES
        if OPENING.search(it.read_text())
    }
    assert len(opening) > 4
    assert {it for it in opening if f"`{it}`" not in section} == set()


def test_the_inventory_of_logs_is_complete() -> None:
    section = SECURITY.partition("## Logs")[2].partition("\n## ")[0]
    assert {it for it in get_args(Action) if f"`{it}`" not in section} == set()
    handlers = {
        str(it.relative_to(ROOT))
        for it in MODULES
        if any(re.search(r"(?<!\w)\w*Handler$", name) and "log" in name for name in called(it))
    }
    assert handlers == {"sync_server/logs.py"}


def test_the_time_frames_of_updates_are_documented() -> None:
    section = (DOCS / "dependencies.md").read_text().partition("## Updates")[2]
    assert len(re.findall(r"^\| .+ \| (?:[\d]+ (?:days?|hours?|months?)) \|$", section, re.M)) >= 3


def test_a_line_of_the_log_is_json_in_utc() -> None:
    code = (
        "from sync_server.config.settings import Config\n"
        "from sync_server.logs import configure_logs\n"
        "import structlog\n"
        "configure_logs(Config())\n"
        "structlog.get_logger('x').warning('a\\nb', text='\\n{}')\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60
    ).stderr
    [line] = printed.splitlines()
    assert re.search(r'"timestamp": ?"[\d-]+T[\d:.]+Z"', line)


@pytest.mark.parametrize("state", STATES)
def test_no_state_is_unused(state: str) -> None:
    assert any(row[3].startswith(state) for row in rows())
