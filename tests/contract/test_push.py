"""Pushes: the three ops, what becomes of each change, and batches."""

import itertools

import pytest

from .http_client import User, check_problem
from .records import DATE, MINIMAL, OWN_ID, at, delete, food, new_id, patch, put

FIRST = 1_420_070_400_000_000  # 2015-01-01T00:00Z


@pytest.mark.parametrize("collection", sorted(MINIMAL))
def test_a_put_of_every_collection_is_applied_and_pulled(user: User, collection: str) -> None:
    change = put(collection)
    answer = user.applied(change)
    result = answer["results"][0]
    assert result["version"] == answer["version"]
    [pulled] = user.changes()
    assert pulled["collection"] == collection
    assert pulled["id"] == result.get("canonical_id", change["id"])
    assert pulled["version"] == result["version"]
    assert pulled["clock"] == change["clock"]
    assert pulled["device_id"] == user.device_id
    assert pulled["deleted"] is False
    assert {name: pulled["data"].get(name) for name in change["data"]} == change["data"]


def test_a_push_of_nothing_is_answered(user: User) -> None:
    assert user.push()["version"] == 0


def test_results_come_in_the_order_sent_and_versions_are_distinct(user: User) -> None:
    changes = [put(collection) for collection in OWN_ID]
    answer = user.applied(*changes)
    versions = [result["version"] for result in answer["results"]]
    assert len(set(versions)) == len(changes)
    assert max(versions) == answer["version"]


def test_versions_grow_from_push_to_push(user: User) -> None:
    first, second = user.applied(put("foods")), user.applied(put("foods"))
    assert second["version"] > first["version"]


def test_a_put_resets_the_optional_fields_that_it_does_not_carry(user: User) -> None:
    change = put("foods", food(brand="Mill", notes="dry"))
    user.applied(change)
    user.applied(put("foods", food(name="Rolled oats"), change["id"]))
    [record] = user.changes()
    assert record["data"]["name"] == "Rolled oats"
    assert record["data"].get("brand") is None
    assert record["data"].get("notes") is None


def test_a_put_resets_to_the_declared_default(user: User) -> None:
    change = put("diet_plans", MINIMAL["diet_plans"] | {"active": False})
    user.applied(change)
    user.applied(put("diet_plans", id=change["id"]))
    [record] = user.changes()
    assert record["data"].get("active", True) is True


def test_a_patch_writes_only_what_it_names(user: User) -> None:
    change = put("foods", food(brand="Mill", notes="dry"))
    user.applied(change)
    user.applied(patch("foods", change["id"], {"notes": "wet"}))
    [record] = user.changes()
    assert record["data"]["notes"] == "wet"
    assert record["data"]["brand"] == "Mill"
    assert record["data"]["name"] == "Oats"


def test_a_patch_to_null_resets_an_optional_field(user: User) -> None:
    change = put("foods", food(notes="dry"))
    user.applied(change)
    user.applied(patch("foods", change["id"], {"notes": None}))
    assert user.changes()[0]["data"].get("notes") is None


def test_a_patch_of_a_missing_record_creates_it_when_it_is_whole(user: User) -> None:
    change = patch("foods", new_id(), food())
    user.applied(change)
    assert [record["id"] for record in user.changes()] == [change["id"]]


def test_a_patch_of_a_missing_record_is_refused_when_it_is_not_whole(user: User) -> None:
    result = user.result(patch("foods", new_id(), {"notes": "dry"}))
    assert result["status"] == "rejected"
    assert result["error"]["code"] == "unknown_record"
    assert user.changes() == []


def test_a_delete_leaves_a_tombstone_that_keeps_the_data(user: User) -> None:
    change = put("foods", food(brand="Mill"))
    user.applied(change)
    cursor = user.pages()[-1]["cursor"]
    gone = delete("foods", change["id"])
    user.applied(gone)
    [tombstone] = user.changes(cursor=cursor)
    assert tombstone["deleted"] is True
    assert tombstone["clock"] == gone["clock"]
    assert tombstone["data"]["brand"] == "Mill"


def test_a_delete_of_a_missing_record_leaves_a_tombstone(user: User) -> None:
    cursor = user.pull()["cursor"]
    gone = delete("foods", new_id(), at(10))
    user.applied(gone)
    [tombstone] = user.changes(cursor=cursor)
    assert (tombstone["id"], tombstone["deleted"]) == (gone["id"], True)
    older = user.result(put("foods", id=gone["id"], clock=at(5)))
    assert older["record"]["deleted"] is True
    assert user.record(gone["id"]) is None


@pytest.mark.parametrize("op", ["put", "patch"])
def test_a_newer_write_brings_a_deleted_record_back(user: User, op: str) -> None:
    change = put("foods", clock=at(10))
    user.applied(change, delete("foods", change["id"], at(20)))
    data = food() if op == "put" else {"notes": "back"}
    user.applied(put("foods", data, change["id"], at(30)) | {"op": op})
    [record] = user.changes()
    assert record["deleted"] is False
    assert record["data"]["name"] == "Oats"


def test_an_older_write_does_not_bring_a_deleted_record_back(user: User) -> None:
    change = put("foods", clock=at(10))
    user.applied(change, delete("foods", change["id"], at(30)))
    result = user.result(patch("foods", change["id"], {"notes": "late"}, at(20)))
    assert result["status"] in ("merged", "stale")
    assert result["record"]["deleted"] is True
    assert user.changes() == []


def test_an_unknown_op_is_refused_never_guessed(user: User) -> None:
    result = user.result(put("foods") | {"op": "upsert"})
    assert result["status"] == "rejected"
    assert user.changes() == []


def test_an_unknown_collection_is_refused(user: User) -> None:
    assert user.result(put("foods") | {"collection": "users"})["status"] == "rejected"


def test_a_newer_put_is_applied(user: User) -> None:
    change = put("foods", clock=at(10))
    first = user.applied(change)
    result = user.result(put("foods", food(name="Rye"), change["id"], at(20)))
    assert result["status"] == "applied"
    assert result["version"] > first["version"]


def test_an_older_put_is_stale_and_its_result_shows_the_servers_record(user: User) -> None:
    change = put("foods", food(name="Rye"), clock=at(20))
    before = user.applied(change)
    result = user.result(put("foods", food(name="Oats"), change["id"], at(10)))
    assert result["status"] == "stale"
    assert result["version"] == before["version"]
    assert [result["record"]] == user.changes()
    assert result["record"]["data"]["name"] == "Rye"


def test_an_older_put_that_wins_some_registers_is_merged(user: User) -> None:
    change = put("foods", clock=at(10))
    user.applied(change, patch("foods", change["id"], {"notes": "dry"}, at(30)))
    result = user.result(put("foods", food(name="Rye", notes="wet"), change["id"], at(20)))
    assert result["status"] == "merged"
    assert [result["record"]] == user.changes()
    assert result["record"]["data"]["name"] == "Rye"
    assert result["record"]["data"]["notes"] == "dry"
    assert result["record"]["clock"] == at(30)


@pytest.mark.parametrize("op", ["put", "patch", "delete"])
def test_the_same_write_again_is_unchanged(user: User, op: str) -> None:
    start = put("foods", clock=at(10))
    user.applied(start)
    change = {
        "put": put("foods", food(name="Rye"), start["id"], at(20)),
        "patch": patch("foods", start["id"], {"notes": "dry"}, at(20)),
        "delete": delete("foods", start["id"], at(20)),
    }[op]
    first = user.applied(change)
    second = user.push(change)
    assert second["results"][0]["status"] == "unchanged"
    assert second["results"][0]["version"] == first["results"][0]["version"]
    assert second["version"] == first["version"]


def test_changes_to_one_record_in_a_batch_are_merged_in_order(user: User) -> None:
    change = put("foods", clock=at(10))
    answer = user.push(
        change,
        patch("foods", change["id"], {"notes": "a"}, at(20)),
        patch("foods", change["id"], {"notes": "b"}, at(15)),
        delete("foods", change["id"], at(30)),
        put("foods", food(name="Rye"), change["id"], at(40)),
    )
    statuses = [result["status"] for result in answer["results"]]
    assert statuses == ["applied", "applied", "stale", "applied", "applied"]
    [record] = user.changes()
    assert record["data"]["name"] == "Rye"
    assert record["deleted"] is False


def test_any_order_of_the_same_changes_ends_in_the_same_record(user: User) -> None:
    start = {new_id(): order for order in itertools.permutations(range(4))}
    user.applied(*(put("foods", id=record_id, clock=at(1)) for record_id in start))
    for step in range(4):
        user.push(
            *(
                [
                    put("foods", food(name="Rye", brand="Mill"), record_id, at(10)),
                    patch("foods", record_id, {"notes": "dry"}, at(20)),
                    delete("foods", record_id, at(25)),
                    patch("foods", record_id, {"brand": "Farm"}, at(5)),
                ][order[step]]
                for record_id, order in start.items()
            )
        )
    cursor = user.pull(limit=1)["cursor"]
    user.applied(*(patch("foods", record_id, {"barcode": "1"}, at(30)) for record_id in start))
    ends = [
        (record["clock"], record["deleted"], record["data"])
        for record in user.changes(cursor=cursor)
    ]
    assert len(ends) == len(start)
    assert all(end == ends[0] for end in ends)
    assert ends[0][2]["brand"] == "Mill"
    assert ends[0][2]["notes"] == "dry"


def test_one_bad_change_does_not_block_the_good_ones(user: User) -> None:
    bad = put("foods", {"brand": "Mill"})
    answer = user.push(put("foods"), bad, put("exercises"))
    statuses = [result["status"] for result in answer["results"]]
    assert statuses == ["applied", "rejected", "applied"]
    error = answer["results"][1]["error"]
    assert error["code"] == "invalid_record"
    assert error["errors"]["name"]
    assert len(user.changes()) == 2


def test_an_atomic_push_with_one_bad_change_applies_nothing(user: User) -> None:
    answer = user.push(put("foods"), put("foods", {}), put("exercises"), atomic=True)
    codes = [result["error"]["code"] for result in answer["results"]]
    assert codes == ["batch_aborted", "invalid_record", "batch_aborted"]
    assert {result["status"] for result in answer["results"]} == {"rejected"}
    assert answer["version"] == 0
    assert user.changes() == []


def test_an_atomic_push_of_good_changes_is_applied(user: User) -> None:
    user.applied(put("foods"), put("exercises"), atomic=True)
    assert len(user.changes()) == 2


def test_a_date_is_kept_as_the_users_own_day(user: User) -> None:
    user.applied(put("workout_sessions", {"date": DATE, "name": "Night shift"}))
    assert user.changes()[0]["data"]["date"] == DATE


def test_a_push_needs_a_token(user: User) -> None:
    answer = user.server.request(
        "POST", "/sync/push", user.envelope(put("foods")), {"Idempotency-Key": "a"}
    )
    assert answer.status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"device_id": NaN}',
        b'{"changes": []} trailing',
        b"\xff\xfe",
        b'{"device_id": "\xff"}',
    ],
)
def test_a_body_that_is_not_json_is_refused(anyone: User, body: bytes) -> None:
    assert anyone.push_body(body).status in (400, 422)


@pytest.mark.parametrize(
    "fields",
    [
        {"device_id": None},
        {"device_id": "phone"},
        {"device_id": 7},
        {"changes": None},
        {"changes": {}},
        {"changes": "x"},
        {"sent_at": "yesterday"},
        {"sent_at": 1.5},
        {"atomic": "yes"},
        {"schema_version": "1"},
        {"schema_version": 0},
        {"surprise": 1},
    ],
)
def test_an_envelope_of_the_wrong_shape_is_refused(anyone: User, fields: dict[str, object]) -> None:
    answer = anyone.push_body(anyone.envelope(**fields))
    assert answer.status in (400, 422)


@pytest.mark.parametrize("body", [[], "text", 7, None, True])
def test_a_body_that_is_not_an_object_is_refused(anyone: User, body: object) -> None:
    text = b"null" if body is None else body
    assert anyone.push_body(text).status in (400, 422)


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "x"},
        {"id": "0192F0C4-6F0E-7C4E-9A53-0A4F4F1F2B11"},
        {"id": 7},
        {"id": None},
        {"clock": 2**53},
        {"clock": 2**64},
        {"op": None},
        {"op": "PUT"},
        {"data": None},
        {"data": []},
        {"data": "text"},
        {"collection": None},
        {"collection": ""},
        {"collection": "Foods"},
        {"base_version": -1},
        {"base_version": "1"},
        {"base_clock": "1"},
    ],
)
def test_a_change_of_the_wrong_shape_is_rejected_alone(
    user: User, broken: dict[str, object]
) -> None:
    body = user.envelope(put("foods") | broken, put("exercises"))
    answer = user.push_body(body).ok()
    assert answer["results"][0]["status"] in ("rejected", "conflict")
    assert answer["results"][1]["status"] == "applied"
    assert [record["collection"] for record in user.changes()] == ["exercises"]


@pytest.mark.parametrize("change", [None, 1, "put", [], {}, True])
def test_a_change_that_is_no_change_is_rejected_alone(user: User, change: object) -> None:
    answer = user.push_body(user.envelope(change, put("exercises"))).ok()
    assert [result["status"] for result in answer["results"]] == ["rejected", "applied"]


@pytest.mark.parametrize(
    "clock",
    [0, -1, 1, 1_796_000_000_000, 1_796_000_000, FIRST - 1, 1.5e15, f"{FIRST}", None, True],
)
def test_a_clock_that_is_not_in_microseconds_rejects_the_request(user: User, clock: object) -> None:
    wrong = put("foods") | {"clock": clock}
    answer = user.push_body(user.envelope(put("exercises"), wrong))
    check_problem(answer)
    assert (answer.status, answer.code) == (422, "invalid_clock_unit")
    assert "microseconds" in answer.json["errors"]["changes"]["1"][0]
    assert user.changes() == []


def test_the_smallest_and_the_greatest_clock_are_taken(user: User) -> None:
    small = put("foods", clock=FIRST)
    user.applied(small, put("exercises", clock=2**53 - 1))
    record = user.record(small["id"])
    assert record is not None
    assert record["clock"] == FIRST
