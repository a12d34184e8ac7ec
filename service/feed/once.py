"""Do something once, however often it is asked for.

The claim of a key, the effect and the answer are one transaction: a client whose connection broke
cannot know whether there was a commit, and need not. What failed left nothing, so it may be tried
again under the same key.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from service.feed.claims import Answered, Claim
from service.feed.errors import Invalid
from service.feed.ports import UnitOfWork, Writes


async def do_once(
    claim: Claim, do: Callable[[UnitOfWork], Awaitable[Answered]], *, uow: UnitOfWork
) -> tuple[Answered, bool]:
    """What `do` answers, or did before, and which of both. Raises Invalid, InProgress."""
    async with AsyncExitStack() as transaction:
        claiming = _Claiming(claim, uow, transaction)
        try:
            answered = await do(claiming)
        except _DoneBefore as done:
            return done.answered, True
        assert claiming.writes is not None, "what writes nothing needs no key"
        await claiming.writes.keep(claim, answered)
    return answered, False


class _DoneBefore(Exception):
    """Leaves the use case, which has nothing to do."""

    def __init__(self, answered: Answered) -> None:
        super().__init__()
        self.answered = answered


class _Claiming:
    """A unit of work that claims a key as it begins, and leaves the commit to `do_once`.

    So what a use case does beforehand, such as hashing a password, holds no connection.
    """

    def __init__(self, claim: Claim, uow: UnitOfWork, transaction: AsyncExitStack) -> None:
        self.writes: Writes | None = None
        self._claim = claim
        self._uow = uow
        self._transaction = transaction

    async def __aenter__(self) -> Writes:
        self.writes = await self._transaction.enter_async_context(self._uow)
        kept = await self.writes.claim(self._claim)
        if kept is None:
            return self.writes
        if kept.fingerprint != self._claim.fingerprint:
            raise Invalid("this Idempotency-Key came with another request before")
        raise _DoneBefore(kept.answered)

    async def __aexit__(self, *_: object) -> None:
        """The transaction ends when its answer is kept."""
