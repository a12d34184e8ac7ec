"""The figures of a run as text: the same tables for the terminal and for Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from loadtests.peers.result import Expiry, Herd, Outage, Result, Side, Spread, Warm, Weight
from loadtests.peers.verdicts import NONE


@dataclass(frozen=True, slots=True)
class Table:
    """A title, a line of columns, and rows; `note` says what the figures are."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str


def tables(result: Result) -> list[Table]:
    """Warm hits, then what happens when something goes wrong."""
    sides = result["sides"]
    warm = [side for side in sides if side["hot"] or side["zipf"]]
    tried = [side for side in sides if any(_hard(side))]
    return [table for table in (_warm_table(warm), _hard_table(tried)) if table.rows]


def _warm_table(sides: Sequence[Side]) -> Table:
    return Table(
        "Warm hits, 32 connections, one process",
        ("side", "hot x", "Zipf x", "p99 hot", "p99 Zipf", "µs hot", "µs Zipf", "kept"),
        [
            (
                side["title"],
                _ratio(side["hot"]),
                _ratio(side["zipf"]),
                _tail(side["hot"]),
                _tail(side["zipf"]),
                _cpu(side["hot"]),
                _cpu(side["zipf"]),
                _kept(side),
            )
            for side in sides
        ],
        "x: requests a second as a multiple of the constant route's right before and after; "
        "p99: in ms, and as a multiple of the constant route's; µs: CPU of the service a request; "
        "median of the rounds (least to most).",
    )


def _hard_table(sides: Sequence[Side]) -> Table:
    return Table(
        "When it matters",
        ("side", "500 at once", "expiry", "loader killed", "cache killed", "B/post"),
        [(side["title"], *_hard_cells(side)) for side in sides],
        "500 at once: loads, p99 in s; expiry: loads a life of 2 s (most a window), p99 in ms, "
        "slow ones, oldest in s; loader killed: fewest answered of those who waited, p99 in s; "
        "cache killed: errors meanwhile, p99 in ms, most loads at once. Medians of the trials "
        "(least to most); counts are the worst trial's. Errors are in every p99, as late as the "
        "client waits, and ≥ says that one decides it. Who serves a value beyond its life while "
        "it is loaded anew keeps nobody waiting by that: `oldest` is the price, 2.0 s where no "
        "value outlives its life. Corral's goal for it allows as much again as the life itself.",
    )


def _hard(side: Side) -> tuple[Herd | Expiry | Outage | Weight | None, ...]:
    works = ("stampede", "expiry", "loader_killed", "cache_killed", "weight")
    return tuple(side[work] for work in works)  # type: ignore[literal-required]


def _hard_cells(side: Side) -> tuple[str, ...]:
    herd, expiry = side["stampede"], side["expiry"]
    killed, outage, weight = side["loader_killed"], side["cache_killed"], side["weight"]
    return (
        f"{_range(herd['loads'])}, {_herd_p99(herd)}{_lost(herd)}" if herd else NONE,
        _expiry(expiry) if expiry else NONE,
        f"{min(killed['answered'])}/{killed['requests']}, {_herd_p99(killed)}" if killed else NONE,
        _outage(outage) if outage else NONE,
        f"{weight['bytes_per_post']:.0f}" if weight else NONE,
    )


def _expiry(expiry: Expiry) -> str:
    trials = expiry["trials"]
    stale_ms = expiry["stale_ms"]
    oldest = NONE if stale_ms is None else f"{expiry['fresh_s'] + stale_ms / 1_000:.1f}"
    lives = f"{expiry['loads_a_life']:.1f} ({expiry['most_loads_a_window']})"
    p99 = _between(
        [trial["p99_ms"] for trial in trials], 0, ["p99_ms" in one["at_least"] for one in trials]
    )
    return f"{lives}, {p99}, {max(trial['slow'] for trial in trials)}, {oldest}"


def _outage(outage: Outage) -> str:
    trials = outage["trials"]
    errors = max(trial["down_errors"] for trial in trials)
    p99 = _between(
        [trial["down_p99_ms"] for trial in trials],
        0,
        ["down_p99_ms" in one["at_least"] for one in trials],
    )
    return f"{errors}, {p99}, {outage['most_at_work']}"


def _between(values: Sequence[float], digits: int, bounds: Sequence[bool]) -> str:
    """The median (least-most); one number where they are alike; ≥ where it may be any more."""
    ranked = sorted(zip(values, bounds, strict=True))
    three = (ranked[0], (median(values), ranked[len(ranked) // 2][1]), ranked[-1])
    least, middle, most = (f"{'≥' * bound}{value:.{digits}f}" for value, bound in three)
    return middle if least == most else f"{middle} ({least}-{most})"


def _range(values: Sequence[int]) -> str:
    least, most = min(values), max(values)
    return f"{most}" if least == most else f"{least}-{most}"


def _herd_p99(herd: Herd) -> str:
    bounds = ["p99_ms" in names for names in herd["at_least"]]
    return _between([value / 1_000 for value in herd["p99_ms"]], 2, bounds)


def _lost(herd: Herd) -> str:
    lost = sum(herd["errors"].values())
    return f", {lost} lost" if lost else ""


def _ratio(warm: Warm | None) -> str:
    found = warm["ratio"] if warm else None
    return f"{found['median']:.2f} ({found['min']:.2f}-{found['max']:.2f})" if found else NONE


def _tail(warm: Warm | None) -> str:
    if not warm or not warm["p99_ms"]:
        return NONE
    ratio = warm["p99_ratio"]
    return f"{warm['p99_ms']['median']:.0f}" + (f" ({ratio['median']:.1f}x)" if ratio else "")


def _cpu(warm: Warm | None) -> str:
    found: Spread | None = warm["cpu_us"] if warm else None
    return f"{found['median']:.0f}" if found else NONE


def _kept(side: Side) -> str:
    both = [warm for warm in (side["hot"], side["zipf"]) if warm]
    return f"{sum(w['kept'] for w in both)}/{sum(w['made'] for w in both)}"


def how(result: Result) -> list[str]:
    """Where the figures come from, in sentences."""
    client = result["client"]
    kept, made = result["windows_kept"], result["windows_made"]
    spoilt = ": the others were made while somebody else was at work" if kept < made else ""
    sentences = [
        f"{kept} of {made} measurements were kept{spoilt}.",
        f"Data: {result['posts']:,} seeded posts. The expensive load compares the post with the "
        f"{result['newest']:,} newest: {result['load_ms']:.0f} ms alone.",
        f"Server: {result['server']}.",
    ]
    if client:
        verdict = "it IS the limit" if client["is_limit"] else "it is not the limit"
        sentences.append(
            f"The client asks bare ASGI {client['bare_per_s']:,.0f} times a second, the constant "
            f"route {client['constant_per_s']:,.0f} times, with {client['bare_cpu']:.0%} of its "
            f"core at most: {verdict}."
        )
    trials = result["settings"].get("repeats")
    if trials == 1:
        sentences.append("Each trial was made once: there is no spread, and a rerun may differ.")
    if result["sizes"] != "full":
        sentences.append(f"Sizes: {result['sizes']}. The goals are meant for the full ones.")
    return sentences


def left_out(result: Result) -> list[str]:
    """What could not be measured or is no whole figure, and why: one line each."""
    refused = [
        f"{side['title']}, {kind}: {warm['errors']} answers in its windows were errors"
        for side in result["sides"]
        for kind, warm in (("hot", side["hot"]), ("zipf", side["zipf"]))
        if warm and warm["errors"]
    ]
    return refused + [
        f"{side['title']}, {work}: {' '.join(why.split())}"
        for side in result["sides"]
        for work, why in side["cannot"].items()
    ]
