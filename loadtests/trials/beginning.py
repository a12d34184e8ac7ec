"""Where a subject's turns begin: equal for all of its turns, as nothing is carried over."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from loadtests.contest import Contest, Contestant
from loadtests.databases import copy_template
from loadtests.kept_store import keep, put_back
from loadtests.phases import settle, warm, weigh
from loadtests.stores import Store
from loadtests.trials.pairs import WARMED, Pair, tidy, warm_up
from loadtests.trials.replays import spoilt_alone
from loadtests.trials.scenario import Scenario
from loadtests.trials.serving import on_stage
from loadtests.trials.subject import Subject

if TYPE_CHECKING:
    from loadtests.trials.ground import Ground

Settled = Callable[[Contest, Contestant, int], Awaitable[None]]
FEWER_TIMES = 8  # where nothing is kept: nothing to fill anew, and each of its requests takes long


@dataclass(frozen=True)
class Begin:
    """Rows at `url`; `settled` brings services that were just started to where traffic begins."""

    url: str
    settled: Settled


async def begun(
    ground: "Ground", contest: Contest, subject: Subject, store: Store, scenario: Scenario
) -> Begin:
    """Bring rows and store to where a turn with this scenario begins; nobody works there yet.

    Of a shared store nothing is ours to flush, so the whole trace goes on top of what lies there.
    """
    cold = ground.shared or not scenario.starts_warm
    pair = None if cold else await _pair(ground, contest, subject, store)
    contest.show.begin(f"{contest.where} {subject.name}: starting", contest.sizes.start_s)
    template_url = pair.template_url if pair else ground.pristine_url
    url = await copy_template(template_url, subject.slug)
    if ground.shared:
        return Begin(url, _warmed if scenario.starts_warm else _as_it_is)
    await store.flush()
    empty_bytes = await store.used_bytes()
    if pair is None:
        return Begin(url, _as_it_is)
    await put_back(store.url, pair.file)
    return Begin(url, partial(_settled, pair, empty_bytes))


async def _settled(
    pair: Pair, empty_bytes: int, contest: Contest, contestant: Contestant, repeat: int
) -> None:
    found = contestant.found
    requests = contest.sizes.settle_requests
    if not pair.entries:
        requests //= FEWER_TIMES
    await settle(contest, contestant, repeat, requests)
    found.before = [pair.phase, spoilt_alone(contest.conditions[-1])]
    found.empty_bytes = empty_bytes
    await contest.at_rest(contestant)  # what the settling wrote is still being told to caches
    await weigh(contest, contestant)


async def _warmed(contest: Contest, contestant: Contestant, _repeat: int) -> None:
    await warm(contest, contestant)
    contestant.found.before = [spoilt_alone(contest.conditions[-1])]


async def _as_it_is(_contest: Contest, _contestant: Contestant, _repeat: int) -> None:
    """Cold, as it was opened."""


async def _pair(ground: "Ground", contest: Contest, subject: Subject, store: Store) -> Pair:
    """The one of this run; made when it is needed for the first time.

    Every trial of the subject rests on it, so one whose trace broke its conditions is made anew,
    once: a second that did so too is kept, and tells of it.
    """
    slug = subject.slug
    if slug not in ground.pairs:
        pair = await _made(ground, contest, subject, store)
        if not pair.phase["valid"]:
            pair = await _made(ground, contest, subject, store)
        ground.pairs[slug] = pair
    return ground.pairs[slug]


async def _made(ground: "Ground", contest: Contest, subject: Subject, store: Store) -> Pair:
    slug = subject.slug
    await store.flush()
    url = await copy_template(ground.pristine_url, WARMED.format(slug))
    async with on_stage(ground, subject, {}, store, store.url, url) as contestant:
        contest.pids = {ground.generator.pid, *contestant.pids}
        phase = await warm_up(contest, contestant)
    await tidy(url)
    file = ground.work / f"{slug}.store"
    return Pair(url, file, await keep(store.url, file), phase)
