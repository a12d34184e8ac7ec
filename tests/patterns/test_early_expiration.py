"""Early expiration: the chance of a refresh is the promised one, and nothing breaks at its ends."""

import math
import random
from collections.abc import Callable
from typing import NamedTuple

import pytest

from service.patterns.early_expiration import EarlyExpiration

SEED = 20150831
LIFE_S = 60.0
LOAD_S = 0.5
DRAWS = 4_000
# 30 degrees of freedom: a right distribution is above it once in a thousand seeds.
CHI_SQUARE_30_999 = 59.7

Due = Callable[["Value", float], bool]


class Value(NamedTuple):
    """A stand-in for the envelope of a lease."""

    written_at_s: float = 0.0
    fresh_until_s: float = LIFE_S
    load_s: float = LOAD_S


class OffByOneSide:
    """A mutant seen in the wild: the lot is drawn from the other tail (63 % at one load time)."""

    def __init__(self, rand: Callable[[], float]) -> None:
        self._rand = rand

    def __call__(self, envelope: Value, now_s: float) -> bool:
        """Draw."""
        left_s = envelope.fresh_until_s - now_s
        return self._rand() < 1 - math.exp(-left_s / envelope.load_s)


def textbook(rand: Callable[[], float]) -> Due:
    """Write XFetch as papers print it: the logarithm of a bare random number, and no cap."""
    return lambda value, now_s: (
        now_s - value.load_s * math.log(rand()) >= value.fresh_until_s  # rand() may be 0
    )


def chi_square(due: Due, beta: float) -> float:
    """Sum how far the hits at 30 moments lie from what e^(-t / (beta * delta)) lets expect."""
    total = 0.0
    for step in range(1, 31):
        left_s = step * 0.1 * beta * LOAD_S  # from 0.1 to 3 load times before the expiry
        expected = math.exp(-left_s / (beta * LOAD_S))
        hits = sum(due(Value(), LIFE_S - left_s) for _ in range(DRAWS))
        total += (hits - DRAWS * expected) ** 2 / (DRAWS * expected * (1 - expected))
    return total


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
async def test_the_chance_of_a_refresh_is_the_promised_one(beta: float) -> None:
    """At t seconds before expiry a read refreshes with chance e^(-t / (beta * delta))."""
    due = EarlyExpiration(beta, rand=random.Random(SEED).random)
    assert chi_square(due, beta) < CHI_SQUARE_30_999


@pytest.mark.parametrize(
    "wrong",
    [
        OffByOneSide(random.Random(SEED).random),
        EarlyExpiration(1.05, rand=random.Random(SEED).random),
        lambda value, now_s: now_s >= value.fresh_until_s,  # the plain soft expiry
    ],
)
async def test_control_the_measure_sees_a_wrong_chance(wrong: Due) -> None:
    """The switch: the other tail, a beta 5 % off, and no early expiration all fail the measure."""
    assert chi_square(wrong, 1.0) > 2 * CHI_SQUARE_30_999


def share_that_expires(due: Due, reads_a_second: float) -> float:
    """Play 4,000 lives under random reads; count those in which nobody refreshed in time."""
    reads = random.Random(SEED + 1)  # not the seed of the lots: equal streams would be in step
    expired = 0
    for _ in range(DRAWS):
        now_s = LIFE_S - 12 * LOAD_S  # before that the chance is below e^-12
        while (now_s := now_s + reads.expovariate(reads_a_second)) < LIFE_S:
            if due(Value(), now_s):
                break
        else:
            expired += 1
    return expired / DRAWS


@pytest.mark.parametrize("busy", [0.5, 2.0, 5.0])
async def test_a_value_expires_unrefreshed_as_rarely_as_predicted(busy: float) -> None:
    """With r reads a second nobody is early in a share e^(-r * beta * delta) of all lives."""
    due = EarlyExpiration(rand=random.Random(SEED).random)
    expected = math.exp(-busy)
    tolerance = 4 * math.sqrt(expected * (1 - expected) / DRAWS)
    assert share_that_expires(due, busy / LOAD_S) == pytest.approx(expected, abs=tolerance)


async def test_control_a_plain_expiry_is_always_met() -> None:
    """The switch: without the lots every life ends in a miss for whoever reads next."""
    assert share_that_expires(lambda value, now_s: now_s >= value.fresh_until_s, 10.0) == 1.0


async def test_the_least_lot_is_never_early_and_breaks_nothing() -> None:
    """rand() == 0 is the logarithm of 1: due at the expiry, not a moment before."""
    due = EarlyExpiration(rand=lambda: 0.0)
    assert due(Value(), math.nextafter(LIFE_S, 0)) is False
    assert due(Value(), LIFE_S) is True


@pytest.mark.parametrize("rand", [1.0 - 2**-53, 1.0])
async def test_the_greatest_lot_is_bounded(rand: float) -> None:
    """rand() at its upper end is 37 load times and no error, also if a source hands out 1."""
    due = EarlyExpiration(rand=lambda: rand)
    assert due(Value(), LIFE_S - 36 * LOAD_S) is True
    assert due(Value(), LIFE_S - 37 * LOAD_S) is False


async def test_control_the_textbook_formula_breaks_at_zero() -> None:
    """The switch: the logarithm of a bare rand() raises on a hit, once in 2^53 reads."""
    with pytest.raises(ValueError, match=r"log|domain|positive"):
        textbook(lambda: 0.0)(Value(), LIFE_S - 1)


async def test_the_lead_is_capped() -> None:
    """Whatever the lot and the load time, no refresh before half of the soft life."""
    slow = Value(load_s=10 * LIFE_S)
    due = EarlyExpiration(rand=lambda: 0.999)
    assert due(slow, LIFE_S / 2 - 0.001) is False
    assert due(slow, LIFE_S / 2 + 0.001) is True
    assert EarlyExpiration(most_share=0.1, rand=lambda: 0.999)(slow, 0.89 * LIFE_S) is False


async def test_control_without_the_cap_a_slow_load_is_repeated_at_once() -> None:
    """The switch: a value whose load takes as long as its life is due as soon as it is stored."""
    slow = Value(load_s=LIFE_S)
    lots = random.Random(SEED).random
    assert any(textbook(lots)(slow, 0.001) for _ in range(10))
    due = EarlyExpiration(rand=random.Random(SEED).random)
    assert not any(due(slow, 0.001) for _ in range(10))


async def test_an_expired_value_is_always_due() -> None:
    """After the soft expiry no lot is drawn, however cheap the load was."""
    due = EarlyExpiration(rand=lambda: pytest.fail("no lot is needed"))
    assert due(Value(load_s=0.0), LIFE_S) is True
    assert due(Value(), LIFE_S + 1) is True


async def test_a_load_that_took_no_time_is_never_early() -> None:
    """There is nothing to gain by leading a load of 0 ms."""
    due = EarlyExpiration(rand=lambda: 0.999)
    assert due(Value(load_s=0.0), math.nextafter(LIFE_S, 0)) is False


@pytest.mark.parametrize(("beta", "most_share"), [(0.0, 0.5), (-1.0, 0.5), (1.0, 0.0), (1.0, 1.1)])
async def test_a_senseless_setting_is_refused(beta: float, most_share: float) -> None:
    """Said at start-up, not by a refresh that never comes."""
    with pytest.raises(ValueError, match=r"beta|most_share"):
        EarlyExpiration(beta, most_share=most_share)
