"""Every app runs by the server that its side names, on one processor with all its threads."""

import os
import threading

import pytest

from loadtests.peers.contenders import CONTENDERS
from loadtests.peers.cores import place
from loadtests.peers.lab import Lab

GRANIAN = [one for one in CONTENDERS if one.server == "granian"]


def test_granian_runs_what_uvicorn_does() -> None:
    """Each of its sides has a twin that differs by the server alone, and both are warm only."""
    twins = {(one.module, one.variant) for one in CONTENDERS if one.server == "uvicorn"}
    assert {one.module for one in GRANIAN} == {"constant", "layered"}
    assert {(one.module, one.variant) for one in GRANIAN} <= twins
    assert all(one.only_warm and one.is_peer for one in GRANIAN)


def test_the_server_is_told_to_the_app(lab: Lab) -> None:
    """By its setup; a side of no server of its own has uvicorn."""
    lab.python, python = (lambda _: "python"), lab.python
    try:
        [said] = [lab._command(one, 1, 2, 0)[-1] for one in GRANIAN[:1]]
    finally:
        lab.python = python
    assert '"server": "granian"' in said


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux places processes")
def test_all_threads_of_a_process_are_placed() -> None:
    """A server whose HTTP has a thread of its own would have two processors else."""
    allowed = sorted(os.sched_getaffinity(0))
    ready, over, seen = threading.Event(), threading.Event(), []

    def other() -> None:
        ready.set()
        over.wait()
        seen.append(sorted(os.sched_getaffinity(0)))

    thread = threading.Thread(target=other)
    thread.start()
    ready.wait()
    try:
        place([os.getpid()], allowed[:1])
    finally:
        over.set()
        thread.join()
        place([os.getpid()], allowed)
    assert seen == [allowed[:1]]
