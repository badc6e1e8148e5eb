"""The benchmark of fairness: its attacks do what they are named for; no timings are asserted."""

from pathlib import Path

import aiohttp
import pytest

from bench import attacks, fair
from bench.attacks import Attack, Attacker
from tests.infrastructure.server import Server
from tests.support.client import Client

SAMPLES = fair.Samples([0.01, 0.02, 0.03], [0.02], [0.001, 0.004], 1)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("attack", "status"),
    [
        (attacks.searches, 200), (attacks.plain_searches, 200), (attacks.scans, 422),
        (attacks.malformed, 400), (attacks.guesses, 401), (lambda it: it.push(3, words=18), 200),
    ],
)  # fmt: skip
async def test_an_attack_reaches_its_target(server: Server, attack: Attack, status: int) -> None:
    user = Client(server.base_url)
    await user.register()
    async with aiohttp.ClientSession() as http:
        attacker = Attacker(http, server.base_url, user.tokens["access_token"])
        assert await attack(attacker) == status


def test_the_figures_of_a_file() -> None:
    beside = fair.Samples([0.01, 0.02, 0.06], [0.03], [0.001, 0.004], 1)
    assert fair.figures([fair.Outcome("an attack", SAMPLES, beside)]) == {
        "an attack": {
            "growth": 2.0,
            "liveness_max_ms": 4.0,
            "failed": 1,
            "alone": {"rounds": 3, "pulls": [20.0, 30.0], "pushes": [20.0, 20.0]},
            "attacked": {"rounds": 3, "pulls": [20.0, 60.0], "pushes": [30.0, 30.0]},
        }
    }


def test_the_figures_replace_those_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{fair.MARKS[0]}old\n{fair.MARKS[1]}after\n")
    beside = fair.Samples([0.01, 0.02, 0.06], [0.03], [0.001, 0.004], 1)
    fair.write([fair.Outcome("an attack", SAMPLES, beside)], page, 0.5)
    text = page.read_text()
    cells = ["an attack", "20 / 30 → 20 / 60", "20 / 20 → 30 / 30", "2.0 ×", "4 → 4", "1 → 1"]
    assert f"| {' | '.join(cells)} |" in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
