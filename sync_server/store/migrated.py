"""Result of a migration, and the errors that prevent one."""

from dataclasses import dataclass


class OldPostgres(Exception):
    """The database's PostgreSQL is older than 15."""


class NewerSchema(Exception):
    """A newer release has changed the tables so that this one cannot use them."""


class MigrationFailed(Exception):
    """A migration could not be applied; the text is the database's reason."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """Result of a migration: revisions with their titles, indexes built online, and what was done
    to place tables, a sentence each."""

    revision: str
    applied: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    placed: tuple[str, ...] = ()
    is_newer: bool = False

    def lines(self) -> list[str]:
        """Sentences for an operator."""
        if self.is_newer:
            return [f"The database is at {self.revision}, newer than this release; it can serve."]
        done = [f"applied {title}" for title in self.applied]
        done += [f"built the index {name}" for name in self.indexes]
        done += self.placed
        return [*done, f"The database is at {self.revision}{'' if done else ': nothing to do'}."]
