"""Alembic's entry: one connection, handed in by `service.queries.migrate` or made from the URL."""

from alembic import context
from sqlalchemy import Connection

from service.queries.tables import metadata


def run(connection: Connection) -> None:
    """Migrate on this connection, in one transaction."""
    context.configure(
        connection=connection, target_metadata=metadata, transaction_per_migration=False
    )
    with context.begin_transaction():
        context.run_migrations()


connection = context.config.attributes.get("connection")
if connection is None:
    from service.queries.migrate import online

    online(run)
else:
    run(connection)
