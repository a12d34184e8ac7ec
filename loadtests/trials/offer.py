"""What can be compared: every plan that the service knows, and plans of the user's own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any

from loadtests.errors import LoadTestError
from loadtests.processes import output_of
from loadtests.services import CORRAL
from loadtests.trials.subject import Subject

NO_CACHE = "no_cache"
LIVES = "ttl."  # its fields are the lives of kinds of entries, in seconds


@dataclass(frozen=True)
class Offer:
    """Every plan by name; the ladder's rungs in order; the pieces that fit a field."""

    plans: Mapping[str, Subject]
    ladder: Sequence[str]
    mistakes: Sequence[str]
    pieces: Mapping[str, Sequence[str]]

    def subject(self, name: str) -> Subject:
        """The plan of that name. Raises LoadTestError with those that there are."""
        if name not in self.plans:
            raise LoadTestError(f"There is no strategy {name!r}{choice(name, self.plans)}.")
        return self.plans[name]

    def subjects(self, names: Sequence[str]) -> list[Subject]:
        """The plans of these names."""
        return [self.subject(name) for name in names]

    def changed(self, base: Subject, text: str) -> Subject:
        """`base` with `FIELD=PIECE,FIELD=PIECE`. Raises LoadTestError for what does not fit."""
        changes = dict(self._change(part) for part in text.replace(",", " ").split())
        if not changes:
            raise LoadTestError("--set needs FIELD=PIECE, as in --set near=nothing_near.")
        said = ",".join(f"{field}={piece}" for field, piece in changes.items())
        given = {**base.settings, "CORRAL_SET": said}
        return Subject(
            f"{base.name},{said}",
            f"{base.name} with {said}",
            given,
            base=base.name,
            changes=changes,
            plan_sha256=base.plan_sha256,
        )

    def _change(self, text: str) -> tuple[str, str]:
        field, separator, piece = text.partition("=")
        if not separator or not piece:
            raise LoadTestError(f"{text!r} says no change: write FIELD=PIECE.")
        if field.startswith(LIVES):
            if not piece.replace(".", "", 1).isdigit():
                raise LoadTestError(f"{field} is a number of seconds, not {piece!r}.")
            return field, piece
        if field not in self.pieces:
            raise LoadTestError(f"A plan has no field {field!r}{choice(field, self.pieces)}.")
        if piece not in self.pieces[field]:
            there = choice(piece, self.pieces[field])
            raise LoadTestError(f"There is no piece {piece!r} for {field}{there}.")
        return field, piece


def choice(wrong: str, right: Mapping[str, object] | Sequence[str]) -> str:
    """What may have been meant, and all that there is."""
    near = get_close_matches(wrong, list(right), n=1)
    meant = f" (is {near[0]} meant?)" if near else ""
    return f"{meant}; choose from {', '.join(right)}"


def own_plan(text: str) -> Subject:
    """The plan that a Python file holds, `FILE:NAME`. Raises LoadTestError without one."""
    file, _, name = text.rpartition(":")
    if not file or not name:
        raise LoadTestError(f"{text!r} names no plan: write FILE:NAME, as in mine.py:PLAN.")
    path = Path(file)
    if not path.is_file():
        raise LoadTestError(f"There is no file {path}.")
    given = {"CORRAL_PLAN": f"{path.resolve()}:{name}"}
    digest = sha256(path.read_bytes()).hexdigest()
    return Subject(f"{path.stem}:{name}", f"{name} of {path.name}", given, plan_sha256=digest)


async def offered(env: Mapping[str, str]) -> Offer:
    """Ask `corral strategies` what there is."""
    said = json.loads(await output_of([*CORRAL, "strategies", "--json"], env=env))
    plans = {plan["name"]: _subject(plan) for plan in said["strategies"]}
    mistakes = [plan["name"] for plan in said["strategies"] if plan["kind"] == "mistake"]
    return Offer(plans, said["ladder"], mistakes, said["pieces"])


def _subject(plan: Mapping[str, Any]) -> Subject:
    return Subject(
        plan["name"],
        plan["summary"],
        {"CORRAL_STRATEGY": plan["name"]},
        base=plan["since"],
        changes=plan["changed"],
        symptom=plan["symptom"] or "",
        scenario=plan["scenario"] or "",
    )


def with_no_cache(subjects: Sequence[Subject], offer: Offer) -> list[Subject]:
    """The same, each once, and `no_cache` beside them: a cache that does not pay is seen so.

    Raises LoadTestError where two would share a database.
    """
    wanted = [*subjects]
    if NO_CACHE not in {one.name for one in wanted}:
        wanted.insert(0, offer.subject(NO_CACHE))
    by_slug: dict[str, Subject] = {}
    for one in wanted:
        other = by_slug.setdefault(one.slug, one)
        if other.name != one.name:
            raise LoadTestError(f"{other.name} and {one.name} are too alike in name: rename one.")
    return list(by_slug.values())
