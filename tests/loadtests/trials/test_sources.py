"""A figure whose source is out of reach is absent, with the reason."""

from loadtests.trials.figures import FIGURES
from loadtests.trials.outside import Outside
from loadtests.trials.scenario import Seen
from loadtests.trials.sources import NEEDS, leave_out_unknown


def test_every_figure_that_needs_a_source_exists() -> None:
    """A misspelt one would be shown as if it were known."""
    assert set(NEEDS) <= set(FIGURES)


def test_only_what_needs_a_missing_source_is_left_out() -> None:
    """Latency needs none."""
    seen = Seen(figures={"p99_ms": 1.0, "sql_per_request": 0.0, "keys": 0.0})
    leave_out_unknown(seen, {"statements": "nobody counts"})
    assert seen.figures == {"p99_ms": 1.0, "keys": 0.0}
    assert seen.unknown == {"sql_per_request": "nobody counts"}


def test_what_a_service_elsewhere_must_offer_for_which_column() -> None:
    """The table of docs/load-tests.md."""
    hosts = ["127.0.0.1:8000"]
    told = {"counters", "loads", "statements"}
    alone = {"counters", "loads", "statements", "commands", "memory", "keys"}
    assert set(Outside(hosts).missing) == alone
    assert set(Outside(hosts, admin_token="t").missing) == alone - told
    assert set(Outside(hosts, database_url="p").missing) == alone - {"statements"}
    assert set(Outside(hosts, redis_url="r").missing) == alone - {"commands"}


def test_loads_of_an_older_service_are_unknown() -> None:
    """It does not tell what is under way, so a load may be of another phase; the rest is known."""
    older = Outside(["127.0.0.1:8000"], admin_token="t", tells_under_way=False)
    assert {"loads", "commands", "memory", "keys"} == set(older.missing)
    seen = Seen(figures={"post_loads": 3.0, "cpu_ms_per_request": 1.0})
    leave_out_unknown(seen, older.missing)
    assert {"cpu_ms_per_request": 1.0} == seen.figures
    assert "does not tell what is under way" in seen.unknown["post_loads"]
