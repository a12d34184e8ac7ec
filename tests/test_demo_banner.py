"""What is said when the demo's service is up."""

from unittest.mock import patch

import pytest

from service.demo import running, staying
from service.demo.staying import CUT, FIRST_PORT, STRATEGIES, Stores, _what_next
from service.seeding import source_of

WIDTH = 100


def banner(port: int, *, are_ours: bool = True) -> str:
    """The words for a service on that port."""
    stores = Stores(
        "postgresql://corral@127.0.0.1:5432/corral_template",
        dict.fromkeys(STRATEGIES, "redis://127.0.0.1:6379/0"),
        are_ours=are_ours,
    )
    return _what_next(stores, port, "demo", "token")


def test_another_port_than_the_readmes_is_explained() -> None:
    """Its commands would ask somebody else's service."""
    assert "Port 8000 is taken by another program" in banner(8001)
    assert "taken" not in banner(FIRST_PORT)


def test_stores_that_were_cut_are_not_those_of_the_table() -> None:
    """Stores of somebody else are never cut."""
    assert all(line in banner(FIRST_PORT) for line in CUT)
    assert not any(line in banner(FIRST_PORT, are_ours=False) for line in CUT)


def test_no_line_is_wider_than_the_report() -> None:
    """But for the token, which is as long as it is."""
    assert [line for line in banner(8001).splitlines() if len(line) > WIDTH] == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, ".venv/bin/corral demo --quick"),
        ({"CORRAL_DEMO_COMMAND": "make demo QUICK=1"}, "make demo QUICK=1"),
    ],
)
def test_a_report_says_what_was_typed(typed: dict[str, str], said: str) -> None:
    """Ports and the pid of a run are gone when somebody wants to repeat it."""
    stores = Stores("postgresql://h/t", dict.fromkeys(STRATEGIES, "redis://h"), are_ours=True)
    source = source_of("small", None, None, directed=False)
    with (
        patch.dict("os.environ", typed),
        patch("sys.argv", ["/somewhere/corral", "demo", "--quick"]),
    ):
        command = running._before_after(stores, source, 1, is_quick=True)
    assert said == command[command.index("--command") + 1]
    assert staying.REPORTS.name in " ".join(command)
