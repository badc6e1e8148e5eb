"""Stored responses are read back as they were sent, also those of earlier versions."""

import orjson
import pytest
from backports import zstd

from sync_server.sync.stored_response import StoredResponse

RESPONSES = {
    "push": StoredResponse(b'{"version":7,"results":[]}'),
    "created": StoredResponse(b'{"id":"a\\nb"}', 201, {"ETag": '"7"', "Location": "/x"}),
    "deleted": StoredResponse(status=204),
    "headers": StoredResponse(b"{}", headers={"ETag": '"1"'}),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_is_read_back_as_it_was_stored(name: str) -> None:
    response = RESPONSES[name]
    assert StoredResponse.decompressed(response.compressed()) == response


def test_a_push_is_stored_as_its_text_alone() -> None:
    response = RESPONSES["push"]
    assert zstd.decompress(response.compressed()) == response.body


def test_a_row_of_an_earlier_version_has_a_head_line_even_for_a_plain_200() -> None:
    row = zstd.compress(orjson.dumps({"status": 200, "headers": {}}) + b'\n{"created":2}', 1)
    assert StoredResponse.decompressed(row) == StoredResponse(b'{"created":2}')
