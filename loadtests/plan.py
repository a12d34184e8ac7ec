"""What the generator is told to do, one run at a time: a plan goes in, a report comes out."""

import json
from dataclasses import asdict, dataclass, field
from typing import Literal

Kind = Literal["warm", "closed", "steady", "shaped", "ramp", "burst"]


@dataclass(frozen=True)
class Plan:
    """One run of the generator.

    `closed` sends `requests` one after another on `connections`; `warm` does so with a compact
    trace, which stands for `requests` of the whole one (with `writes_only` its writes alone);
    `steady` starts at `rate_per_s` for `duration_s`; `shaped` follows `shape`, [at_s, rate_per_s]
    with straight lines between; `ramp` grows from `rate_per_s` to `to_rate_per_s`; `burst` starts
    `requests` for `path` within `duration_s`.

    `mix` says what is asked for; `label` names the trace: equal labels send equal requests. A
    start that waits longer than `drop_after_s` for a connection is dropped; a ramp ends when
    answers take `stop_backlog_s`, or as much of its rate is unanswered.
    """

    kind: Kind
    label: str
    hosts: list[str]
    population: str
    seed: int
    out: str
    requests: int = 0
    rate_per_s: float = 0.0
    to_rate_per_s: float = 0.0
    duration_s: float = 0.0
    path: str = ""
    mix: str = "browse"
    shape: list[tuple[float, float]] = field(default_factory=list)
    connections: int = 64
    timeout_s: float = 10.0
    drop_after_s: float = 5.0
    stop_backlog_s: float = 0.5
    writes_only: bool = False

    def to_line(self) -> str:
        """One line of JSON, as the generator reads it."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> "Plan":
        """What `to_line` wrote."""
        return cls(**json.loads(line))
