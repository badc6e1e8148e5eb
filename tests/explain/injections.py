"""Injected causes: each makes one thing go wrong and returns the question about it.

A function's docstring is its line of the table; `INJECTIONS` has the expected cause of each.
"""

from collections.abc import Awaitable, Callable
from unittest.mock import patch

import asyncpg

from tests.explain.household import SECRET, Household, Json
from tests.support.sample_records import new_id

Question = dict[str, str]
Injection = Callable[[Household], Awaitable[Question]]
DAY = "2026-11-23"


async def never_sent(home: Household) -> Question:
    """Changes wait on the phone, which was last online before they were made."""
    waiting = home.source.randrange(1, 40)
    age_s = home.source.randrange(60, 600_000)
    await home.pull("phone", report={"waiting": waiting, "oldest_age_s": age_s})
    return {"device": home.phone_id} | home.source.choice([{}, {"record": new_id()}])


async def never_sent_by_anybody(home: Household) -> Question:
    """A record that was never sent; which device has it is not known."""
    await home.pull("tablet", report={"waiting": 1, "oldest_age_s": 60})
    return {"record": new_id()}


async def rejected_value(home: Household) -> Question:
    """A value that the contract does not allow."""
    fault: Json = home.source.choice(
        [{"energy_kcal": SECRET}, {"energy_kcal": -5}, {SECRET: SECRET}]
    )
    change = home.food(**fault)
    await home.push("phone", change)
    return {"device": home.phone_id, "record": change["id"]}


async def rejected_patch(home: Household) -> Question:
    """A patch of a record that the server does not have."""
    change = home.food() | {"op": "patch", "data": {"brand": SECRET}}
    await home.push("phone", change)
    return {"device": home.phone_id, "record": f"foods/{change['id']}"}


async def overwritten(home: Household) -> Question:
    """The tablet's later edit replaced the phone's."""
    change = home.food()
    await home.push("phone", change)
    await home.push("tablet", home.again(change, energy_kcal=2))
    await home.pull("phone")
    return {"device": home.phone_id, "record": change["id"]}


async def lost(home: Household) -> Question:
    """The phone's earlier edit arrived after the tablet's later one."""
    early = home.food()
    await home.push("tablet", home.again(early, energy_kcal=2))
    await home.push("phone", early)
    await home.pull("phone")
    return {"device": home.phone_id, "record": early["id"]}


async def deleted(home: Household) -> Question:
    """The record was deleted on the tablet."""
    change = home.food()
    await home.push("phone", change)
    await home.push("tablet", {**change, "op": "delete", "clock": home.tick()})
    if home.source.random() < 0.5:
        await home.pull("phone")
    return {"record": change["id"]} | home.source.choice([{}, {"device": home.phone_id}])


async def filtered_out(home: Household) -> Question:
    """The phone's app does not pull the record's collection."""
    change = home.food()
    await home.push("tablet", change)
    await home.pull("phone", collections="workout_sessions,workout_sets")
    return {"device": home.phone_id, "record": change["id"]}


async def not_pulled(home: Household) -> Question:
    """The phone was not online since the tablet wrote."""
    change = home.food()
    await home.push("tablet", change)
    if home.source.random() < 0.5:
        await home.push("tablet", home.again(change, energy_kcal=3))
    return {"device": home.phone_id, "record": change["id"]}


async def hidden_by_parent(home: Household) -> Question:
    """A set whose session was deleted on the tablet."""
    session = home.put("workout_sessions", {"date": DAY, "name": SECRET})
    workout_set = home.put("workout_sets", {"session_id": session["id"], "exercise_id": new_id(),
                                            "position": 0, "reps": 5, "weight_kg": 50})  # fmt: skip
    await home.push("phone", session)
    await home.push("tablet", {**session, "op": "delete", "clock": home.tick()})
    await home.push("phone", workout_set)
    await home.pull("phone")
    return {"device": home.phone_id, "record": workout_set["id"]}


async def moved(home: Household) -> Question:
    """Both devices weighed the same day; the record lives under the id of that day."""
    await home.push("tablet", home.put("body_metrics", {"date": DAY, "weight_kg": 80}))
    change = home.put("body_metrics", {"date": DAY, "weight_kg": 81, "notes": SECRET})
    await home.push("phone", change)
    await home.pull("phone")
    return {"device": home.phone_id, "record": change["id"]}


async def cursor_expired(home: Household) -> Question:
    """The phone was away for longer than deletions are stored."""
    cursor = (await home.pull("phone")).json["cursor"]
    await home.push("tablet", home.food())
    await home.execute("UPDATE heads SET purged_version = version WHERE user_id = $1")
    assert (await home.pull("phone", cursor)).status == 410
    return {"device": home.phone_id}


async def resync_first(home: Household) -> Question:
    """The phone was away for long, and sends before it has received everything again."""
    await home.push("tablet", home.food())
    await home.execute("UPDATE heads SET purged_version = version WHERE user_id = $1")
    change = home.food()
    assert (await home.push("phone", change, report={"waiting": 1})).status == 409
    return {"device": home.phone_id, "record": change["id"]}


async def history_restored(home: Household) -> Question:
    """The server was restored from a backup."""
    cursor = (await home.pull("phone")).json["cursor"]
    await home.execute("UPDATE heads SET epoch = epoch + 1 WHERE user_id = $1")
    assert (await home.pull("phone", cursor)).status == 410
    return {"device": home.phone_id}


async def clock_off(home: Household) -> Question:
    """The phone's clock is wrong by hours or days."""
    off = home.source.choice([-1, 1]) * home.source.randrange(3_600, 3 * 86_400) * 1_000_000
    await home.pull("phone", report={"clock_offset_us": off})
    return {"device": home.phone_id}


async def signed_out(home: Household) -> Question:
    """The phone's session was ended on the tablet."""
    change = home.food()
    await home.push("tablet", change)
    status = (await home.tablet.send("DELETE", f"/auth/sessions/{home.phone_session}")).status
    assert status == 204
    return {"device": home.phone_id, "record": change["id"]}


async def session_expired(home: Household) -> Question:
    """The phone was away for so long that its tokens have expired."""
    await home.pull("phone", report={"waiting": home.source.randrange(5)})
    ended = "expires_at = now() - interval '1 day' WHERE user_id = $1 AND"
    await home.execute(f"UPDATE refresh_tokens SET {ended} family_id = $2", home.phone_session)
    return {"device": home.phone_id}


async def account_disabled(home: Household) -> Question:
    """The operator disabled the account."""
    await home.execute("UPDATE users SET disabled_at = now() WHERE id = $1")
    await home.execute("UPDATE token_families SET revoked_at = now() WHERE user_id = $1")
    return {"device": home.phone_id}


async def quota_exceeded(home: Household) -> Question:
    """The account is full."""
    await home.execute("UPDATE heads SET records = 1000000 WHERE user_id = $1")
    change = home.food()
    assert (await home.push("phone", change, report={"waiting": 1})).status == 413
    return {"device": home.phone_id, "record": change["id"]}


async def rate_limited(home: Household) -> Question:
    """The phone sends more than the limit allows."""
    await home.push("phone", home.food())
    answer = await home.push("phone", *(home.food() for _ in range(100)), report={"waiting": 100})
    assert answer.status == 429
    return {"device": home.phone_id}


async def app_too_old(home: Household) -> Question:
    """The phone's app is too old to pull."""
    assert (await home.pull("phone", schema_version="0")).status == 426
    return {"device": home.phone_id}


async def server_trouble(home: Household) -> Question:
    """The server's database could not be reached when the phone pushed."""
    failure = asyncpg.CannotConnectNowError("the database system is starting up")
    with patch("sync_server.sync.push.pipeline.commit_push", side_effect=failure):
        change = home.food()
        assert (await home.push("phone", change, report={"waiting": 1})).status == 503
    return {"device": home.phone_id} | home.source.choice([{}, {"record": change["id"]}])


async def request_rejected(home: Household) -> Question:
    """The phone's app sends clocks in seconds."""
    answer = await home.push("phone", home.food() | {"clock": 1_700_000_000})
    assert answer.status == 422
    return {"device": home.phone_id}


async def unknown_device(home: Household) -> Question:
    """The phone is signed in to another account."""
    await home.push("tablet", home.food())
    return {"device": new_id()}


async def up_to_date(home: Household) -> Question:
    """Nothing is wrong: the phone has the record."""
    change = home.food()
    await home.push("tablet", change)
    await home.pull("phone")
    return {"device": home.phone_id, "record": change["id"]}


INJECTIONS: dict[Injection, str] = {
    never_sent: "never_sent",
    never_sent_by_anybody: "never_sent",
    rejected_value: "rejected",
    rejected_patch: "rejected",
    overwritten: "overwritten",
    lost: "overwritten",
    deleted: "deleted",
    filtered_out: "filtered_out",
    not_pulled: "not_pulled",
    hidden_by_parent: "hidden_by_parent",
    moved: "moved",
    cursor_expired: "cursor_expired",
    resync_first: "cursor_expired",
    history_restored: "history_restored",
    clock_off: "clock_off",
    signed_out: "signed_out",
    session_expired: "session_expired",
    account_disabled: "account_disabled",
    quota_exceeded: "quota_exceeded",
    rate_limited: "rate_limited",
    app_too_old: "app_too_old",
    server_trouble: "server_trouble",
    request_rejected: "request_rejected",
    unknown_device: "unknown_device",
    up_to_date: "up_to_date",
}
