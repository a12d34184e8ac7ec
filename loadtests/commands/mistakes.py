"""`mistakes`: layered with one field wrong at a time, each in the scenario that shows it."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from loadtests.commands.command import Command
from loadtests.commands.trials import Errand, carry_out, common_options
from loadtests.contest import FULL, QUICK
from loadtests.errors import LoadTestError
from loadtests.scenarios import SCENARIOS
from loadtests.trials.course import Part
from loadtests.trials.offer import NO_CACHE, Offer, choice
from loadtests.trials.sightings import sightings
from loadtests.trials.subject import Subject

REFERENCE = "layered"
SIZES = {False: replace(FULL, warm_requests=10_000, start_s=3.5), True: QUICK}
# Where the first figure of the scenario is not the one that tells.
TELLING: Mapping[str, str] = {
    "layered.json": "cache_bytes",
    "layered.no-near-cache": "commands_per_request",
    "layered.unmetered": "metered_caches",
    "layered.no-flight": "commands_per_request",
    "layered.polling-lock": "over_load_ms",
    "layered.no-refresh": "slow_requests",
    "layered.no-bulkhead": "p99_after_ms",
    "layered.component-counts": "sql_per_request",
    "layered.push-to-all": "commands_per_request",
    "layered.views-at-once": "sql_per_request",
}


def wrong(only: Sequence[str]) -> Callable[[Offer], Sequence[Subject]]:
    """Layered, then the mistakes, all or `only` these; "layered." may be left out."""

    def subjects(offer: Offer) -> Sequence[Subject]:
        short = {name.removeprefix(f"{REFERENCE}."): name for name in offer.mistakes}
        wanted = [name.removeprefix(f"{REFERENCE}.") for name in only] or list(short)
        for name in wanted:
            if name not in short:
                raise LoadTestError(f"There is no mistake {name!r}{choice(name, short)}.")
        named = offer.subjects([REFERENCE, *(short[name] for name in wanted), NO_CACHE])
        return [replace(one, figure=TELLING.get(one.name, "")) for one in named]

    return subjects


def by_scenario(subjects: Sequence[Subject], repeats: int) -> Sequence[Part]:
    """Layered once in each scenario beside all mistakes that it shows; no_cache, once, after.

    Nobody is judged by no_cache here, and to play it as often as the others would take half an
    hour more: it shows what there would be to gain.
    """
    reference, beside = _named(subjects, REFERENCE), _named(subjects, NO_CACHE)
    parts = []
    for name in dict.fromkeys(one.scenario for one in subjects if one.scenario):
        if name not in SCENARIOS:
            raise LoadTestError(f"There is no scenario {name!r}{choice(name, SCENARIOS)}.")
        shown = [one for one in subjects if one.scenario == name]
        parts.append(Part([reference, *shown], [SCENARIOS[name]], repeats))
        parts.append(Part([beside], [SCENARIOS[name]], 1))
    return parts


def _named(subjects: Sequence[Subject], name: str) -> Subject:
    return next(one for one in subjects if one.name == name)


def _run(options: argparse.Namespace, console: Console) -> int:
    errand = Errand(
        "mistakes",
        [],
        wrong(options.only),
        parts=by_scenario,
        sizes=SIZES,
        sightings=sightings,
    )
    return carry_out(errand, options, console)


def _options(mistakes: argparse.ArgumentParser) -> None:
    mistakes.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="one of docs/mistakes.md, as in no-ttl; repeatable",
    )
    common_options(mistakes, out=Path("reports/mistakes"))


MISTAKES = Command("mistakes", "one field wrong at a time, and what shows it", _options, _run)
