"""What a run of trials stands on, whoever started the services that it measures."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from loadtests.contest import Contest, Contestant
from loadtests.counting import DatabaseCounter
from loadtests.generator import Generator
from loadtests.result import Dataset
from loadtests.trials.scenario import Scenario
from loadtests.trials.sources import Missing
from loadtests.trials.subject import Subject


@dataclass(frozen=True)
class Facts:
    """What the report says of the stores and the services, as far as it is known."""

    dataset: Dataset | None
    versions: Mapping[str, str]
    processes: int
    unlimited: str


class Standing(Protocol):
    """What stands from the first trial to the last."""

    @property
    def population(self) -> Path:
        """The file of whom and what the traffic is about."""

    @property
    def generator(self) -> Generator:
        """What sends."""

    @property
    def counter(self) -> DatabaseCounter:
        """What counts statements."""

    @property
    def work(self) -> Path:
        """A directory for logs and reports of phases."""

    @property
    def shared(self) -> bool:
        """Whether others may use the stores: nothing is flushed, and no memory is known."""

    @property
    def missing(self) -> Missing:
        """Sources of figures that are out of reach, each with the reason."""

    def opened(
        self, contest: Contest, subject: Subject, scenario: Scenario, repeat: int
    ) -> AbstractAsyncContextManager[Contestant]:
        """One subject's services for the block's length, where turns with this scenario begin.

        Where that is behind the trace that is equal for all, they have seen it.
        """

    async def facts(self) -> Facts:
        """What the report says of all this."""
