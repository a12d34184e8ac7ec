"""What a run of trials proves, in words: its goals, what differs, and what broke its conditions."""

from loadtests.report import units
from loadtests.report.reading import at, number, objects, text, words
from loadtests.report.showing import bounded, counted
from loadtests.report.trials.cells import spread_text
from loadtests.report.trials.comparing import best_first, step
from loadtests.report.trials.names import listed
from loadtests.report.trials.planned import phases
from loadtests.report.trials.run import Run, Scenario, Subject
from loadtests.report.verdict import NO_VERDICT, Judged, judge, tally, worst_of
from loadtests.trials.bounds import is_bound
from loadtests.trials.schema import Spread

FEWEST_REPEATS = 5


def judged(run: Run) -> list[Judged]:
    """Every goal of the run, in its order; all open when the run is invalid."""
    owners = [subject.name for subject in run.subjects]
    open_all = run.state == "invalid"
    return [judge(goal, owners, open_all=open_all) for goal in objects(run.result, "goals")]


def headline(run: Run) -> str:
    """The verdict in one sentence."""
    if run.state == "invalid":
        return f"{NO_VERDICT}. No trial kept its conditions; the figures prove nothing."
    goals = judged(run)
    said = tally(goals) if goals else "No goals were set for this run; what it shows:"
    broken = how_many_broke(run)
    return f"{broken}. {said}" if run.state == "partly" else said


def findings(run: Run) -> list[str]:
    """A sentence a scenario: who did best and worst at the figure that tells; none if invalid."""
    if run.state == "invalid":
        return []
    found = (finding(run, one, name) for one in run.scenarios for name in one.figures[:1])
    return [said for said in found if said]


def finding(run: Run, scenario: Scenario, figure: str) -> str:
    """As in: stampede, loads of the hot key: 1 with layered, 480 (474-491) with naive."""
    ranked = best_first(run, scenario, figure)
    about = run.figure(figure)
    head = f"{scenario.name}, {about['text'].removeprefix(f'{scenario.name}: ')}"
    if len(ranked) < 2 or about["better"] == "neither":
        parts = [f"{_value(run, figure, spread)} with {one.name}" for one, spread in ranked]
        return f"{head}: {listed(parts)}." if parts else ""
    best = [one.name for one, spread in ranked if spread["median"] == ranked[0][1]["median"]]
    first = _value(run, figure, ranked[0][1])
    if len(best) == len(ranked):
        return f"{head}: {first} with every one of them."
    worst, spread = ranked[-1]
    last = _value(run, figure, spread)
    how = _how(run, scenario, figure, (ranked[0][0], worst))
    return f"{head}: {first} with {listed(best)}, {last} with {worst.name}{how}."


def _how(run: Run, scenario: Scenario, figure: str, pair: tuple[Subject, Subject]) -> str:
    verdict = step(run, scenario, figure, *pair).verdict
    if verdict == "within the spread":
        return "; that is within the spread, so it proves nothing"
    if verdict == "too few repeats":
        return "; too few repeats to tell it from noise"
    return "; that is more than the repeats differ"


def _value(run: Run, figure: str, spread: Spread) -> str:
    unit = run.figure(figure)["unit"]
    said, ends = counted(spread["median"], unit), spread_text(spread, unit)
    said = bounded(said, unit) if is_bound(spread, "median") else said
    return f"{said} ({ends})" if ends and not ends.startswith("all ") else said


def how_many_broke(run: Run) -> str:
    """As in: 1 of 45 trials broke its conditions."""
    broken, every = sum(not one.valid for one in run.trials), len(run.trials)
    if not broken:
        return "The run broke its own conditions"
    whose = "its" if broken == 1 else "their"
    return f"{units.count(broken)} of {units.plural(every, 'trial')} broke {whose} conditions"


def faults(run: Run) -> list[str]:
    """What was wrong, a clause each: with every trial that has no verdict, and with the run."""
    found = [
        f"{one.subject}, {one.scenario}, repeat {one.repeat}: {'; '.join(one.why)}"
        for one in run.trials
        if not one.valid
    ]
    told = {why for one in run.trials for why in one.why}
    of_run = words(run.result, "why")
    found += [why for why in of_run if not any(why.endswith(known) for known in told)]
    if not found and run.state != "valid":
        found.append("the run does not say that it was valid")
    return found


def quickness(run: Run) -> str:
    """What is to be known of a run that was cut short; empty for a whole one."""
    repeats = run.repeats
    said = "Quick run: phases are cut, and figures are rougher than they look." if run.quick else ""
    if repeats == 1:
        return f"{said} One repeat: no spread is shown, and no difference can be proven.".strip()
    if 1 < repeats < FEWEST_REPEATS:
        few = f"{units.plural(repeats, 'repeat')} instead of at least {FEWEST_REPEATS}."
        return f"{said} {few}".strip()
    return said


def overwhelmed(run: Run) -> list[str]:
    """As in: no_cache cannot keep up at the low rate: 127 of 172 requests a second in time."""
    return [
        f"{phase.title} cannot keep up at the low rate: {phase.achieved:.0f} of "
        f"{phase.planned:.0f} requests a second in time; latency there is that of a queue."
        for at_low in _at_low(run)
        for phase in phases(run, at_low)
        if phase.saturated
    ]


def _at_low(run: Run) -> list[Scenario]:
    return [one for one in run.scenarios if one.name == "browse-low"]


def conditions_line(run: Run) -> str:
    """The conditions under which the run was made, on one line."""
    every = [phase for trial in run.trials for phase in trial.phases]
    state = {"valid": "valid", "partly": how_many_broke(run), "invalid": "INVALID"}[run.state]
    processes = number(run.result, "server_processes")
    off = text(run.result, "unlimited")
    facts = [
        state,
        "quick run, short phases" if run.quick else "",
        units.plural(run.repeats, "repeat") if run.repeats else "",
        "order A B C, C B A" if len(run.subjects) > 1 and run.repeats > 1 else "",
        f"{units.count(processes)} server processes" if processes else "",
        f"rate limits off for {off}" if off else "",
        "shared stores" if at(run.result, "shared_stores") is True else "",
        *worst_of(every),
    ]
    return " · ".join(fact for fact in facts if fact)
