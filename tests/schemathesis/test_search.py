"""Whatever schemathesis sends, the service answers as its document says: no 5xx, no broken schema.

The long form, three minutes on a seed of its own, is part of `make proof`. A seed that found
something is added to `seeds.txt`, and is searched again from then on.
"""

import os
import random
import re
from pathlib import Path

import pytest
from schemathesis.core.failures import Failure
from schemathesis.failure_codes import FAILURE_CLASSES

from service.http import document
from tests.clients import Client
from tests.schemathesis.conftest import Search
from tests.schemathesis.planted import FAULTS, planted

IS_PROOF = os.environ.get("CORRAL_PROOF") == "1"
NOTED = Path(__file__).with_name("seeds.txt").read_text(encoding="utf-8").splitlines()
SEEDS = [int(line.split()[0]) for line in NOTED if not line.startswith("#")]
SHORT = ("--phases", "examples,fuzzing,stateful", "--no-shrink", "--max-examples")
LONG_S = 180  # for all seeds together
CODE = re.compile(r"^- (ST\d+)", re.MULTILINE)


async def test_a_short_search_finds_nothing(run: Search) -> None:
    """Every operation a few times, rightly and wrongly, and what leads from one to another."""
    found = await run(SEEDS[0], *SHORT, "3")
    if not found.is_clean:
        pytest.fail(found.said, pytrace=False)


@pytest.mark.skipif(not IS_PROOF, reason="takes three minutes; CORRAL_PROOF=1 runs it")
@pytest.mark.parametrize("seed", [*SEEDS[1:], random.randrange(1_000_000)])
async def test_a_long_search_finds_nothing(run: Search, seed: int) -> None:
    """Each limit of the document from both sides, then new requests until time is up."""
    found = await run(seed, "--max-time", str(LONG_S // len(SEEDS)))
    if not found.is_clean:
        pytest.fail(f"add {seed} to seeds.txt\n{found.said}", pytrace=False)


async def test_planted_faults_are_found(
    searched: tuple[Client, str], run: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search can fail, and says which check did.

    Without its completion the document claims that optional tokens are needed: one fault more.
    """
    client, _ = searched
    monkeypatch.setattr(document, "_secure", lambda _operation, _called: None)
    for fault in FAULTS:
        client.app.include_router(planted(fault))
    found = await run(1, *SHORT, "12", "--include-path-regex", "^/v1/(planted|trending/posts$)")
    assert not found.is_clean
    for fault in FAULTS:
        assert faults_of(found.said, f"/v1/planted-{fault.lower()}") >= {code_of(fault)}, found.said
    assert faults_of(found.said, "/v1/trending/posts") == {code_of("IgnoredAuth")}, found.said


def faults_of(said: str, path: str) -> set[str]:
    """The codes of what was found at a path."""
    parts = re.split(r"^_+ .+ _+$", said, flags=re.MULTILINE)[1:]
    return {code for text in parts if path in text for code in CODE.findall(text)}


def code_of(name: str) -> str:
    """What schemathesis prints for a kind of failure."""
    [found] = [kind for kind in FAILURE_CLASSES if kind.__name__ == name]
    assert issubclass(found, Failure)
    return str(found.code)
