"""What was read and written, when, and by whom."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Write:
    """One write; `returned_s` is when its author was answered, if ever.

    `owed` when the author did not drop the entry in time, and left it to the relay.
    """

    process: str
    post_id: int
    version: int = 0
    committed_s: float = 0.0
    returned_s: float | None = None
    returned_step: int = 0
    owed: bool = False


@dataclass(slots=True)
class Read:
    """One read; `marked` when its answer said that it was a stale copy.

    `floor` is the version that was current when the last drop that its process has heard of was
    done: nothing older may be kept there. `final` when all was over, and the answer must be right.
    """

    process: str
    post_id: int
    started_s: float
    started_step: int
    floor: int
    version: int | None = None
    ended_s: float = 0.0
    marked: bool = False
    final: bool = False


@dataclass(slots=True)
class Trouble:
    """One fault, from when to when, and who was hit (`""`: all)."""

    began_s: float
    ended_s: float
    process: str = ""


@dataclass(slots=True)
class History:
    """Of one schedule; times are virtual, steps are the loop's."""

    writes: list[Write] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
