"""What becomes of requests that arrive at once, run by run."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.peers.asking import Answered
from loadtests.peers.database import Loads
from loadtests.peers.result import Herd
from loadtests.peers.trial import errors_of, latencies_ms, lateness_ms, quantile


@dataclass(frozen=True, slots=True)
class Run:
    """One herd. `fault`: what was done to it, and the evidence that it was."""

    answers: Sequence[Answered]
    loads: Loads
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
    latencies = [latencies_ms(run.answers) for run in runs]
    p99_ms = [quantile(each, 0.99) for each in latencies]
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
        "p50_ms": [quantile(each, 0.5) for each in latencies],
        "p99_ms": p99_ms,
        "over_load_ms": [p99 - run.load_ms for p99, run in zip(p99_ms, runs, strict=True)],
        "errors": errors,
        "lateness_ms": [run.late_ms for run in runs],
        "faults": [run.fault for run in runs if run.fault],
    }
