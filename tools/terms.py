"""Words that names and docstrings avoid, with the term to use; docs/glossary.md defines terms."""

OPENINGS = frozenset(
    {"how", "those", "told", "what", "whatever", "whats", "where", "whether"}
    | {"who", "whoever", "whos", "whose"}
)

# Words of docstrings and comments of the server, the declarations and the client.
PROSE = {
    "anew": "again",
    "for ever": "permanently, without end",
    "hence": "so, therefore",
    "somebody": "the role: a user, a caller, an operator",
    "told": "informed, stopped, distinguished",
    "whoever": "the role: the caller, the owner, a user",
}

# The word of a name -> the term to use. The parts of snake_case and CamelCase are compared.
TERMS = {
    "asked": "requested, request, query",
    "door": "connection_limiter",
    "hear": "subscribe, receive",
    "heard": "received, notified",
    "hearing": "subscription",
    "held": "locked, stored, snapshot",
    "hurry": "start_deadline",
    "keeper": "client, owner",
    "kept": "stored, retained",
    "meant": "matched, requested",
    "places": "slots, positions",
    "poke": "notify, notification",
    "poked": "notified",
    "pokes": "notifications",
    "proof": "reauthentication",
    "refusal": "rejection",
    "refuse": "reject",
    "refused": "rejected",
    "slips": "misreads",
    "tell": "serialize, render, report, notify",
    "telling": "serialization, report",
    "tells": "serializes, renders, reports",
    "told": "serialized, rendered, reported",
    "vacated": "moved_from",
    "wary": "fail_strict",
    "whoever": "the role: caller, owner, user",
}
# The first word of a name.
FIRST_TERMS = {"most": "max", "least": "min"}
# The name of a test is a sentence: only the words that no colleague would say are reported there.
IN_SENTENCES = frozenset({"poke", "poked", "pokes", "slips", "told", "vacated"})
