"""The causes in order: of equally likely ones, the earlier in this list comes first."""

from collections.abc import Callable

from sync_server.explain.account_causes import (
    account_disabled,
    email_unverified,
    session_expired,
    signed_out,
    unknown_device,
)
from sync_server.explain.cause import LIKELIHOODS, Cause
from sync_server.explain.delivery_causes import (
    filtered_out,
    never_arrived,
    never_sent,
    not_pulled,
    up_to_date,
)
from sync_server.explain.facts import Facts
from sync_server.explain.record_causes import (
    deleted,
    hidden_by_parent,
    moved,
    overwritten,
    rejected,
)
from sync_server.explain.request_causes import (
    app_too_old,
    clock_off,
    cursor_expired,
    history_restored,
    quota_exceeded,
    rate_limited,
    request_rejected,
    server_trouble,
)
from sync_server.explain.wake_causes import not_woken

# What stops all of a device's sync comes before what concerns one record: the latter may be its
# consequence. What happened to the record comes before what may still happen to it.
CAUSES: tuple[Callable[[Facts], Cause | None], ...] = (
    account_disabled,
    email_unverified,
    unknown_device,
    signed_out,
    session_expired,
    rejected,
    deleted,
    app_too_old,
    quota_exceeded,
    rate_limited,
    history_restored,
    cursor_expired,
    server_trouble,
    request_rejected,
    filtered_out,
    hidden_by_parent,
    not_pulled,
    overwritten,
    never_sent,
    never_arrived,
    clock_off,
    moved,
    not_woken,
    up_to_date,
)
CODES = tuple(dict.fromkeys(of.__name__ for of in CAUSES if of is not never_arrived))
"""The codes; that of `never_arrived` is `never_sent`."""
MAX_CAUSES = 6


def explain(facts: Facts) -> list[Cause]:
    """The causes that the facts show, the most likely first; at least one."""
    found = [cause for of in CAUSES if (cause := of(facts)) is not None]
    found.sort(key=lambda cause: LIKELIHOODS.index(cause.likelihood))
    return found[:MAX_CAUSES]
