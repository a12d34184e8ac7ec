"""A run at the rates of another, so that both can be compared."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from loadtests.commands.rates import given_rates, rate_options
from loadtests.errors import LoadTestError
from loadtests.trials.course import Course
from tests.loadtests.comparing.made_up import run

RATES = {"low": 31.0, "high": 170.0, "rule": "low: half of naive's knee"}


def asked(tmp_path: Path, *words: str, **other: Any) -> argparse.Namespace:
    """Options, with a result in `before.json`."""
    before = run({"p99_ms": (1.0,)}, **{"rates": RATES, **other})
    (tmp_path / "before.json").write_text(json.dumps(before))
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    rate_options(parser)
    return parser.parse_args([*words])


def test_the_rates_of_another_run_are_taken_and_named(tmp_path: Path) -> None:
    """Both, with the run that they were found in; nothing is found again."""
    rates = given_rates(asked(tmp_path, "--rates-from", str(tmp_path / "before.json")))
    assert rates is not None
    assert (rates["low"], rates["high"]) == (31.0, 170.0)
    said = "those of the run of 2026-11-23T12:00:00+00:00; low: half of naive's knee"
    assert rates["rule"] == said
    course = Course("run", [], [], 5, 1, False, "", given_rates=rates)
    assert not course.calibrates


def test_one_rate_is_both_and_none_is_found(tmp_path: Path) -> None:
    """`--rate`, and neither."""
    assert given_rates(asked(tmp_path, "--rate", "50")) == {"low": 50, "high": 50, "rule": "given"}
    assert given_rates(asked(tmp_path)) is None


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"rates": {"low": 0.0, "high": 0.0, "rule": "none"}}, "has no rates"),
        ({"seed": 2}, "give --seed 2 as well"),
    ],
)
def test_rates_that_do_not_fit_are_refused(
    other: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """Before anything is started, with what to do."""
    options = asked(tmp_path, "--rates-from", str(tmp_path / "before.json"), **other)
    with pytest.raises(LoadTestError, match=said):
        given_rates(options)
