"""One asyncpg engine per process, in autocommit: a read is one statement and one round trip."""

from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import Connection, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, PoolProxiedConnection

# As many as SQLAlchemy's own default allows: the unprotected strategies must meet it. But all of
# them stay open, where the default closes ten as soon as nobody waits: to connect costs the
# database a process, and both some queries about types, just when they have no time.
CONNECTIONS = 15
POOL_WAIT_S = 30
# A proxy that drops what is idle without a word leaves a connection that looks whole. Half an hour
# is below what such are set to, and fifteen connections in that time cost nothing.
RECYCLE_S = 1800


def driver_url(database_url: str) -> str:
    """`postgresql://…` as people write it, with the driver that SQLAlchemy wants named."""
    scheme, separator, rest = database_url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must begin with postgresql://")
    return f"postgresql+asyncpg://{rest}"


Waits = Callable[[], Callable[[], None]]


def nobody_waits() -> Callable[[], None]:
    """Nobody times it."""
    return lambda: None


class Counts(Protocol):
    """Who counts what is sent."""

    def send(self) -> None:
        """One statement was sent."""

    def fail(self, error: BaseException) -> None:
        """One that was sent ended with this error."""


class _Uncounted:
    """Nobody counts."""

    def send(self) -> None:
        """Nobody minds."""

    def fail(self, _error: BaseException) -> None:
        """Nobody minds."""


NOBODY_COUNTS = _Uncounted()


def connect(
    database_url: str, counts: Counts = NOBODY_COUNTS, waits: Waits = nobody_waits
) -> AsyncEngine:
    """Make the engine; `counts` hears of each statement, and of those that did not succeed.

    `waits` is called when a caller begins to wait, for a connection, a statement or the end of a
    transaction; and what it returns, when that is over.
    """
    engine = create_async_engine(
        driver_url(database_url),
        isolation_level="AUTOCOMMIT",
        poolclass=Pool,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        pool_recycle=RECYCLE_S,
        pool_use_lifo=True,  # the last one used: it has prepared most of what is asked
    )
    pool = engine.sync_engine.pool
    assert isinstance(pool, Pool)
    pool.counts, pool.waits = counts, waits
    _watch(engine, counts, waits)
    return engine


async def is_reachable(engine: AsyncEngine) -> bool:
    """Whether the database answers; counted like any other statement."""
    async with engine.connect() as connection:
        return bool((await connection.execute(text("select true"))).scalar_one())


class Pool(AsyncAdaptedQueuePool):
    """SQLAlchemy's own, which says how long its callers wait for a connection.

    `counts` and `waits` are there for whoever sends a statement past SQLAlchemy.
    """

    counts: Counts = NOBODY_COUNTS
    waits: Waits = staticmethod(nobody_waits)

    def connect(self) -> PoolProxiedConnection:
        """Take one; whoever waits for it is timed."""
        over = self.waits()
        try:
            return super().connect()
        finally:
            over()

    def recreate(self) -> "Pool":
        """Another of the same, as the engine makes one when it is disposed of and used again."""
        made = super().recreate()
        assert isinstance(made, Pool)
        made.counts, made.waits = self.counts, self.waits
        return made

    def lost(self, connection: PoolProxiedConnection, error: BaseException) -> None:
        """The server hung up: what was opened before is opened anew before it is used again."""
        self._invalidate(connection, error)


def _watch(engine: AsyncEngine, counts: Counts, waits: Waits) -> None:
    sync, key = engine.sync_engine, "corral_over"

    # Kept in the statement's own context: a connection that is lost keeps nothing.
    @event.listens_for(sync, "before_cursor_execute")
    def begin(_connection: Connection, *told: Any) -> None:
        counts.send()
        vars(told[3])[key] = waits()

    @event.listens_for(sync, "after_cursor_execute")
    def end(_connection: Connection, *told: Any) -> None:
        vars(told[3]).pop(key)()

    @event.listens_for(sync, "handle_error")
    def fail(context: ExceptionContext) -> None:
        statement = context.execution_context
        # Nothing was sent, or all of it was done, where it is not under way.
        if statement is not None and (over := vars(statement).pop(key, None)) is not None:
            counts.fail(context.original_exception)
            over()

    # There are events before these and none after; a commit is the dearest part of a write.
    for name in ("do_commit", "do_rollback"):
        setattr(sync.dialect, name, _timed(getattr(sync.dialect, name), waits))


def _timed(
    do: Callable[[DBAPIConnection], None], waits: Waits
) -> Callable[[DBAPIConnection], None]:
    def timed(connection: DBAPIConnection) -> None:
        over = waits()
        try:
            do(connection)
        finally:
            over()

    return timed
