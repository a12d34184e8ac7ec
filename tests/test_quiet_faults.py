"""A fault that every request meets is shown once a minute."""

import logging

import pytest
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from service.serving.quiet_faults import QUIET_S, QuietFaults


class Clock:
    """Time that is told."""

    now_s = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


def record_of(error: Exception) -> logging.LogRecord:
    """What a server logs of it."""
    fault = (type(error), error, None)
    return logging.LogRecord("uvicorn.error", logging.ERROR, "", 1, "Exception", None, fault)


@pytest.mark.parametrize("error", [KeyError("x"), RedisConnectionError("refused")])
def test_equal_faults_are_shown_once_a_minute(error: Exception) -> None:
    """Without the filter each would be."""
    clock = Clock()
    shown = QuietFaults(clock=clock)
    assert [shown.filter(record_of(error)) for _ in range(3)] == [True, False, False]
    clock.now_s = QUIET_S
    assert shown.filter(record_of(error))


@pytest.mark.parametrize("error", [ResponseError("WRONGTYPE"), AuthenticationError("NOAUTH")])
def test_what_redis_answers_is_no_outage(error: RedisError) -> None:
    """It keeps its traceback, and neither it nor an outage keeps the other quiet."""
    shown, answered = QuietFaults(clock=Clock()), record_of(error)
    away = record_of(RedisConnectionError("refused"))
    assert [shown.filter(each) for each in (answered, away)] == [True, True]
    assert answered.exc_info is not None
    assert away.exc_info is None


def test_another_fault_and_another_word_are_shown() -> None:
    """Only what repeats is kept quiet."""
    shown = QuietFaults(clock=Clock())
    assert shown.filter(record_of(KeyError("x")))
    assert shown.filter(record_of(ValueError("x")))
    word = logging.LogRecord("uvicorn.error", logging.WARNING, "", 1, "a word", None, None)
    assert [shown.filter(word) for _ in range(2)] == [True, True]


def test_redis_away_is_one_line() -> None:
    """Where it was missed says nothing; that it is away says all. Others keep their traceback."""
    away, other = record_of(RedisConnectionError("refused")), record_of(KeyError("x"))
    shown = QuietFaults(clock=Clock())
    shown.filter(away)
    shown.filter(other)
    assert away.exc_info is None
    assert away.getMessage() == (
        "Redis is away, and this strategy does not do without it (refused)"
    )
    assert other.exc_info is not None
