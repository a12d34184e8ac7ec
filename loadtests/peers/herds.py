"""What becomes of requests that arrive at once, run by run."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.peers.asking import Answered
from loadtests.peers.database import Loads
from loadtests.peers.result import Herd
from loadtests.peers.trial import at_least, errors_of, late_of, lateness_ms


@dataclass(frozen=True, slots=True)
class Run:
    """One herd. `fault`: what was done to it, and the evidence that it was.

    `alone_ms`: what a load took right before it, while nobody asked; None where that was not clear.
    """

    answers: Sequence[Answered]
    loads: Loads
    alone_ms: float | None
    patience_s: float
    fault: str = ""

    @property
    def load_ms(self) -> float:
        """How long a load took, as PostgreSQL saw it; 0 where none was carried out."""
        return self.loads.mean_ms or 0.0

    @property
    def late_ms(self) -> float:
        """How late the client began, p99."""
        return lateness_ms(self.answers)


def herd_of(runs: Sequence[Run]) -> Herd:
    """All runs of a side, of which there is one at least."""
    late = [late_of(run.answers, run.patience_s) for run in runs]
    p99_ms = [each.quantile_ms(0.99) for each in late]
    errors: dict[str, int] = {}
    for run in runs:
        for kind, count in errors_of(run.answers).items():
            errors[kind] = errors.get(kind, 0) + count
    return {
        "runs": len(runs),
        "requests": len(runs[0].answers),
        "answered": [sum(one.is_good for one in run.answers) for run in runs],
        "loads": [run.loads.begun for run in runs],
        "loads_done": [run.loads.done for run in runs],
        "load_ms": [run.load_ms for run in runs],
        "p50_ms": [each.quantile_ms(0.50) for each in late],
        "p99_ms": p99_ms,
        "at_least": [at_least(each, p50_ms=0.50, p99_ms=0.99) for each in late],
        "alone_load_ms": [run.alone_ms for run in runs],
        "over_load_ms": [
            None if run.alone_ms is None else p99 - run.alone_ms
            for p99, run in zip(p99_ms, runs, strict=True)
        ],
        "errors": errors,
        "lateness_ms": [run.late_ms for run in runs],
        "faults": [run.fault for run in runs if run.fault],
    }
