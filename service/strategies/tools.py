"""What the pieces of a strategy are built with: one of each per process."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar, runtime_checkable

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.errors import Invalid
from service.feed.ports import Deletable
from service.feed.reputation import Points
from service.keys import LEAST_TTL_S, Kind, NoEntry, parse_entry
from service.observing.metrics import Observer
from service.patterns.auto_batch import AutoBatch
from service.patterns.bulkhead import Bulkhead
from service.patterns.fail_open import Breaker
from service.patterns.lease import Lease, Wake
from service.patterns.metering import Metering
from service.patterns.near_cache import Push
from service.strategies.codecs import Codec
from service.strategies.layers import Layer
from service.strategies.plan import Plan, Ttl
from service.strategies.stack import Loading, Stack, unknown, unmeasured


@runtime_checkable
class Closes(Protocol):
    """A layer with tasks of its own."""

    async def aclose(self) -> None:
        """End them."""


C = TypeVar("C", bound=Closes)
Drop = Callable[[int | str], Awaitable[None]]


Observe = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a layer is to stand: one slot in the stack of one kind of entry."""

    kind: Kind
    codec: Codec[Any]
    ttl: Ttl
    tools: "Tools"

    def stored(self) -> Codec[Any]:
        """The codec for what goes to the shared cache and comes from there: it is measured."""
        return self.tools.measured(self.kind, self.codec)

    def observe(self, layer: str) -> Observe:
        """Whoever hears what a layer (`l1`, `l2`) reports: the observer and the plan's metering."""
        return self.tools.heard(self.kind, layer)


@dataclass(slots=True)
class Tools:
    """The process's connections, and the stacks made so far."""

    plan: Plan
    engine: AsyncEngine
    redis: Redis
    wake: Wake
    push: Push
    batch: AutoBatch
    bulkhead: Bulkhead
    named: Bulkhead  # for loads of what strangers name at will: a part of the other
    observer: Observer
    now: Callable[[], datetime]
    ttl_scale: float
    points: Points
    breaker: Breaker
    metering: Metering | None
    push_below: int  # posts of authors with more followers are pulled
    # Where the entry of a thing says as well that it was deleted, who holds it answers for it.
    tells_deleted: dict[Deletable, Callable[[int], Awaitable[bool | None]]] = field(
        default_factory=dict
    )
    _holders: dict[Kind, list[Drop]] = field(default_factory=lambda: defaultdict(list))
    _owned: list[Closes] = field(default_factory=list)

    def ttl(self, kind: Kind) -> Ttl:
        """The plan's TTL for a kind of entry, in this process's time scale."""
        return self.scaled(self.plan.ttl(kind))

    def expires(self, kind: Kind) -> bool:
        """Whether what is kept of a kind ends by time."""
        return self.plan.ttl(kind)(()) is not None

    def scaled(self, rule: Ttl) -> Ttl:
        """Divide a TTL by the setting, so that a day of expiry passes in minutes."""

        def scaled(value: Any) -> float | None:
            ttl_s = rule(value)
            return None if ttl_s is None else max(LEAST_TTL_S, ttl_s / self.ttl_scale)

        return rule if self.ttl_scale == 1 else scaled

    def site(self, kind: Kind, holds: Any) -> Site:
        """Where layers are to stand for entries of one kind, whose values are `holds`."""
        return Site(kind, self.plan.codec(holds), self.ttl(kind), self)

    def stack(self, kind: Kind, holds: Any) -> Stack[Any]:
        """Stack the plan's layers for entries of one kind, whose values are `holds`."""
        site = self.site(kind, holds)
        return self.stacked(site, shared=self.plan.shared(site), flight=self.plan.flight(site))

    def stacked(self, site: Site, *, shared: Layer[Any], flight: Layer[Any]) -> Stack[Any]:
        """Stack these two with what the plan puts around them."""
        plan = self.plan
        near = plan.near(site, shared)
        stack: Stack[Any] = Stack(
            kind=site.kind,
            near=near,
            flight=flight,
            shared=plan.on_error.wrap(site, shared),
            limit=plan.limit(site),
            absence=plan.absence,
            observer=self.observer,
            loading=self._loading(site.kind),
            fresh_for_s=shared.fresh_for_s if isinstance(shared, Lease) else unknown,
        )
        self._owned += [layer for layer in (shared, flight, near) if isinstance(layer, Closes)]
        self.holds(site.kind, stack.invalidate)
        return stack

    def flight(self, kind: Kind) -> Layer[Any]:
        """The plan's flight without a stack: for what nobody keeps, and many ask for at once."""
        flight = self.plan.flight(self.site(kind, object))
        if isinstance(flight, Closes):
            self._owned.append(flight)
        return flight

    def heard(self, kind: Kind, layer: str) -> Observe:
        """What hears the events of one layer: the observer, and the plan's metering if any."""
        if self.metering is None or layer not in self.metering.layers:
            return self.observer.event
        metered = self.metering.layer(kind.name, layer, is_absent=lambda value: value is None)
        return _both(self.observer, metered)

    def measured(self, kind: Kind, codec: Codec[Any]) -> Codec[Any]:
        """The codec of a shared cache, timed and weighed if anything is counted."""
        if self.metering is None:
            return codec
        coding = self.metering.coding(kind.name)
        return Codec(coding.encoding(codec.encode), coding.decoding(codec.decode))

    def _loading(self, kind: Kind) -> Loading:
        return unmeasured if self.metering is None else partial(self.metering.loading, kind.name)

    def holds(self, kind: Kind, drop: Drop) -> None:
        """Call `drop` as well when an entry of this kind is expired: its data lies there, too."""
        self._holders[kind].append(drop)

    def owned(self, made: C) -> C:
        """Close it when the process ends."""
        self._owned.append(made)
        return made

    async def aclose(self) -> None:
        """End what was started in the background, outermost first."""
        for made in reversed(self._owned):
            await made.aclose()
        await self.batch.aclose()

    async def expire(self, name: str) -> None:
        """Drop one logical entry, such as `top:day`, everywhere. Raises Invalid."""
        try:
            kind, entry = parse_entry(name)
            if self.metering is not None:
                self.metering.invalidated(kind.name, "manual")
            for drop in self._holders[kind]:
                await drop(entry)
        except NoEntry as error:
            raise Invalid(str(error)) from None


def _both(observer: Observer, metered: Observe) -> Observe:
    def both(event: str, **details: Any) -> None:
        # A list of twenty is fifty hits, and hits are nothing to the observer.
        if event in observer.events:
            observer.event(event, **details)
        metered(event, **details)

    return both
