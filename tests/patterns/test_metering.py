"""Metering: each request once, nothing unnamed, and text that Prometheus can read."""

import asyncio
import re
from collections.abc import Callable
from typing import ClassVar

import pytest

from service.patterns.metering import Metering, exposition

SAMPLE = re.compile(r'([a-z_]+)\{([a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*)\} ([0-9.e+-]+)')
LABEL = re.compile(r'([a-z_]+)="([^"]*)"')


def scrape(text: str) -> dict[str, float]:
    """Read the text as a scraper does; every line must belong to the family announced last."""
    found: dict[str, float] = {}
    lines, family, kind = text.splitlines(), "", ""
    assert text.endswith("\n")
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("# HELP "):
            family = line.split()[2]
            assert f"# TYPE {family}" not in text[: text.index(line)]
        elif line.startswith("# TYPE "):
            assert before.startswith(f"# HELP {family} ")
            _, _, name, kind = line.split()
            assert name == family
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            parts = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
            assert match[1] in {f"{family}{part}" for part in parts}
            series = f"{match[1]}{{{match[2]}}}"
            assert series not in found
            found[series] = float(match[3])
    return found


def counted(metering: Metering, name: str) -> dict[str, float]:
    """Return what is not zero of one family, by the values of its labels."""
    return {
        " ".join(value for _label, value in LABEL.findall(series)): number
        for series, number in scrape(metering.text()).items()
        if series.startswith(f"{name}{{") and number
    }


def ratio(metering: Metering) -> float:
    """Return the share of hits, as a dashboard forms it from the counts."""
    found = counted(metering, "cache_requests_total")
    hits = sum(number for series, number in found.items() if series.endswith(" hit"))
    return hits / sum(found.values())


class Cache:
    """The shape of a cache with one load for all who wait, and the events it tells."""

    def __init__(self, observe: Callable[..., None]) -> None:
        self._observe = observe
        self._values: dict[str, str] = {}
        self._loads: dict[str, asyncio.Task[None]] = {}

    async def get(self, key: str) -> str:
        """Return the value, loaded by the first who misses."""
        self._observe("hit" if key in self._values else "miss", key=key)
        if key in self._values:
            return self._values[key]
        if key in self._loads:
            await self._loads[key]
            self._observe("waited", key=key)
        else:
            self._loads[key] = asyncio.create_task(self._load(key))
            await self._loads[key]
            self._observe("load", key=key)
        return self._values[key]

    async def _load(self, key: str) -> None:
        await asyncio.sleep(0)
        self._values[key] = "one"


async def stampede(metering: Metering) -> None:
    """Let a hundred callers miss one key; none of them is served without the load."""
    cache = Cache(metering.layer("post", "l2"))
    await asyncio.gather(*(cache.get("post:{42}") for _ in range(100)))


async def test_a_stampede_is_no_success() -> None:
    """Each caller counts once, by its first look; what became of the misses is told beside it."""
    metering = Metering(["post"])
    await stampede(metering)
    assert counted(metering, "cache_requests_total") == {"post l2 miss": 100}
    assert counted(metering, "cache_coalesced_total") == {"post lock": 99}
    assert ratio(metering) == 0.0


class SecondLooks(Metering):
    """The switch: who waited and then found the value counts as a hit as well."""

    def layer(self, cache: str, layer: str, **settings: object) -> Callable[..., None]:
        """Count second looks like first ones."""
        observe = super().layer(cache, layer)
        return lambda event, **details: observe("hit" if event == "waited" else event, **details)


async def test_control_counting_second_looks_flatters_the_hit_rate() -> None:
    """Nobody was served at once, and the dashboard says 50 %."""
    metering = SecondLooks(["post"])
    await stampede(metering)
    assert sum(counted(metering, "cache_requests_total").values()) == 199
    assert 0.49 < ratio(metering) < 0.5


async def test_control_ratios_of_processes_do_not_add_up() -> None:
    """Why counts leave the process and ratios do not: the mean of two ratios is off by far."""
    busy, idle = Metering(["post"]), Metering(["post"])
    for process, hits, misses in ((busy, 900, 100), (idle, 0, 10)):
        observe = process.layer("post", "l2")
        for event in ["hit"] * hits + ["miss"] * misses:
            observe(event, key="post:{42}")
    assert (ratio(busy) + ratio(idle)) / 2 == 0.45
    both = [sample for each in (busy, idle) for sample in next(iter(each.families())).samples()]
    served = sum(sample.value for sample in both if sample.labels[-1] == ("result", "hit"))
    assert served / sum(sample.value for sample in both) == pytest.approx(0.891, abs=0.001)


def test_every_series_stands_there_from_the_start() -> None:
    """All combinations, at zero, before anything has happened."""
    found = scrape(Metering(["post", "card"], layers=("l1", "l2")).text())
    assert set(found.values()) == {0.0}
    requests = [series for series in found if series.startswith("cache_requests_total{")]
    assert len(requests) == 2 * 2 * 6
    assert 'cache_requests_total{cache="card",layer="l1",result="error"}' in found
    assert 'cache_loads_total{cache="post",reason="refresh",outcome="timeout"}' in found


class Lazy(exposition.Counter):
    """The switch: a series is born with its first event."""

    def __init__(self, name: str, meaning: str, **labels: tuple[str, ...]) -> None:
        super().__init__(name, meaning, **labels)
        self._counts = {}

    def add(self, *values: str, n: float = 1) -> None:
        """Count, from nothing if need be."""
        self._counts[values] = self._counts.get(values, 0) + n


@pytest.mark.parametrize(("family", "increase"), [(exposition.Counter, 1), (Lazy, 0)])
def test_the_first_error_can_be_seen(family: type[exposition.Counter], increase: int) -> None:
    """Two scrapes, one error between them; the control is blind to it."""
    counter = family("errors_total", "Errors.", cache=("post",))
    first = {sample.labels: sample.value for sample in counter.samples()}
    counter.add("post")
    second = {sample.labels: sample.value for sample in counter.samples()}
    assert sum(second[labels] - first[labels] for labels in first) == increase


@pytest.mark.parametrize(
    ("event", "family", "series"),
    [
        ("hit", "cache_requests_total", "post l1 hit"),
        ("negative", "cache_requests_total", "post l1 negative"),
        ("miss", "cache_requests_total", "post l1 miss"),
        ("bypass", "cache_requests_total", "post l1 bypass"),
        ("error", "cache_requests_total", "post l1 error"),
        ("coalesced", "cache_coalesced_total", "post local"),
        ("waited", "cache_coalesced_total", "post lock"),
        ("stale", "cache_requests_total", "post l1 stale"),
        ("unguarded_load", "cache_unguarded_loads_total", "post"),
        ("refused_fill", "cache_refused_fills_total", "post"),
    ],
)
def test_an_event_is_counted_in_one_place(event: str, family: str, series: str) -> None:
    """Every event that counts, where it counts, and nowhere else."""
    metering = Metering(["post", "card"])
    metering.layer("post", "l1")(event, key="post:{42}")
    assert counted(metering, family) == {series: 1}
    assert sum(scrape(metering.text()).values()) == 1


def test_a_stale_value_is_a_find_or_a_way_out() -> None:
    """Found past its soft life it is what the look found; after a miss it saves a load."""
    metering = Metering(["post"])
    observe = metering.layer("post", "l2")
    observe("stale", key="post:{1}")
    observe("miss", key="post:{2}")
    observe("stale", key="post:{2}", instead_of="load")
    assert counted(metering, "cache_requests_total") == {"post l2 stale": 1, "post l2 miss": 1}
    assert counted(metering, "cache_coalesced_total") == {"post stale": 1}


def test_other_events_are_ignored() -> None:
    """A pattern may tell more than is counted, with whatever details."""
    metering = Metering(["post"])
    observe = metering.layer("post", "l2")
    observe("wake", cause="push")
    observe("renew_failed", error=OSError())
    assert set(scrape(metering.text()).values()) == {0.0}


def test_a_remembered_absence_is_told_from_a_hit() -> None:
    """Where a pattern says what it found, the owner of the values says what means nothing."""
    metering = Metering(["post"])
    observe = metering.layer("post", "l2", is_absent=lambda value: value is None)
    observe("hit", key="post:{42}", value="hello")
    observe("hit", key="post:{43}", value=None)
    observe("hit", key="post:{44}")
    assert counted(metering, "cache_requests_total") == {"post l2 hit": 2, "post l2 negative": 1}


def test_no_key_becomes_a_label() -> None:
    """Names are the registry's; anything else is an error where it is wired, at once."""
    for names in (["post:{42}"], ["Post"], [""], ['post"'], ["post\n"]):
        with pytest.raises(ValueError, match="is no label"):
            Metering(names)
    with pytest.raises(ValueError, match="65 caches"):
        Metering([f"user_{i}" for i in range(65)])
    metering = Metering(["post"])
    with pytest.raises(ValueError, match="is no cache"):
        metering.layer("card", "l1")
    with pytest.raises(ValueError, match="is no layer"):
        metering.layer("post", "l3")
    with pytest.raises(KeyError), metering.loading("card", "card:{42}"):
        raise AssertionError("the load must not begin")
    with pytest.raises(KeyError):
        metering.invalidated("post", "boredom")
    for i in range(1000):
        metering.layer("post", "l2")("hit", key=f"post:{{{i}}}")
    assert len(scrape(metering.text())) == len(scrape(Metering(["post"]).text()))


class Ticks:
    """A clock that moves by the steps given."""

    STEPS: ClassVar = [0.0, 0.03, 0.0, 9.0]

    def __init__(self) -> None:
        self._now_s = 0.0
        self._steps = iter(self.STEPS)

    def __call__(self) -> float:
        """Tell the time, one step later."""
        self._now_s += next(self._steps)
        return self._now_s


def test_a_load_is_timed_once_and_counted_by_key() -> None:
    """A batch is one duration and as many loads as it has keys; buckets add up."""
    metering = Metering(["post"], clock=Ticks())
    with metering.loading("post", "post:{1}", "post:{2}", "post:{1}"):
        pass
    with metering.loading("post", "post:{3}"):
        pass
    assert counted(metering, "cache_loads_total") == {"post miss ok": 3}
    found = scrape(metering.text())
    buckets = {
        float(dict(LABEL.findall(series))["le"]): number
        for series, number in found.items()
        if series.startswith("cache_load_seconds_bucket")
    }
    assert list(buckets) == sorted(buckets)
    assert (buckets[0.02], buckets[0.05], buckets[5.0], buckets[float("inf")]) == (0, 1, 1, 2)
    assert counted(metering, "cache_load_seconds_sum") == {"post": pytest.approx(9.03)}
    assert counted(metering, "cache_load_seconds_count") == {"post": 2}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (LookupError("the database said no"), "error"),
        (TimeoutError(), "timeout"),
        (asyncio.CancelledError(), "cancelled"),
    ],
)
def test_a_load_that_ends_badly_says_how(error: BaseException, outcome: str) -> None:
    """The error passes through, counted."""
    metering = Metering(["post"])
    with pytest.raises(type(error)), metering.loading("post", "post:{42}"):
        raise error
    assert counted(metering, "cache_loads_total") == {f"post miss {outcome}": 1}


def test_a_refresh_is_told_from_a_load_that_somebody_waits_for() -> None:
    """A layer announces its refreshes; each announcement is good for one load."""
    metering = Metering(["post"])
    observe = metering.layer("post", "l2")
    observe("refresh", key="post:{1}")
    observe("refresh", key="post:{9}")  # shed by the bulkhead: its load never begins
    observe("load_failed", key="post:{9}")
    for keys in (("post:{1}", "post:{2}"), ("post:{1}",), ("post:{9}",)):
        with metering.loading("post", *keys):
            pass
    assert counted(metering, "cache_loads_total") == {"post refresh ok": 1, "post miss ok": 3}


def test_announced_refreshes_do_not_pile_up() -> None:
    """Where nobody measures the loads, what is remembered of them is bounded all the same."""
    metering = Metering(["post"])
    observe = metering.layer("post", "l2")
    for i in range(10_000):
        observe("refresh", key=f"post:{{{i}}}")
    assert len(metering._refreshed["post"]) <= 1024


def test_invalidations_have_a_cause() -> None:
    """A write's, a relay's, or somebody's by hand."""
    metering = Metering(["post"])
    metering.invalidated("post", "write", n=3)
    metering.invalidated("post", "replay")
    assert counted(metering, "cache_invalidations_total") == {"post write": 3, "post replay": 1}


def test_every_sink_hears_of_each_request_once() -> None:
    """What is told to a sink is what is counted."""
    told: list[tuple[str, str, str]] = []
    metering = Metering(["post"], sinks=[lambda *request: told.append(request)])
    observe = metering.layer("post", "l2")
    for event in ("hit", "miss", "waited", "load", "wake"):
        observe(event, key="post:{42}")
    assert told == [("hit", "post", "l2"), ("miss", "post", "l2")]


def test_a_value_past_its_soft_life_is_stale_and_says_by_how_much() -> None:
    """A lease that serves while it refreshes tells a find by `late_s`; 0 is fresh."""
    metering = Metering(["post"])
    observe = metering.layer("post", "l2", is_absent=lambda value: value is None)
    observe("hit", key="post:{1}", value="hello", late_s=0.0)
    observe("hit", key="post:{2}", value="hello", late_s=2.5)
    observe("hit", key="post:{3}", value=None, late_s=2.5)
    found = {"post l2 hit": 1, "post l2 stale": 1, "post l2 negative": 1}
    assert found == counted(metering, "cache_requests_total")
    assert {"post": 2.5} == counted(metering, "cache_stale_age_seconds_sum")


def test_waits_evictions_and_codecs_are_measured() -> None:
    """What was waited for a lock, what left the near cache and why, what the codec was given."""
    metering = Metering(["post"])
    observe = metering.layer("post", "l1")
    observe("waited", key="post:{1}", after_s=0.03)
    observe("evicted", key="post:{2}", cause="life")
    coding = metering.coding("post")
    assert coding.decoding(bytes.decode)(coding.encoding(str.encode)("hello")) == "hello"
    with pytest.raises(UnicodeDecodeError):
        coding.decoding(bytes.decode)(b"\xff")
    assert {"post": 0.03} == counted(metering, "cache_lock_wait_seconds_sum")
    assert {"post life": 1} == counted(metering, "cache_evictions_total")
    assert {"post encode": 5, "post decode": 6} == counted(metering, "cache_payload_bytes_total")
    assert {"post": 5} == counted(metering, "cache_value_bytes_sum")
    assert {"post": 1} == counted(metering, "cache_writes_total")
    with pytest.raises(ValueError, match="is no cache"):
        metering.coding("card")
