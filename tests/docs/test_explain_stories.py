"""Stories of docs/how-to/explain.md: a server gives the answers that stand there."""

import json
import re

import pytest

from tests.infrastructure.server import Server
from tools.make_explain_stories import PAGE, STORIES, Story, first_cause

CHANGING = re.compile(
    r"\d{4}-\d\d-\d\dT[^\"]+Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+ second"
)


def shown(name: str) -> str:
    """The answer of a story on the page."""
    _, _, after = PAGE.read_text("utf-8").partition(f"<!-- {name} -->\n```json\n")
    return after.partition("\n```")[0]


def unchanging(answer: str) -> object:
    """The answer without its ids and times."""
    return json.loads(CHANGING.sub("…", answer))


@pytest.mark.parametrize("story", STORIES, ids=[story.__name__ for story in STORIES])
async def test_the_server_answers_as_the_page_says(server: Server, story: Story) -> None:
    answer = await first_cause(server.base_url, story)
    assert unchanging(answer) == unchanging(shown(story.__name__))
