"""Verdict of the router lint on the statements of a run."""

from collections.abc import Iterable

from tests.sharding.allowed import ALLOWED, ALLOWED_RULE, ONE_NODE
from tests.sharding.router_lint import lint


def verdict(texts: Iterable[str], *, sharded: bool = False) -> str:
    """The statements that a sharded database would refuse, with the reasons; empty if none.

    `sharded`: of servers with DATABASE_SHARDED, which send none of ONE_NODE.
    """
    bad = []
    for text in sorted(texts if sharded else set(texts) - ONE_NODE):
        # A sharded server sends what comes with BEGIN in messages of their own.
        sent = text.split("; ") if text.startswith("BEGIN; ") else [text]
        found = [
            it
            for message in sent
            for it in lint(message)
            if not (it.rule == ALLOWED_RULE and text in ALLOWED)
        ]
        if found:
            reasons = "; ".join(f"{it.table}: {it.rule}" for it in found)
            bad.append(f"{' '.join(text.split())}\n    {reasons}")
    if not bad:
        return ""
    return "\n\n".join(
        ("A PostgreSQL sharded by user cannot route these (see docs/scale.md):", *bad)
    )
