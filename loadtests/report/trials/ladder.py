"""The ladder as data: its measures, its rungs, and what each step alone changed."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from loadtests.report import units
from loadtests.report.reading import number
from loadtests.report.showing import ends
from loadtests.report.trials import claims
from loadtests.report.trials.cells import median_text
from loadtests.report.trials.comparing import Step, step
from loadtests.report.trials.run import Run, Scenario, Subject
from loadtests.result import DOLLARS_PER_GB_MONTH
from loadtests.trials.schema import Spread

_GB = 32.0


@dataclass(frozen=True)
class Measure:
    """A line of the ladder's table: a figure of one scenario, `scale` times as shown."""

    group: str
    label: str
    scenario: Scenario
    figure: str
    unit: str
    scale: float = 1.0
    claim: str = ""
    telling: bool = False
    rate: str = ""

    @property
    def called(self) -> str:
        """As in: p99 at the low rate; for sentences and lists, where its group is not seen."""
        name = (
            self.label if self.label[1:2].isupper() else f"{self.label[:1].lower()}{self.label[1:]}"
        )
        return f"{name} at the {self.rate} rate" if self.rate else name

    def spread(self, run: Run, subject: Subject) -> Spread | None:
        """The figure of one rung."""
        return run.spread(self.scenario.name, subject.name, self.figure)

    def text(self, run: Run, subject: Subject) -> str:
        """Its median; in brackets where no repeat was valid, an en dash where there is none."""
        return median_text(run, self.scenario, subject, self.figure, self.scale, self.unit)

    def ends(self, run: Run, subject: Subject) -> str:
        """From its least to its most; nothing where one repeat has none."""
        found = self.spread(run, subject)
        if not found or found["valid"] < 2:
            return ""
        return ends(found, self.unit, scale=self.scale)


@dataclass(frozen=True)
class Rung:
    """A step from the rung before it."""

    before: Subject
    after: Subject


def is_ladder(run: Run) -> bool:
    """Whether rungs stand on one another."""
    return run.kind == "ladder" and bool(steps(run))


def steps(run: Run) -> list[Rung]:
    """Every rung that names the one before it."""
    pairs = ((run.named(subject.base), subject) for subject in run.subjects if subject.base)
    return [Rung(before, after) for before, after in pairs if before]


def changes(run: Run, rung: Rung, found: list[Measure]) -> list[tuple[Measure, Step]]:
    """What each measure became by this step alone."""
    return [(one, step(run, one.scenario, one.figure, rung.before, rung.after)) for one in found]


def measures(run: Run) -> list[Measure]:
    """The table's lines, each from the first scenario that has it; absent ones are left out."""
    found = [*_memory(run), *_budget(run), *_steady(run, "low"), *_steady(run, "high")]
    return [*found, *_capacity(run), *_expiry(run)]


def _memory(run: Run) -> list[Measure]:
    scenario = _first(run, "cache_bytes", lambda one: one.table == "memory")
    if scenario is None:
        return []
    group = "The cache"
    claim = claims.of_whole(run.result, "cache_bytes")
    return _known(
        run,
        Measure(group, "Bytes", scenario, "cache_bytes", "bytes", claim=claim, telling=True),
        *_dollars(run, scenario),
        Measure(group, "A post's entry", scenario, "post_entry_bytes", "bytes"),
        Measure(group, "Keys without TTL", scenario, "keys_without_ttl", "keys"),
    )


def _dollars(run: Run, scenario: Scenario) -> list[Measure]:
    naive = run.spread(scenario.name, "naive", "cache_bytes")
    if not naive or not naive["median"]:
        return []
    prices = [("article's price", DOLLARS_PER_GB_MONTH)]
    price = number(run.result, "price_dollars_per_gb_month")
    if price is not None and price != DOLLARS_PER_GB_MONTH:
        prices.append((f"${price:g} a GB", price))
    claim = claims.of_whole(run.result, "dollars")
    return [
        Measure(
            "The cache",
            f"$ a month, {name}",
            scenario,
            "cache_bytes",
            "dollars",
            scale=_GB * one / naive["median"],
            claim=claim if one == DOLLARS_PER_GB_MONTH else "",
        )
        for name, one in prices
    ]


def _budget(run: Run) -> list[Measure]:
    scenario = _first(run, "hit_rate", lambda one: one.table == "memory")
    if scenario is None:
        return []
    claim = claims.of_whole(run.result, "hit_rate")
    label = "Hit rate, equal budget"
    return _known(
        run,
        Measure("The cache", label, scenario, "hit_rate", "share", claim=claim, telling=True),
    )


def _steady(run: Run, rate: str) -> list[Measure]:
    scenario = _first(run, "mean_ms", lambda one: list(one.rates) == [rate])
    if scenario is None:
        return []
    per_s = number(run.result, "rates", rate)
    group = f"At {units.per_second(per_s)}, the {rate} rate" if per_s else f"At the {rate} rate"
    high = rate == "high"
    claim = claims.of_whole(run.result, "mean_ms") if high else ""
    lines = [
        Measure(group, "Mean", scenario, "mean_ms", "ms", claim=claim, telling=high),
        Measure(group, "p50", scenario, "p50_ms", "ms"),
        Measure(group, "p99", scenario, "p99_ms", "ms"),
    ]
    if not high:
        lines.append(Measure(group, "SQL a request", scenario, "sql_per_request", "statements"))
        lines.append(Measure(group, "Hit rate", scenario, "hit_rate", "share"))
    return _known(run, *(replace(line, rate=rate) for line in lines))


def _capacity(run: Run) -> list[Measure]:
    # Calibration, which comes first, finds two knees; the ladder everybody's.
    scenario = _first(run, "knee_per_s", lambda one: one.name != "calibration")
    if scenario is None:
        return []
    return _known(run, Measure("Capacity", "Knee", scenario, "knee_per_s", "per second"))


def _expiry(run: Run) -> list[Measure]:
    found = []
    cold = _first(run, "loads", lambda one: one.table == "cold")
    if cold:
        label = "Loads, cold"
        found.append(Measure("Stampede", label, cold, "loads", "loads", telling=True))
        found.append(Measure("Stampede", "p99, cold", cold, "p99_ms", "ms"))
    natural = _first(run, "worst_loads", lambda one: one.table == "natural")
    if natural:
        label = "Loads, natural expiry"
        found.append(Measure("Stampede", label, natural, "worst_loads", "loads"))
    return _known(run, *found)


def _first(run: Run, figure: str, fits: Callable[[Scenario], bool]) -> Scenario | None:
    return next((one for one in run.scenarios if figure in one.figures and fits(one)), None)


def _known(run: Run, *found: Measure) -> list[Measure]:
    return [
        one
        for one in found
        if any(one.text(run, subject) != units.UNKNOWN for subject in run.subjects)
    ]
