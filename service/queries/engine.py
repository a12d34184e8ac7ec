"""One asyncpg engine per process, in autocommit: a read is one statement and one round trip."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

POOL_SIZE = 5  # SQLAlchemy's own default, kept: the unprotected strategies must meet it
POOL_OVERFLOW = 10
POOL_WAIT_S = 30


def driver_url(database_url: str) -> str:
    """`postgresql://…` as people write it, with the driver that SQLAlchemy wants named."""
    scheme, separator, rest = database_url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError(f"DATABASE_URL must begin with postgresql://, not {scheme!r}")
    return f"postgresql+asyncpg://{rest}"


def connect(database_url: str, count_statement: Callable[[], None]) -> AsyncEngine:
    """Make the engine; `count_statement` is called once for each statement sent."""
    engine = create_async_engine(
        driver_url(database_url),
        isolation_level="AUTOCOMMIT",
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_S,
    )

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def count(*_: Any) -> None:
        count_statement()

    return engine


async def is_reachable(engine: AsyncEngine) -> bool:
    """Whether the database answers; counted like any other statement."""
    async with engine.connect() as connection:
        return bool((await connection.execute(text("select true"))).scalar_one())
