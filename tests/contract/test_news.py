"""The stored record in a result, whenever it holds writes that the device may not know."""

from .http_client import User
from .records import MINIMAL, new_id, patch, put

OTHER = new_id()


def test_an_append_carries_no_record(user: User) -> None:
    assert "record" not in user.result(put("foods"))


def test_an_own_record_carries_no_record(user: User) -> None:
    change = put("foods")
    user.applied(change)
    assert "record" not in user.result(patch("foods", change["id"], {"notes": "mine"}))


def test_an_applied_patch_carries_what_another_device_wrote(user: User) -> None:
    change = put("foods")
    user.applied(change)
    user.applied(patch("foods", change["id"], {"notes": "theirs"}), device_id=OTHER)
    result = user.result(patch("foods", change["id"], {"brand": "mine"}))
    assert result["status"] == "applied"
    assert result["record"]["version"] == result["version"]
    assert result["record"]["data"]["notes"] == "theirs"
    assert result["record"]["data"]["brand"] == "mine"
    assert result["record"]["clocks"]["notes"][1] == OTHER


def test_a_device_that_acknowledged_the_others_write_needs_no_record(user: User) -> None:
    change = put("foods")
    user.applied(change)
    user.applied(patch("foods", change["id"], {"notes": "theirs"}), device_id=OTHER)
    cursor = user.pull()["cursor"]
    user.pull(cursor=cursor, device_id=user.device_id)
    assert "record" not in user.result(patch("foods", change["id"], {"brand": "mine"}))


def test_an_acknowledgement_of_another_collection_is_none(user: User) -> None:
    change = put("foods")
    user.applied(change)
    user.applied(patch("foods", change["id"], {"notes": "theirs"}), device_id=OTHER)
    cursor = user.pull(collections="meals")["cursor"]
    user.pull(cursor=cursor, collections="meals", device_id=user.device_id)
    assert "record" in user.result(patch("foods", change["id"], {"brand": "mine"}))


def test_a_base_cursor_tells_what_the_device_knows(user: User) -> None:
    change = put("foods")
    user.applied(change)
    user.applied(patch("foods", change["id"], {"notes": "theirs"}), device_id=OTHER)
    cursor = user.pull()["cursor"]
    edit = patch("foods", change["id"], {"brand": "mine"})
    assert "record" not in user.result(edit, base_cursor=cursor)


def test_a_whole_put_over_anothers_record_holds_nothing_unknown(user: User) -> None:
    change = put("foods")
    user.applied(change, device_id=OTHER)
    result = user.result(put("foods", MINIMAL["foods"], change["id"]))
    assert result["status"] == "applied"
    assert "record" not in result


def test_a_repeat_that_is_unchanged_carries_what_came_meanwhile(user: User) -> None:
    change = put("foods")
    user.applied(change)
    theirs = patch("foods", change["id"], {"notes": "theirs"})
    edit = patch("foods", change["id"], {"brand": "mine"})
    user.applied(edit)
    user.applied(theirs, device_id=OTHER)
    result = user.result(edit)
    assert result["status"] == "unchanged"
    assert result["record"]["data"]["notes"] == "theirs"
