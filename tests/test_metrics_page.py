"""docs/metrics.md and the text at /metrics are what the code says, whatever comes in."""

import random
import re

from service.keys import KINDS
from service.observing.reference import COST_WEIGHTED_RATE, HIT_RATE, PAGE, page
from service.patterns.metering import Metering

EVENTS = (
    "hit", "stale", "negative", "miss", "bypass", "error", "coalesced", "waited", "refresh", "load",
    "load_failed", "unguarded_load", "refused_fill", "evicted", "of no pattern",
)  # fmt: skip
# 34 kinds of entries, each some ninety lines; a further label must be somebody's decision.
MOST_LINES = 3500


def test_the_page_is_made_from_the_code() -> None:
    """`python -m service.observing.reference` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_traffic_adds_no_line() -> None:
    """Whatever keys, values and events come, the series are those from the start."""
    rand = random.Random(6)
    metering = Metering(list(KINDS))
    before = [line.rpartition(" ")[0] for line in metering.text().splitlines()]
    for _ in range(5000):
        cache, key = rand.choice(list(KINDS)), rand.randbytes(8).hex()
        details = {"key": key, "value": key, "late_s": rand.random(), "after_s": rand.random()}
        metering.layer(cache, rand.choice(["l1", "l2"]))(rand.choice(EVENTS), **details)
        coding = metering.coding(cache)
        coding.decoding(bytes.decode)(coding.encoding(str.encode)(key * rand.randrange(9)))
        with metering.loading(cache, key):
            pass
    text = metering.text()
    assert [line.rpartition(" ")[0] for line in text.splitlines()] == before
    assert len(before) < MOST_LINES


def test_formulas_name_metrics_that_there_are() -> None:
    """A rate of what nobody counts is empty, and looks like no traffic."""
    lines = Metering(list(KINDS)).text().splitlines()
    names = {line.partition("{")[0] for line in lines if not line.startswith("#")}
    asked = set(re.findall(r"cache_\w+", HIT_RATE + COST_WEIGHTED_RATE))
    assert asked == {"cache_requests_total", "cache_loads_total", "cache_load_seconds_sum"}
    assert asked <= names
