"""REST routes of every collection: create, read, list, replace, patch, delete."""

import uuid

import pytest

from schema import COLLECTIONS
from schema.ids import derived_id
from tests.support.client import Client, Json
from tests.support.documented import response_validators
from tests.support.sample_records import NATURAL, OPTIONAL, new_id, path, whole

ALL = list(COLLECTIONS)
FREE = [name for name in ALL if name not in NATURAL]
each = pytest.mark.parametrize("collection", ALL)
each_free = pytest.mark.parametrize("collection", FREE)


def own_id(collection: str, user: Client) -> str:
    """An id that a new record may be put under."""
    return (
        COLLECTIONS[collection].canonical_id(user.user_id, whole(collection))
        if collection in NATURAL
        else None
    ) or new_id()


@each
async def test_a_record_is_made_and_read(ann: Client, collection: str) -> None:
    key = {"Idempotency_Key": new_id()}
    made = await ann.send("POST", path(collection), whole(collection), **key)
    assert made.status == 201, made
    record = made.json
    assert made.headers["Location"] == f"/api/v1{path(collection, record['id'])}"
    read = await ann.send("GET", path(collection, record["id"]))
    assert read.status == 200
    assert read.json == record
    assert read.headers["ETag"] == made.headers["ETag"]
    assert whole(collection).keys() <= record.keys()
    assert uuid.UUID(record["id"]).version == (5 if collection in NATURAL else 7)


@each
async def test_answers_are_as_the_document_says(ann: Client, collection: str) -> None:
    def check(method: str, place: str, status: int, answer: Json) -> None:
        [validator] = response_validators(method, place, status)
        validator.validate(answer)

    one = f"{path(collection)}/{{id}}"
    made = await ann.create(collection)
    check("post", path(collection), 201, made)
    for method in ("put", "patch"):
        answer = await ann.send(method, path(collection, made["id"]), whole(collection))
        check(method, one, answer.status, answer.json)
    check("get", one, 200, (await ann.send("GET", path(collection, made["id"]))).json)
    check("get", path(collection), 200, (await ann.send("GET", path(collection))).json)


@each
async def test_a_write_appears_in_the_next_pull(ann: Client, collection: str) -> None:
    made = await ann.create(collection)
    [change] = await ann.pull()
    assert change["collection"] == collection
    for name in ("id", "version", "clock", "device_id"):
        assert change[name] == made[name]
    assert change["data"].items() <= made.items()


@each
async def test_a_list_has_what_lives(ann: Client, collection: str) -> None:
    made = await ann.create(collection)
    if collection in FREE:
        gone = await ann.create(collection)
        assert (await ann.send("DELETE", path(collection, gone["id"]))).status == 204
    page = (await ann.send("GET", path(collection))).json
    assert page["next_page_token"] is None
    assert [it["id"] for it in page["items"]] == [made["id"]]
    assert page["items"][0].items() <= made.items()


@each
async def test_a_put_makes_and_replaces(ann: Client, collection: str) -> None:
    id = own_id(collection, ann)
    name, first, second = OPTIONAL[collection]
    made = await ann.send("PUT", path(collection, id), whole(collection))
    assert made.status == 201
    assert made.json["id"] == id
    assert made.json[name] == first
    changed = await ann.send("PUT", path(collection, id), whole(collection) | {name: second})
    assert changed.status == 200
    assert changed.json[name] == second
    assert changed.json["version"] > made.json["version"]
    required = {
        field.name for field in COLLECTIONS[collection].fields.values() if field.required
    }.union(*COLLECTIONS[collection].alternatives[:1])
    body = {name: value for name, value in whole(collection).items() if name in required}
    bare = await ann.send("PUT", path(collection, id), body)
    assert bare.status == 200
    field = COLLECTIONS[collection].fields[name]
    assert bare.json.get(name) == (first if field.required else field.default)


@each
async def test_a_patch_changes_what_it_names(ann: Client, collection: str) -> None:
    made = await ann.create(collection)
    name, _, second = OPTIONAL[collection]
    place = path(collection, made["id"])
    changed = await ann.send("PATCH", place, {name: second})
    assert changed.status == 200, changed
    ours = {"version", "clock", name}
    assert changed.json == made | {it: changed.json[it] for it in ours}
    assert changed.json[name] == second
    assert (await ann.send("GET", place)).json == changed.json
    if not COLLECTIONS[collection].fields[name].required:
        reset = await ann.send("PATCH", place, {name: None})
        assert reset.json.get(name) == COLLECTIONS[collection].fields[name].default


@each
async def test_a_deleted_record_is_gone_until_it_is_written_again(
    ann: Client, collection: str
) -> None:
    made = await ann.create(collection)
    place = path(collection, made["id"])
    cursor = await ann.cursor()
    assert (await ann.send("DELETE", place)).status == 204
    assert (await ann.send("GET", place)).code == "not_found"
    assert (await ann.send("DELETE", place)).code == "not_found"
    [change] = await ann.pull(cursor)
    assert change["deleted"]
    name, _, second = OPTIONAL[collection]
    revived = await ann.send("PATCH", place, {name: second})
    assert revived.status == 200
    ours = {"version", "clock", name}
    assert revived.json == made | {it: revived.json[it] for it in ours}
    assert revived.json[name] == second
    assert (await ann.send("DELETE", place)).status == 204
    assert (await ann.send("PUT", place, whole(collection))).status == 201
    assert (await ann.send("GET", place)).status == 200


@each
async def test_what_is_not_there_is_not_found(ann: Client, collection: str) -> None:
    for id in (new_id(), new_id().upper(), "none", "1", new_id() + "0"):
        for method in ("GET", "DELETE"):
            assert (await ann.send(method, path(collection, id))).code == "not_found"
    if collection in FREE:
        name, _, second = OPTIONAL[collection]
        answer = await ann.send("PATCH", path(collection, new_id()), {name: second})
        assert answer.code in ("not_found", "incomplete_group")
    assert await ann.pull() == []


@each
async def test_nobody_reaches_anothers_record(ann: Client, bob: Client, collection: str) -> None:
    made = await ann.create(collection)
    place = path(collection, made["id"])
    for method in ("GET", "DELETE"):
        theirs = await bob.send(method, place)
        absent = await bob.send(method, path(collection, new_id()))
        assert theirs.code == absent.code == "not_found"
        assert theirs.json | {"request_id": ""} == absent.json | {"request_id": ""}
    assert (await bob.send("GET", path(collection))).json["items"] == []
    put = await bob.send("PUT", place, whole(collection))
    assert put.status == 201  # a record of his own: ids belong to a user
    assert (await ann.send("GET", place)).json == made
    assert [it["version"] for it in await ann.pull()] == [made["version"]]


@each
async def test_versions_guard_writes(ann: Client, collection: str) -> None:
    made = await ann.create(collection)
    place = path(collection, made["id"])
    first = (await ann.send("GET", place)).headers["ETag"]
    changed = await ann.send("PATCH", place, whole(collection), If_Match=first)
    assert changed.status == 200
    for method, body in (("PUT", whole(collection)), ("PATCH", whole(collection))):
        for stale in (first, '"999999"', '"x"', f'"{made["version"]}"'):
            answer = await ann.send(method, place, body, If_Match=stale)
            assert answer.status == 412
            assert answer.code == "precondition_failed"
        create_only = await ann.send(method, place, body, If_None_Match="*")
        assert create_only.code == "precondition_failed"
    assert (await ann.send("DELETE", place, If_Match=first)).code == "precondition_failed"
    current = changed.headers["ETag"]
    for form in ("{}", "W/{}", '"x", {}', "*"):
        tag = form.format(current)
        put = await ann.send("PUT", place, whole(collection), If_Match=tag)
        assert put.status == 200, tag
        current = put.headers["ETag"]
    plain = f'"{put.json["version"]}"'  # without the digest of what else the answer holds
    current = (await ann.send("PUT", place, whole(collection), If_Match=plain)).headers["ETag"]
    assert (await ann.send("DELETE", place, If_Match=current)).status == 204
    for tag in (current, "*"):
        gone = await ann.send("PUT", place, whole(collection), If_Match=tag)
        assert gone.code == "precondition_failed"
    assert (await ann.send("PUT", place, whole(collection), If_None_Match="*")).status == 201


@each
async def test_a_known_version_is_not_sent_again(ann: Client, collection: str) -> None:
    made = await ann.create(collection)
    place = path(collection, made["id"])
    tag = (await ann.send("GET", place)).headers["ETag"]
    known = await ann.send("GET", place, If_None_Match=tag)
    assert (known.status, known.body, known.headers["ETag"]) == (304, b"", tag)
    await ann.send("PATCH", place, whole(collection))
    assert (await ann.send("GET", place, If_None_Match=tag)).status == 200


@each
async def test_a_repeat_under_its_key_gets_the_same_answer(ann: Client, collection: str) -> None:
    made = await ann.create(collection)
    place = path(collection, made["id"])
    name, _, second = OPTIONAL[collection]
    again = whole(collection)
    if collection == "body_metrics":
        again["date"] = "2026-11-24"
    for method, where, body in (
        ("POST", path(collection), again),
        ("PUT", place, whole(collection)),
        ("PATCH", place, {name: second}),
        ("DELETE", place, None),
    ):
        key = {"Idempotency_Key": new_id()}
        first = await ann.send(method, where, body, **key)
        assert first.status < 300
        assert "Idempotent-Replay" not in first.headers
        before = await ann.pull()
        repeat = await ann.send(method, where, body, **key)
        assert repeat.headers["Idempotent-Replay"] == "true"
        assert (repeat.status, repeat.body) == (first.status, first.body)
        for header in ("ETag", "Location"):
            assert repeat.headers.get(header) == first.headers.get(header)
        assert await ann.pull() == before
        other = await ann.send("PUT", place, whole(collection), **key)
        if method != "PUT":
            assert other.code == "idempotency_key_reused"
        push = await ann.send("POST", "/sync/push", {"device_id": new_id(), "changes": []}, **key)
        assert push.code == "idempotency_key_reused"


@each
async def test_a_key_that_failed_may_be_used_again(ann: Client, collection: str) -> None:
    key = {"Idempotency_Key": new_id()}
    wrong = whole(collection) | {"nonsense": 1}
    assert (await ann.send("POST", path(collection), wrong, **key)).code == "invalid_record"
    assert (await ann.send("POST", path(collection), whole(collection), **key)).status == 201


@each
async def test_errors_of_an_invalid_record_are_reported_by_field(
    ann: Client, collection: str
) -> None:
    made = await ann.create(collection)
    place = path(collection, made["id"])
    name, _, _ = OPTIONAL[collection]
    for wrong in ({"nonsense": 1}, {"user_id": new_id()}, {"version": 7}, {"is_admin": True}):
        for method, where in (("POST", path(collection)), ("PUT", place), ("PATCH", place)):
            body = whole(collection) | wrong
            answer = await ann.send(method, where, body, Idempotency_Key=new_id())
            assert (answer.status, answer.code) == (422, "invalid_record")
            assert answer.json["errors"].keys() == wrong.keys()
    for method in ("PUT", "PATCH"):
        answer = await ann.send(method, place, whole(collection) | {name: {"a": 1}})
        assert answer.code == "invalid_record"
        assert name in answer.json["errors"]
        other = await ann.send(method, place, whole(collection) | {"id": new_id()})
        assert other.json["errors"].keys() == {"id"}
        same = await ann.send(method, place, whole(collection) | {"id": made["id"]})
        assert same.status == 200
    assert [it["version"] for it in await ann.pull()] == [made["version"] + 2]


NO_OBJECTS = (b"", b"{", b"[]", b"7", b'"x"', b"null", b"\xff", b'{"a":"\\ud800"}', b"[" * 90_000)


@each
async def test_a_body_that_is_no_object_is_refused(ann: Client, collection: str) -> None:
    made = await ann.create(collection)
    for method, id in (("POST", ""), ("PUT", made["id"]), ("PATCH", made["id"])):
        for body in NO_OBJECTS:
            answer = await ann.send(method, path(collection, id), body, Idempotency_Key=new_id())
            assert 400 <= answer.status < 500, body
            assert answer.code in (
                "malformed_json",
                "invalid_request",
                "nesting_too_deep",
                "invalid_record",
                "record_too_large",
            )


@each
async def test_a_record_has_a_size(ann: Client, collection: str) -> None:
    body = b'{"nonsense":"' + b"x" * 65_536 + b'"}'
    for method, id in (("POST", ""), ("PUT", new_id()), ("PATCH", new_id())):
        answer = await ann.send(method, path(collection, id), body, Idempotency_Key=new_id())
        assert (answer.status, answer.code) == (413, "record_too_large")


@each_free
async def test_one_may_bring_an_id_of_ones_own(ann: Client, collection: str) -> None:
    id = new_id()
    same = whole(collection) | {"id": id}
    made = await ann.create(collection, **same)
    assert made["id"] == id
    again = await ann.send("POST", path(collection), same, Idempotency_Key=new_id())
    assert (again.status, again.json["version"]) == (200, made["version"])
    name, _, second = OPTIONAL[collection]
    other = same | {name: second}
    taken = await ann.send("POST", path(collection), other, Idempotency_Key=new_id())
    assert (taken.status, taken.code) == (409, "record_exists")
    assert (await ann.send("GET", path(collection, id))).json == made
    for wrong in (7, None, "x", id.upper()):
        answer = await ann.send(
            "POST", path(collection), whole(collection) | {"id": wrong}, Idempotency_Key=new_id()
        )
        assert answer.code == "invalid_record"
        assert answer.json["errors"].keys() == {"id"}


@pytest.mark.parametrize("collection", NATURAL)
async def test_a_natural_key_is_one_record(ann: Client, collection: str) -> None:
    made = await ann.create(collection)
    name, _, second = OPTIONAL[collection]
    body = whole(collection) | {name: second}
    again = await ann.send("POST", path(collection), body)
    assert (again.status, again.json["id"], again.json[name]) == (200, made["id"], second)
    elsewhere = await ann.send("PUT", path(collection, new_id()), body)
    assert (elsewhere.status, elsewhere.json["id"]) == (200, made["id"])
    assert elsewhere.headers["Location"].endswith(made["id"])
    assert len((await ann.send("GET", path(collection))).json["items"]) == 1


async def test_a_natural_key_is_not_changed(ann: Client) -> None:
    made = await ann.create("body_metrics")
    assert made["id"] == derived_id("body_metrics", ann.user_id, (made["date"],))
    answer = await ann.send("PATCH", path("body_metrics", made["id"]), {"date": "2026-11-24"})
    assert (answer.status, answer.code) == (422, "natural_key_change")


async def test_a_group_is_completed_from_what_is_stored(ann: Client) -> None:
    made = await ann.create("foods", fiber_g=10.6, notes="rolled")
    part = {"energy_kcal": 400.0, "carbs_g": 66.0}
    changed = await ann.send("PATCH", path("foods", made["id"]), part)
    assert changed.status == 200
    unchanged = made.keys() - part.keys() - {"version", "clock"}
    assert {name: changed.json[name] for name in unchanged} == {
        name: made[name] for name in unchanged
    }
    assert part.items() <= changed.json.items()
    reset = await ann.send("PATCH", path("foods", made["id"]), {"fiber_g": None})
    assert "fiber_g" not in reset.json
    assert reset.json["energy_kcal"] == 400
    absent = await ann.send("PATCH", path("foods", new_id()), part)
    assert (absent.status, absent.code) == (422, "incomplete_group")
    assert "protein_g" in absent.json["errors"]


@each
async def test_nobody_calls_without_a_token(ann: Client, collection: str) -> None:
    made = await ann.create(collection)
    for method, id in (
        ("GET", ""),
        ("POST", ""),
        *((method, made["id"]) for method in ("GET", "PUT", "PATCH", "DELETE")),
    ):
        answer = await ann.send(method, path(collection, id), Authorization="")
        assert (answer.status, answer.code) == (401, "unauthorized")


async def test_another_method_is_not_allowed(ann: Client) -> None:
    assert (await ann.send("DELETE", "/foods")).code == "method_not_allowed"
    assert (await ann.send("POST", path("foods", new_id()))).code == "method_not_allowed"
