"""Plans of somebody's own: pieces changed by name, and objects from a Python file."""

import importlib.util
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from service import keys
from service.keys import KINDS, Kind
from service.patterns.ttl import fixed
from service.strategies import plan_named, slots
from service.strategies.ids_first import IdsFirstPages
from service.strategies.invalidation import has_outbox
from service.strategies.pieces import PIECES
from service.strategies.plan import Plan, Ttl
from service.strategies.uncached import UncachedPages

# Their lives are no plan's: what is kept by steps, or is on its way to the database.
KEPT_OTHERWISE = {keys.TIMELINE, keys.RANKING, keys.VIEWED, keys.VIEWS}
LIVES: Mapping[str, str] = {
    f"{name}_s": kind.name
    for kind in KINDS.values()
    if kind not in KEPT_OTHERWISE
    for name in ((kind.name, f"{kind.name}_fresh") if kind.fresh_s else (kind.name,))
}


def plan_of(strategy: str, file: str | None, changes: Iterable[str]) -> Plan:
    """The plan of a strategy or of a file, with the changes made in turn. Raises ValueError."""
    plan = known = plan_named(strategy) if file is None else loaded(file)
    for change in changes:
        plan = with_change(plan, change)
    if file is not None or plan is not known:
        check(plan)
    return plan


def check(plan: Plan) -> None:
    """Raise ValueError for pieces that do not go together."""
    if plan.entries is IdsFirstPages and not has_outbox(plan.invalidation):
        raise ValueError(
            "entries=ids_first push posts to home feeds from the outbox: choose an invalidation "
            "that has one (inside_transaction_and_outbox, after_commit_and_outbox)"
        )
    if plan.entries is UncachedPages and plan.shared is not slots.empty:
        raise ValueError("entries=uncached drop nothing, so nothing may be kept: add shared=empty")


def with_change(plan: Plan, change: str) -> Plan:
    """`shared=polling_lock` or `ttl.feed_s=60`. Raises ValueError."""
    field, separator, piece = (part.strip() for part in change.partition("="))
    if not separator:
        raise ValueError(f"{change!r} says no change: write FIELD=PIECE, as in shared=polling_lock")
    name = f"{plan.name}, {field}={piece}"
    if field.startswith("ttl."):
        life = field.removeprefix("ttl.")
        return replace(plan, name=name, ttl=_with_life(plan.ttl, life, piece))
    pieces = PIECES.get(field)
    if pieces is None:
        raise ValueError(f"there is no field {field!r} in a plan{_choice(field, PIECES)}")
    if piece not in pieces:
        raise ValueError(f"there is no piece {piece!r} for {field}{_choice(piece, pieces)}")
    return replace(plan, name=name, **{field: pieces[piece]})


@dataclass(frozen=True, slots=True)
class OneLife:
    """A rule of lives, but for one kind of entry, or for the soft life of one."""

    rule: Callable[[Kind], Ttl]
    of: str
    life_s: float

    def __call__(self, kind: Kind) -> Ttl:
        """The rule's, made with this life: with its jitter, if it has any."""
        if kind.name != self.of:
            return self.rule(kind)
        made = self.rule(replace(kind, ttl_s=self.life_s))
        return fixed(self.life_s) if made(()) is None else made


def _with_life(rule: Callable[[Kind], Ttl], life: str, given: str) -> OneLife:
    if life not in LIVES:
        raise ValueError(f"there is no life {life!r} in the plan's ttl{_choice(life, LIVES)}")
    try:
        life_s = float(given)
    except ValueError:
        life_s = 0.0
    if not keys.LEAST_TTL_S <= life_s <= keys.MOST_TTL_S:
        raise ValueError(
            f"ttl.{life} is a number of seconds from {keys.LEAST_TTL_S} to {keys.MOST_TTL_S:.0f}, "
            f"not {given!r}"
        )
    return OneLife(rule, life.removesuffix("_s"), life_s)


def loaded(file: str) -> Plan:
    """The plan that a Python file has under a name, `FILE:NAME`. Raises ValueError."""
    path, _, name = file.rpartition(":")
    if not path or not name:
        raise ValueError(f"{file!r} names no plan: write FILE:NAME, as in mine.py:PLAN")
    found = _names_in(Path(path))
    plan = found.get(name)
    if isinstance(plan, Plan):
        return replace(plan, name=f"{Path(path).name}:{name}")
    plans = [each for each, value in found.items() if isinstance(value, Plan)]
    what = "is no Plan" if name in found else "is not there"
    those = f"; its plans are {', '.join(plans)}" if plans else "; it has none"
    raise ValueError(f"{name} {what} in {path}{those}")


def _names_in(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    spec = importlib.util.spec_from_file_location("corral_plan_of_somebody", path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} is no Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # as an import does: dataclasses look their module up there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ValueError(f"{path} cannot be run: {type(error).__name__}: {error}") from error
    return vars(module)


def _choice(wrong: str, right: Iterable[str]) -> str:
    near = get_close_matches(wrong, right, n=1)
    meant = f" (is {near[0]} meant?)" if near else ""
    return f"{meant}; choose from {', '.join(right)}"
