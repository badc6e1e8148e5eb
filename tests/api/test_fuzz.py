"""Requests of all kinds get no error of the server: many, from several users at once.

Short here; `make fuzz` goes on for minutes, with a seed of its own. A failure prints the request.
"""

import asyncio
import json
import os
import time
from pathlib import Path

from tests.conftest import Stores
from tests.fuzz.raw_http import RawConnection
from tests.fuzz.traffic import Findings, Worker, operations_of
from tests.security.server_process import Process

SECONDS = int(os.environ.get("FUZZ_SECONDS", "0")) or 6
SEED = os.environ.get("FUZZ_SEED", "1")
WORKERS = 16
# Two processes, as the requests of a user may come to either. Hashes of passwords are cheap.
SETTINGS = {
    "WORKERS": "2",
    "ARGON2_TIME_COST": "1",
    "ARGON2_MEMORY_KIB": "64",
    "LOG_LEVEL": "warning",
    "OCR_PROCESSES": "1",
    "PASSKEY_RP_ID": "localhost",
}


async def fuzz(process: Process, document: dict[str, object], seconds: float) -> Findings:
    """Findings of all workers."""
    findings, deadline = Findings(), time.monotonic() + seconds
    connections = [RawConnection(*process.address) for _ in range(WORKERS)]
    workers = [
        Worker(document, connection, findings, f"{SEED}-{number}")
        for number, connection in enumerate(connections)
    ]
    try:
        await asyncio.gather(*(it.run(deadline) for it in workers))
    finally:
        for connection in connections:
            await connection.end()
    return findings


def report(findings: Findings, document: dict[str, object], seconds: float) -> str:
    """Numbers of a run."""
    never = sorted({it.name for it in operations_of(document)} - set(findings.successes))
    slowest = sorted(findings.slowest.items(), key=lambda it: -it[1])[:10]
    return "\n".join(
        [
            f"{findings.requests} requests in {seconds:.0f} s, seed {SEED}: "
            f"{findings.requests / seconds:.0f} a second, {findings.server_errors} × 5xx",
            f"by status: {dict(sorted(findings.statuses.items()))}",
            f"never successful: {', '.join(never) or 'none'}",
            "slowest: " + ", ".join(f"{name} {took:.2f} s" for name, took in slowest),
            *findings.failures,
        ]
    )


async def test_requests_of_all_kinds_get_no_error_of_the_server(
    stores: Stores, tmp_path: Path
) -> None:
    with Process.running(stores, tmp_path, **SETTINGS) as process:
        connection = RawConnection(*process.address)
        answer = await connection.send(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", b"")
        await connection.end()
        document = json.loads(answer.body)
        findings = await fuzz(process, document, SECONDS)
        text = report(findings, document, SECONDS)
        print(text)
        log = process.log.read_text()
    assert not findings.failures, text
    assert "Traceback" not in log, log[-5000:]
    # Far fewer than a machine does that has nothing else to do: a fuzzer that hangs is seen.
    assert findings.requests > 5 * SECONDS, text
