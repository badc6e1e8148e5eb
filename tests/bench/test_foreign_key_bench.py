"""The measurement of the foreign key inserts the same rows with and without it."""

from bench import foreign_key
from bench.raw import UPSERT


def test_the_copy_differs_in_its_table_only() -> None:
    statement = foreign_key.statement_for("keyless")
    assert statement.replace("keyless", "records") == UPSERT
    assert "keyless" in statement
