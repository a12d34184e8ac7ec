"""The breaker: opens on failures and slowness, one probe at a time, jittered, never wedged."""

import pytest

from service.patterns.fail_open import Breaker
from service.patterns.fail_open.breaker import Outcome

from .contract import Clock, Events


def call(breaker: Breaker, *outcomes: str) -> None:
    """Make one call after the other, each ending as told."""
    for outcome in outcomes:
        permit = breaker.enter()
        assert permit is not None
        breaker.leave(permit, outcome)  # type: ignore[arg-type]


def opened(clock: Clock, **settings: object) -> Breaker:
    """Build a breaker that has just opened, for half a second."""
    breaker = Breaker(clock=clock, rand=lambda: 0.0, **settings)  # type: ignore[arg-type]
    call(breaker, *["failed"] * 5)
    assert breaker.state == "open"
    return breaker


def test_failures_in_a_row_open_it(events: Events) -> None:
    """Five failures in a row open it; the event says for how long, and why."""
    breaker = Breaker(failures=5, rand=lambda: 0.0, observe=events)
    call(breaker, *["failed"] * 4)
    assert breaker.state == "closed"
    call(breaker, "failed")
    assert breaker.state == "open"
    assert breaker.enter() is None
    assert events.seen == [("opened", {"for_s": 0.5, "because": "failures"})]


def together(breaker: Breaker, calls: int, outcome: Outcome) -> None:
    """Have so many calls on their way, and let all end alike."""
    permits = [breaker.enter() for _ in range(calls)]
    for permit in permits:
        assert permit is not None
        breaker.leave(permit, outcome)


@pytest.mark.parametrize("outcome", ["failed", "slow"])
def test_one_stall_is_one_bad_end_however_many_calls_it_ended(outcome: Outcome) -> None:
    """Fifty calls were on their way when the server stalled; the next one is answered."""
    breaker = Breaker(failures=5, window=20)
    for _ in range(4):
        together(breaker, 50, outcome)
    assert breaker.state == "closed"
    call(breaker, "ok")
    together(breaker, 50, outcome)
    assert breaker.state == "closed"


def test_control_with_each_call_counted_one_stall_opens_it() -> None:
    """The switch: no memory of what was on its way together."""

    class CountsAll(Breaker):
        def leave(self, permit: int, outcome: Outcome, took_s: float = 0.0) -> None:
            self._known_to = 0
            super().leave(permit, outcome, took_s)

    breaker = CountsAll(failures=5)
    permits = [breaker.enter() for _ in range(50)]
    for permit in permits:
        assert permit is not None
        breaker.leave(permit, "failed")
    assert breaker.state == "open"


def test_stalls_in_a_row_open_it() -> None:
    """Whatever is sent anew after each fails as well: that is no stall."""
    breaker = Breaker(failures=5)
    for _ in range(5):
        together(breaker, 50, "failed")
    assert breaker.state == "open"


def test_a_success_begins_the_count_anew() -> None:
    """A lost packet now and then is no outage: four failures, a success, four failures."""
    breaker = Breaker(failures=5)
    call(breaker, *["failed"] * 4, "ok", *["failed"] * 4)
    assert breaker.state == "closed"


def test_slowness_opens_it(events: Events) -> None:
    """Half of the last twenty calls slow: as good as down. Slow calls alone are no failures."""
    breaker = Breaker(window=20, bad_share=0.5, observe=events)
    call(breaker, *["ok", "slow"] * 9, "ok")
    assert breaker.state == "closed"
    call(breaker, "slow")
    assert breaker.state == "open"
    assert events.seen[0][1]["because"] == "slowness"


def test_what_was_before_an_outage_is_forgotten_after_it() -> None:
    """Closed again: the slow calls of then do not count with the first slow one of now."""
    clock = Clock()
    breaker = Breaker(window=20, clock=clock)
    call(breaker, *["slow"] * 20)
    assert breaker.state == "open"
    clock.now_s += 5.0
    call(breaker, "ok", *["slow"] * 19)
    assert breaker.state == "closed"


def test_control_without_the_share_slowness_is_never_noticed() -> None:
    """The switch: a share that cannot be reached, and a server that is always slow stays in use."""
    breaker = Breaker(bad_share=2.0)
    call(breaker, *["slow"] * 100)
    assert breaker.state == "closed"


def test_every_other_call_failing_opens_it() -> None:
    """A half-dead server never fails five times in a row; the share finds it."""
    breaker = Breaker(window=20)
    call(breaker, *["ok", "failed"] * 10)
    assert breaker.state == "open"


def test_one_probe_among_fifty_callers() -> None:
    """The pause is over: one caller gets through, the others are refused until it is decided."""
    clock = Clock()
    breaker = opened(clock)
    clock.now_s += 1.0
    assert not breaker.refuses  # a look takes nothing
    permits = [breaker.enter() for _ in range(50)]
    assert [permit is not None for permit in permits] == [True] + [False] * 49
    assert breaker.state == "half_open"
    assert breaker.refuses
    assert permits[0] is not None
    breaker.leave(permits[0], "ok")
    assert breaker.state == "closed"
    assert None not in [breaker.enter() for _ in range(50)]


def test_control_a_breaker_without_half_open_lets_all_fifty_through() -> None:
    """The switch: closed as soon as the pause is over, fifty callers meet the dead server."""

    class NoHalfOpen(Breaker):
        def enter(self) -> int | None:
            if self.state == "open" and not self.refuses:
                self.state = "closed"
            return super().enter()

    clock = Clock()
    breaker = NoHalfOpen(clock=clock, rand=lambda: 0.0)
    call(breaker, *["failed"] * 5)
    clock.now_s += 1.0
    assert None not in [breaker.enter() for _ in range(50)]


@pytest.mark.parametrize("outcome", ["failed", "slow"])
def test_a_probe_that_fails_or_is_slow_opens_it_again(outcome: str, events: Events) -> None:
    """The server is no better: refused again, without five calls to find out."""
    clock = Clock()
    breaker = opened(clock, observe=events)
    clock.now_s += 1.0
    call(breaker, outcome)
    assert breaker.state == "open"
    assert breaker.refuses
    assert [event for event, _ in events.seen] == ["opened", "half_open", "opened"]
    assert events.seen[-1][1]["because"] == "probe"


def test_a_cancelled_probe_hands_over_to_the_next_caller() -> None:
    """Its caller hung up: nothing is decided, and the next one probes at once."""
    clock = Clock()
    breaker = opened(clock)
    clock.now_s += 1.0
    call(breaker, "cancelled", "cancelled", "ok")
    assert breaker.state == "closed"


def test_a_probe_that_is_never_decided_does_not_wedge_it() -> None:
    """A permit was lost: after a second another caller may probe; the lost one is void."""
    clock = Clock()
    breaker = opened(clock, probe_s=1.0)
    clock.now_s += 1.0
    lost = breaker.enter()
    clock.now_s += 0.9
    assert breaker.enter() is None
    clock.now_s += 0.1
    second = breaker.enter()
    assert lost is not None
    assert second is not None
    breaker.leave(lost, "failed")
    assert breaker.state == "half_open"
    breaker.leave(second, "ok")
    assert breaker.state == "closed"


def test_control_without_the_probes_limit_it_stays_open_for_ever() -> None:
    """The switch: a lost permit and no limit, and nobody is let through again."""
    clock = Clock()
    breaker = opened(clock, probe_s=float("inf"))
    clock.now_s += 1.0
    assert breaker.enter() is not None
    clock.now_s += 1_000_000
    assert breaker.enter() is None


def test_a_call_from_before_it_opened_decides_nothing() -> None:
    """Race, step 3: it was sent to the server of then, and the probe is about the one of now."""
    clock = Clock()
    breaker = Breaker(clock=clock, rand=lambda: 0.0)
    early = breaker.enter()
    call(breaker, *["failed"] * 5)
    clock.now_s += 1.0
    probe = breaker.enter()
    assert early is not None
    assert probe is not None
    breaker.leave(early, "ok")
    assert breaker.state == "half_open"
    breaker.leave(probe, "failed")
    assert breaker.state == "open"


def test_control_without_permits_an_old_answer_closes_it() -> None:
    """The switch: any call counts, and an answer from before the outage calls the outage over."""

    class AnyPermit(Breaker):
        def leave(self, permit: int, outcome: object, took_s: float = 0.0) -> None:
            super().leave(self._issued, outcome, took_s)  # type: ignore[arg-type]

    clock = Clock()
    breaker = AnyPermit(clock=clock, rand=lambda: 0.0)
    early = breaker.enter()
    assert early is not None
    call(breaker, *["failed"] * 5)
    clock.now_s += 1.0
    assert breaker.enter() is not None
    breaker.leave(early, "ok")
    assert breaker.state == "closed"


def pauses(rand: float, probes: int) -> list[float]:
    """Let an outage last; return for how long the breaker was open each time."""
    clock, events = Clock(), Events()
    breaker = Breaker(clock=clock, rand=lambda: rand, observe=events)
    call(breaker, *["failed"] * 5)
    for _ in range(probes):
        clock.now_s += 5.0
        call(breaker, "failed")
    return [float(str(said["for_s"])) for event, said in events.seen if event == "opened"]


def test_pauses_are_spread_and_grow() -> None:
    """Half a second at first, for a hiccup; five at most; always one half of it at random."""
    assert pauses(0.0, 5) == [0.5, 1.0, 2.0, 2.5, 2.5, 2.5]
    assert pauses(0.5, 5) == [0.75, 1.5, 3.0, 3.75, 3.75, 3.75]
    assert pauses(1.0, 5) == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0]
    assert pauses(1.0, 5_000)[-1] == 5.0  # an outage of hours overflows nothing


def test_a_relapse_goes_on_growing_and_a_long_health_starts_anew(events: Events) -> None:
    """Closed for less than the longest pause is no health."""
    clock = Clock()
    breaker = Breaker(clock=clock, rand=lambda: 1.0, observe=events)
    for healthy_s in (1.0, 60.0):
        call(breaker, *["failed"] * 5)
        clock.now_s += 5.0
        call(breaker, "ok")
        clock.now_s += healthy_s
    call(breaker, *["failed"] * 5)
    assert [said["for_s"] for event, said in events.seen if event == "opened"] == [1.0, 2.0, 1.0]


def test_in_doubt_a_call_gets_little_time() -> None:
    """After a failure 3 ms, or four times the usual; the full limit again after a success."""
    breaker = Breaker()
    assert breaker.limit_s(0.05) == 0.05
    call(breaker, "failed")
    assert breaker.limit_s(0.05) == 0.003
    call(breaker, "ok")
    assert breaker.limit_s(0.05) == 0.05


def test_a_far_server_gets_more_time_in_doubt() -> None:
    """Its answers take 20 ms: hurrying it would call it dead."""
    breaker = Breaker()
    for _ in range(100):
        permit = breaker.enter()
        assert permit is not None
        breaker.leave(permit, "ok", 0.01)
    call(breaker, "failed")
    assert breaker.limit_s(0.05) == pytest.approx(0.04, rel=0.01)


def test_one_answer_read_late_does_not_make_it_patient() -> None:
    """It took 40 ms because this process was busy; what the server usually takes is 1 ms."""
    breaker = Breaker()
    for took_s in (*[0.001] * 100, 0.04):
        permit = breaker.enter()
        assert permit is not None
        breaker.leave(permit, "ok", took_s)
    call(breaker, "failed")
    assert breaker.limit_s(0.05) < 0.015


def test_each_failed_probe_makes_the_next_more_patient() -> None:
    """A server that came back slower must get in; one that is gone costs little at first."""
    clock = Clock()
    breaker = opened(clock)
    limits = []
    for _ in range(4):
        clock.now_s += 5.0
        limits.append(breaker.limit_s(0.1))
        call(breaker, "failed")
    assert limits == pytest.approx([0.003, 0.012, 0.048, 0.1])
    clock.now_s += 5.0
    call(breaker, "ok", "failed")
    assert breaker.limit_s(0.1) == 0.003
