"""The promises of docs/protocol.md, each a function of the evidence that yields what broke it.

To add one: write a generator of texts (or of a text and the key of a record) and put `@invariant`
above it.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice

from tests.torture.days import differs, naive_view, shown_view
from tests.torture.evidence import Evidence, Violation
from tests.torture.model import Key, Stamps, Write, bad_devices
from tests.torture.wire import Exchange, Json

REPORTED = 5
Broken = str | tuple[str, Key]
INVARIANTS: list[Callable[[Evidence], Iterator[Broken]]] = []


def invariant(
    check: Callable[[Evidence], Iterator[Broken]],
) -> Callable[[Evidence], Iterator[Broken]]:
    """Add a check to the list."""
    INVARIANTS.append(check)
    return check


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Everything that is broken."""
    for check in INVARIANTS:
        for broken in islice(check(evidence), REPORTED):
            text, key = (broken, None) if isinstance(broken, str) else broken
            yield Violation(check.__name__, text, key)


@invariant
def everything_comes_to_rest(evidence: Evidence) -> Iterator[Broken]:
    """After the last fault all devices send everything and all streams show the last version."""
    yield from evidence.late


@invariant
def acknowledged_writes_are_the_final_state(evidence: Evidence) -> Iterator[Broken]:
    """Each record is what its acknowledged writes made of it, and has the version of the last."""
    if evidence.restored:
        return
    for key, state in evidence.states.items():
        shown = evidence.pulled.get(key)
        if shown is None and not state.deleted and state.version:
            yield f"acknowledged at version {state.version}, but not there: {state.data}", key
        elif shown is not None and state.deleted:
            yield f"deleted at version {state.version}, but there: {shown}", key
        elif shown is not None:
            expected = {k: v for k, v in state.data.items() if k not in state.unknown}
            found = {k: v for k, v in shown["data"].items() if k not in state.unknown}
            if expected != found:
                yield f"acknowledged as {expected}, but is {found}", key
            if shown["version"] != state.version and not state.moved:
                yield f"version {shown['version']}, acknowledged {state.version}", key
    for key in evidence.pulled.keys() - evidence.states.keys():
        yield "nobody wrote this record", key


@invariant
def the_greatest_stamp_wins(evidence: Evidence) -> Iterator[Broken]:
    """The last writer of each register wins, for devices with good clocks by what they sent."""
    if evidence.purged:
        return
    bad = bad_devices(evidence.writes)
    for key, state in evidence.states.items():
        shown = evidence.pulled.get(key)
        if state.moved or not state.writes:
            continue
        stamps = Stamps(state, evidence.rules, bad)
        if not stamps.bad and (shown is None) != (stamps.deletions[-1].fields is None):
            yield f"the last write was {stamps.deletions[-1].op}", key
        for register, writes in stamps.registers.items() if shown else ():
            assert shown is not None
            winner = _winner(shown, register, writes, bad)
            if isinstance(winner, str):
                yield winner, key
            elif winner is not None and (wrong := _wrong(shown, register, winner, evidence)):
                yield f"the last write of {register} was {winner.fields}: {wrong}", key


def _winner(shown: Json, register: tuple[str, ...], writes: list[Write], bad: set[str]) -> (
    Write | str | None
):  # fmt: skip
    """The write that must have won a register; a text if its stored stamp is impossible."""
    good = [it for it in writes if it.device_id not in bad]
    if len(good) == len(writes):
        return writes[-1]
    clocks = shown.get("clocks") or {}
    named = next((clocks[it] for it in clocks if it in register or it == "+".join(register)), None)
    stored = tuple(named) if named else (shown["clock"], shown["device_id"])
    if named is None and clocks:
        return None
    if good and stored < good[-1].stamp:
        return f"the stored stamp {stored} of {register} is below that of {good[-1].fields}"
    own = [it for it in writes if it.device_id == stored[1]]
    return own[-1] if own else None


def _wrong(shown: Json, register: tuple[str, ...], winner: Write, evidence: Evidence) -> Json:
    """Fields of the winner that do not have its value."""
    assert winner.fields is not None
    collection = winner.key[0]
    defaults = evidence.rules.defaults(collection)
    named = register if winner.op == "put" else winner.fields
    # A write without the snapshot of its food may have got one from the server.
    ignored = evidence.rules.followers(collection, winner.fields)
    found = {}
    for name in set(named) & set(register) - ignored:
        value = winner.fields.get(name)
        value = defaults.get(name) if value is None else value
        if shown["data"].get(name) != value:
            found[name] = shown["data"].get(name)
    return found


@invariant
def what_was_overwritten_is_in_the_history(evidence: Evidence) -> Iterator[Broken]:
    """The history of a record has every version that was overwritten or deleted, as it was."""
    for key, entries in evidence.histories.items():
        found = {it["version"]: it["data"] for it in entries if it["why"] != "lost"}
        for version, data in evidence.states[key].past.items():
            if not data.items() <= found.get(version, {}).items():
                yield f"version {version} was {data}, its history says {found.get(version)}", key


@invariant
def devices_are_equal(evidence: Evidence) -> Iterator[Broken]:
    """Every device shows what the server has."""
    for name, records in evidence.devices.items():
        for key in sorted(records.keys() | evidence.live.keys()):
            if records.get(key) != evidence.live.get(key):
                texts = records.get(key), evidence.live.get(key)
                yield f"{name} shows {texts[0]}, the server {texts[1]}", key


@invariant
def versions_are_given_once(evidence: Evidence) -> Iterator[Broken]:
    """No two writes get the same version, and a page is in their order."""
    if not evidence.restored:
        given: dict[int, Write] = {}
        for write in evidence.writes:
            if write.status in ("applied", "merged"):
                if write.version in given and given[write.version].key != write.key:
                    yield f"version {write.version} was given twice", write.key
                given[write.version] = write
    for exchange in evidence.exchanges:
        versions = [it["version"] for it in (exchange.pull or {"changes": []})["changes"]]
        if versions != sorted(set(versions)):
            yield f"a page is not in the order of versions: {versions}"


@invariant
def repeats_are_equal(evidence: Evidence) -> Iterator[Broken]:
    """A key has one answer, byte for byte."""
    answers: dict[str, Exchange] = {}
    if evidence.restored:
        return
    for it in sorted(evidence.exchanges, key=lambda it: it.answered):
        if it.key and it.status == 200:
            first = answers.setdefault(f"{it.key} {it.route}", it)
            if _stored(it) != _stored(first):
                yield f"{it.route} under one key: {first.body[:300]!r} and {it.body[:300]!r}"
    for exchange, body in evidence.repeats:
        if exchange.body != body:
            yield f"{exchange.route} repeated: {exchange.body[:300]!r} and {body[:300]!r}"


def _stored(exchange: Exchange) -> object:
    """The part of an answer that is stored under the key."""
    return exchange.answer["push"] if exchange.route == "/sync" else exchange.body


@invariant
def errors_are_documented(evidence: Evidence) -> Iterator[Broken]:
    """No server error but 503 with Retry-After; every error is a problem document."""
    for it in evidence.exchanges:
        if it.status >= 500 and (it.status != 503 or "retry-after" not in it.answer_headers):
            yield f"{it.method} {it.path}: {it.status} {it.body[:300]!r}"
        if it.status >= 400 and not {"status", "title", "code", "request_id"} <= it.answer.keys():
            yield f"{it.method} {it.path}: no problem document: {it.body[:300]!r}"


@invariant
def only_these_requests_are_rejected(evidence: Evidence) -> Iterator[Broken]:
    """A client that does nothing wrong gets no other client error than these."""
    allowed = {"unauthorized", "token_expired", "resync_first", "cursor_expired",
               "too_many_in_flight", "request_timeout"}  # fmt: skip
    if evidence.limited:
        allowed.add("rate_limited")
    for it in evidence.exchanges:
        if 400 <= it.status < 500 and it.answer["code"] not in allowed:
            yield f"{it.method} {it.path}: {it.status} {it.body[:300]!r}"


@invariant
def atomic_pushes_are_whole(evidence: Evidence) -> Iterator[Broken]:
    """An atomic push is applied as a whole or not at all."""
    for it in evidence.exchanges:
        if it.push and it.push[0].get("atomic"):
            failed = [r["status"] in ("rejected", "conflict") for r in it.push[1]["results"]]
            if any(failed) and not all(failed):
                yield f"an atomic push was applied in part: {it.push[1]['results']}"


@invariant
def ended_sessions_stay_ended(evidence: Evidence) -> Iterator[Broken]:
    """The access token of an ended session is refused; a backup has sessions that ended later."""
    for status in () if evidence.restored else evidence.revoked:
        if status != 401:
            yield f"the token of a session that was logged out got {status}"


@invariant
def days_are_the_sums_of_their_records(evidence: Evidence) -> Iterator[Broken]:
    """A day view is what its records add up to."""
    for date, view in evidence.days.items():
        naive, shown = naive_view(date, evidence.live), shown_view(view)
        for name in naive:
            if differs(naive[name], shown[name]):
                yield f"{date} {name}: computed {naive[name]}, shown {shown[name]}"


@invariant
def digests_are_those_of_the_records(evidence: Evidence) -> Iterator[Broken]:
    """`GET /sync/check` has the counts and digests of the live records."""
    digests: dict[str, int] = defaultdict(int)
    counts: dict[str, int] = defaultdict(int)
    for (collection, id), it in evidence.pulled.items():
        hashed = hashlib.sha256(f"{id}:{it['version']}".encode()).digest()
        digests[collection] ^= int.from_bytes(hashed[:8], "big")
        counts[collection] += 1
    expected = {
        name: {"count": counts[name], "digest": f"{digest:016x}"}
        for name, digest in digests.items()
    }
    shown = evidence.check.get("collections")
    if evidence.check and shown != expected:
        yield f"/sync/check says {json.dumps(shown)}, the records are {json.dumps(expected)}"


@invariant
def streams_end_at_the_last_version(evidence: Evidence) -> Iterator[Broken]:
    """The last version that a stream sends is the last one there is."""
    for name, version in evidence.heads.items():
        if version != evidence.check["version"]:
            yield f"the {name} ended at version {version} of {evidence.check['version']}"
