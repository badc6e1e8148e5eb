"""List of the goals, with where the rest goes by `python -m bench profile`."""

from bench.goals import MIXED, PEER, RAW, SETS, Goal, Runs

WHOLE_TIME = "all_us"


def _first_sync(runs: Runs, pages: str, figure: str) -> float:
    return float(runs.standard["first_sync"][pages][figure])


GOALS = (
    Goal(
        "push of raw SQL, rate: sets / mixed", "29 / 26–31 %", (0.65, 0.60),
        lambda runs: (runs.ratio(SETS, RAW), runs.ratio(MIXED, RAW)), "{:.0%}",
        "Of the server's part, validation, the response and the columns of the statement are the"
        " greatest; a raw transaction has none of them.",
        work=SETS,
    ),
    Goal(
        "push of raw SQL, all processor time: sets / mixed", "35 / 33 %", (0.75, 0.70),
        lambda runs: (runs.ratio(SETS, RAW, WHOLE_TIME), runs.ratio(MIXED, RAW, WHOLE_TIME)),
        "{:.0%}", "The same.", work=MIXED,
    ),
    Goal(
        "push of 1: server, in constant routes", "10.5", (3.5,),
        lambda runs: (runs.in_constant_routes("push of 1"),), "{:.1f}",
        "Two exchanges with Valkey, one with PostgreSQL and the notification are steps of the loop"
        " each; a constant route is one.",
        is_minimum=False, work="push of 1",
    ),
    Goal(
        "overwrite beside new records, rate", "–", (0.60,),
        lambda runs: (
            runs.peers["overwrite of 50"]["this server"]["per_s"]
            / runs.peers[SETS]["this server"]["per_s"],
        ),
        "{:.0%}",
        "An overwrite is two statements, reads each record, and writes what it replaces to the"
        " history.",
        work="overwrite of 50",
    ),
    Goal(
        "two devices on the same 50 rows, in FastAPI's rate", "1.8–2.0×", (4.0,),
        lambda runs: (runs.ratio("two devices, the same 50", PEER),), "{:.1f}×",
        "The two wait for each other: what is computed for the one is time of the other, and every"
        " overwrite is noted in the history, which the peer does not have.",
        work="two devices, the same 50",
    ),
    Goal(
        "pull of 500 of raw SQL: rate / all processor time", "36 / 40 %", (0.75, 0.80),
        lambda runs: (
            runs.ratio("pull of 500", RAW), runs.ratio("pull of 500", RAW, WHOLE_TIME)
        ),
        "{:.0%}",
        "The rest of the server's part is the text of the page: a string for each record.",
        work="pull of 500",
    ),
    Goal(
        "empty pull: server, in constant routes", "8.7", (2.5,),
        lambda runs: (runs.in_constant_routes("pull of nothing"),), "{:.1f}",
        "Two exchanges with Valkey and one with PostgreSQL.",
        is_minimum=False, work="pull of nothing",
    ),
    Goal(
        "empty pull of one device, p99 in ms", "4–5", (2.0,),
        lambda runs: (float(runs.standard["alone"]["pull_nothing"]["p99_ms"]),), "{:.1f}",
        "Three exchanges, one after the other, and the periodic work of the server between them.",
        is_minimum=False,
    ),
    Goal(
        "p99 of a page of 5,000 in ms: with days / without", "164–185", (40.0, 40.0),
        lambda runs: (
            _first_sync(runs, "pages_of_5000", "p99_ms"),
            _first_sync(runs, "pages_of_5000_without_days", "p99_ms"),
        ),
        "{:.0f}", "With days, one page computes the views of up to 62 of them.", is_minimum=False,
    ),
    Goal(
        "first sync of 100,000 with days, s: pages of 500 / 5,000", "6.4 / 1.8", (2.0, 0.8),
        lambda runs: (
            _first_sync(runs, "pages_of_500", "seconds"),
            _first_sync(runs, "pages_of_5000", "seconds"),
        ),
        "{:.2f}",
        "What it takes longer than the one without days, in the table above, is for them.",
        is_minimum=False,
    ),
    Goal(
        "push of 50 beside FastAPI: rate / processor time", "1.9–2.7 / 1.5–1.9×", (5.0, 4.0),
        lambda runs: (runs.ratio(SETS, PEER), runs.ratio(SETS, PEER, WHOLE_TIME)), "{:.1f}×",
        "Sets are small, so that the peer spends little on each; with half food logs see the table"
        " above.",
        work=SETS,
    ),
    Goal(
        "pulls of 500 / 5 / 0 beside FastAPI, rate", "6–10 / 3 / 3×", (15.0, 8.0, 8.0),
        lambda runs: tuple(
            runs.ratio(work, PEER) for work in ("pull of 500", "pull of 5", "pull of nothing")
        ),
        "{:.1f}×",
        "The peer reads in one statement what is checked here by three exchanges, and its constant"
        " route is faster.",
        work="pull of 5",
    ),
    Goal(
        "2 processes beside 1, rate: pushes / pulls", "–", (1.2, 1.2),
        lambda runs: tuple(runs.extras["workers"][kind]["rate"] for kind in ("push", "pull")),
        "{:.2f}×", "Load, database and server share the two cores.",
    ),
    Goal(
        "2 processes beside 1, processor time of a record: pushes / pulls", "–", (1.05, 1.05),
        lambda runs: tuple(runs.extras["workers"][kind]["cpu"] for kind in ("push", "pull")),
        "{:.2f}×", "Not profiled.",
        is_minimum=False,
    ),
    Goal(
        "idle stream, µs of processor time a second", "127", (5.0,),
        lambda runs: (runs.extras["streams"]["us_a_second"],), "{:.1f}",
        "Each stream has a timer of its own.", is_minimum=False,
    ),
    Goal(
        "idle stream, kB", "18", (12.0,),
        lambda runs: (runs.extras["streams"]["memory_bytes"] / 1000,), "{:.1f}",
        "aiohttp's connection, its parser and a task.", is_minimum=False,
    ),
    Goal(
        "row-level security's share of an empty pull", "42 %", (0.05,),
        lambda runs: (runs.extras["fence"]["empty pull"] - 1,), "{:.0%}",
        "PostgreSQL sets the user and weighs each row.", is_minimum=False,
    ),
)  # fmt: skip
