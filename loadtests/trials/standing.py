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
        self, subject: Subject, scenario: Scenario
    ) -> AbstractAsyncContextManager[Contestant]:
        """One subject's services, ready for scenarios of this group, for the block's length."""

    async def warm(self, contest: Contest, contestant: Contestant) -> None:
        """Bring its cache to where the trace that is equal for all leaves it."""

    async def renew(self, subject: Subject) -> None:
        """Give it the rows that all began with; its services do not run meanwhile."""

    async def facts(self) -> Facts:
        """What the report says of all this."""
