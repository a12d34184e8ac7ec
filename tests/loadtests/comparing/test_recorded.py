"""What a run records of its subjects, so that two runs of equal names can be told apart."""

from hashlib import sha256
from pathlib import Path

from loadtests.trials.offer import own_plan


def test_the_text_of_an_own_plan_is_recorded(tmp_path: Path) -> None:
    """By its digest, which another text does not have; a plan of the service has none."""
    file = tmp_path / "mine.py"
    file.write_text("PLAN = 1\n")
    words = own_plan(f"{file}:PLAN").words()
    assert words["plan_sha256"] == sha256(b"PLAN = 1\n").hexdigest()
    assert words["settings"] == {"CORRAL_PLAN": f"{file.resolve()}:PLAN"}
    file.write_text("PLAN = 2\n")
    assert own_plan(f"{file}:PLAN").words()["plan_sha256"] != words["plan_sha256"]
