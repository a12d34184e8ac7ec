"""What the full feed needs: administrators, the hot rank, a queue, kept answers, view batches."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

HOT = (
    "sign((upvotes - downvotes)::float8) * log(greatest(abs(upvotes - downvotes), 1)::float8)"
    " + (id >> 12)::float8 / 45000000"
)
NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("is_admin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("posts", sa.Column("hot", sa.Double(), sa.Computed(HOT, persisted=True)))
    op.create_index(
        "ix_posts_hot",
        "posts",
        ["hot", "id"],
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_index("ix_users_follower_count", "users", ["follower_count"])
    op.add_column("outbox", sa.Column("queue", sa.Text(), server_default="caches", nullable=False))
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["queue", "id"],
        postgresql_where=sa.text("done_at is null"),
    )
    # Nothing has written any yet.
    op.drop_table("idempotency_keys")
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_table(
        "view_batches",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_view_batches")),
    )
    op.create_index("ix_refresh_tokens_expires_at", "refresh_tokens", ["expires_at"])


def downgrade() -> None:
    op.drop_index("ix_refresh_tokens_expires_at", "refresh_tokens")
    op.drop_table("view_batches")
    op.drop_table("idempotency_keys")
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_idempotency_keys_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.create_index(
        "ix_outbox_waiting", "outbox", ["id"], postgresql_where=sa.text("done_at is null")
    )
    op.drop_column("outbox", "queue")
    op.drop_index("ix_users_follower_count", table_name="users")
    op.drop_index("ix_posts_hot", table_name="posts")
    op.drop_column("posts", "hot")
    op.drop_column("users", "is_admin")
