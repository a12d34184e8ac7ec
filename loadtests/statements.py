"""Two counts of the same statements, and whether they can both be right."""

from dataclasses import dataclass

from loadtests.faults import NO_QUIET_MOMENT


@dataclass(frozen=True)
class Statements:
    """Statements since some beginning: what the drivers sent, what the database saw (if known).

    The database does not count what it refused (`failed`; None: the drivers do not tell), and of
    what was `cut_off` nobody knows. `quiet`: counted while nobody was at work there.
    """

    by_driver: int
    by_database: int | None
    failed: int | None = 0
    cut_off: int = 0
    quiet: bool = True

    def __sub__(self, earlier: "Statements") -> "Statements":
        return Statements(
            self.by_driver - earlier.by_driver,
            _difference(self.by_database, earlier.by_database),
            _difference(self.failed, earlier.failed),
            self.cut_off - earlier.cut_off,
            self.quiet and earlier.quiet,
        )

    @property
    def agree(self) -> bool | None:
        """Whether both counts can be right.

        None where that cannot be told: the database does not count, somebody was always at work,
        or the counts differ and the drivers do not say how many statements failed.
        """
        if self.by_database is None or not self.quiet:
            return None
        if self.failed is None:
            return True if self.by_driver == self.by_database else None
        most = self.by_driver - self.failed
        return most - self.cut_off <= self.by_database <= most

    @property
    def doubt(self) -> str | None:
        """Why the counts cannot be relied on, if they cannot."""
        if not self.quiet and self.by_database is not None:
            return NO_QUIET_MOMENT
        if self.agree is not False:
            return None
        ended = f", {self.failed} of them failed" if self.failed else ""
        ended += f", {self.cut_off} were cut off" if self.cut_off else ""
        return (
            f"the drivers counted {self.by_driver} statements{ended}, "
            f"the database {self.by_database}"
        )


def _difference(now: int | None, earlier: int | None) -> int | None:
    return None if now is None or earlier is None else now - earlier
