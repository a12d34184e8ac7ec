"""The ETag of an answer that is given again under its Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of answers kept before nobody knows it: they are given again without.
    op.add_column(
        "idempotency_keys", sa.Column("etag", sa.Text(), server_default="", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("idempotency_keys", "etag")
