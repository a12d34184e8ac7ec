"""Keys of requests that are to be carried out once: claimed, and kept with the answer."""

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.feed.claims import Answered, Claim, Kept
from service.feed.errors import InProgress
from service.queries.writes.statements import Statements

KEEPS_S = 24 * 3600
# How long a second request waits for the first. Longer than nearly any write takes; past it the
# client waits instead, which holds no connection.
WAIT_S = 1.0
LOCK_NOT_AVAILABLE = "55P03"

# Another transaction that has taken the key makes the insert wait for its end; after a rollback
# the key is free. The limit is for this wait alone: votes may wait for their post as ever.
CLAIM = text("""
    with patience as materialized (select set_config('lock_timeout', :wait, true))
    insert into idempotency_keys as kept (scope, key, fingerprint, status, body)
    select :scope, :key, :fingerprint, 0, '' from patience
    on conflict (scope, key) do update
        set fingerprint = excluded.fingerprint, created_at = excluded.created_at
        where kept.created_at < now() - make_interval(secs => :keeps_s)
    returning set_config('lock_timeout', '0', true)
""")
FIND = text("""
    select fingerprint, status, body, location, etag from idempotency_keys
    where scope = :scope and key = :key
""")
KEEP = text("""
    update idempotency_keys
    set status = :status, body = :body, location = :location, etag = :etag
    where scope = :scope and key = :key
""")


class OnceWrites(Statements):
    """Claim, and keep."""

    async def claim(self, claim: Claim) -> Kept | None:
        """Take a key for a day, or find what was answered under it. Raises InProgress."""
        name = {"scope": claim.scope, "key": claim.key}
        wait = f"{WAIT_S * 1000:.0f}ms"
        try:
            taken = await self._row(
                CLAIM, **name, fingerprint=claim.fingerprint, wait=wait, keeps_s=KEEPS_S
            )
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            raise InProgress("the first request with this Idempotency-Key still runs") from None
        if taken is not None:
            return None
        found = await self._row(FIND, **name)
        assert found is not None, "the claim that failed has locked it"
        answered = Answered(found["status"], found["body"], found["location"], found["etag"])
        return Kept(found["fingerprint"], answered)

    async def keep(self, claim: Claim, answered: Answered) -> None:
        """Keep the answer."""
        await self._connection.execute(
            KEEP,
            {
                "scope": claim.scope,
                "key": claim.key,
                "status": answered.status,
                "body": answered.body,
                "location": answered.location,
                "etag": answered.etag,
            },
        )
