"""The schema as SQLAlchemy metadata; Alembic migrates to it.

Ids are 53 bits, made in the database by `corral_id()`: milliseconds since 2008 in the upper 41,
a sequence in the lower 12. They sort by time, survive JavaScript and a sorted-set score, and
are the whole keyset cursor.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from service.feed.ids import ID_SEQUENCE_BITS

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", BigInteger, primary_key=True, server_default=text("corral_id()"))


def _reference(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    return Column(
        name, BigInteger, ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=nullable
    )


def _time(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


users = Table(
    "users",
    metadata,
    _id(),
    Column("handle", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("bio", Text, nullable=False, server_default=""),
    Column("password_hash", Text),
    Column("is_admin", Boolean, nullable=False, server_default=text("false")),
    _count("post_count"),
    _count("follower_count"),
    _count("following_count"),
    _time("created_at"),
    Column("deleted_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint("handle ~ '^[a-z0-9_]{1,30}$'", name="handle"),
    Index(None, "follower_count"),
)

follows = Table(
    "follows",
    metadata,
    _reference("follower_id", "users"),
    _reference("followee_id", "users"),
    _time("created_at"),
    PrimaryKeyConstraint("follower_id", "followee_id"),
    Index(None, "followee_id", "follower_id"),
    CheckConstraint("follower_id <> followee_id", name="not_oneself"),
)

posts = Table(
    "posts",
    metadata,
    _id(),
    _reference("author_id", "users"),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    _count("upvotes"),
    _count("downvotes"),
    Column("score", Integer, Computed("upvotes - downvotes", persisted=True)),
    _count("comment_count"),
    Column("views", BigInteger, nullable=False, server_default="0"),
    Column("reaction_counts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    # Raised by the very statement that changes a counter: a copy of the counters elsewhere can
    # tell a step that it has seen from one that it has missed.
    Column("counts_version", BigInteger, nullable=False, server_default="0"),
    # Reddit's static rank: ten times the votes are worth twelve and a half hours. Of two posts the
    # order changes only when somebody votes, so an index holds it. An id holds its milliseconds.
    Column(
        "hot",
        Double,
        Computed(
            "sign((upvotes - downvotes)::float8)"
            " * log(greatest(abs(upvotes - downvotes), 1)::float8)"
            f" + (id >> {ID_SEQUENCE_BITS})::float8 / 45000000",
            persisted=True,
        ),
    ),
    _time("created_at"),
    Column("edited_at", DateTime(timezone=True)),
    Column("deleted_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False, server_default="1"),
    Index(None, "author_id", "id"),
    Index(None, "created_at"),
    Index("ix_posts_hot", "hot", "id", postgresql_where=text("deleted_at is null")),
)

tags = Table(
    "tags",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    _time("created_at"),
)

post_tags = Table(
    "post_tags",
    metadata,
    _reference("post_id", "posts"),
    _reference("tag_id", "tags"),
    PrimaryKeyConstraint("post_id", "tag_id"),
    Index(None, "tag_id", "post_id"),
)

comments = Table(
    "comments",
    metadata,
    _id(),
    _reference("post_id", "posts"),
    _reference("parent_id", "comments", nullable=True),
    _reference("author_id", "users"),
    Column("body", Text, nullable=False),
    _count("upvotes"),
    _count("downvotes"),
    Column("score", Integer, Computed("upvotes - downvotes", persisted=True)),
    _count("reply_count"),
    Column("accepted", Boolean, nullable=False, server_default=text("false")),
    _time("created_at"),
    Column("edited_at", DateTime(timezone=True)),
    Column("deleted_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False, server_default="1"),
    Index(None, "post_id", "id"),
    Index(None, "parent_id", "id"),
    Index(None, "author_id", "id"),
    Index(None, "created_at"),
)

post_votes = Table(
    "post_votes",
    metadata,
    _reference("post_id", "posts"),
    _reference("user_id", "users"),
    Column("value", SmallInteger, nullable=False),
    _time("created_at"),
    PrimaryKeyConstraint("post_id", "user_id"),
    Index(None, "user_id", "post_id"),
    Index(None, "created_at"),
    CheckConstraint("value in (-1, 1)", name="value"),
)

comment_votes = Table(
    "comment_votes",
    metadata,
    _reference("comment_id", "comments"),
    _reference("user_id", "users"),
    Column("value", SmallInteger, nullable=False),
    _time("created_at"),
    PrimaryKeyConstraint("comment_id", "user_id"),
    Index(None, "user_id", "comment_id"),
    CheckConstraint("value in (-1, 1)", name="value"),
)

reactions = Table(
    "reactions",
    metadata,
    _reference("post_id", "posts"),
    _reference("user_id", "users"),
    Column("kind", Text, nullable=False),
    _time("created_at"),
    PrimaryKeyConstraint("post_id", "user_id", "kind"),
    Index(None, "user_id", "post_id"),
    CheckConstraint("kind in ('heart', 'laugh', 'wow', 'sad', 'fire')", name="kind"),
)

pages = Table(
    "pages",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("version", Integer, nullable=False, server_default="1"),
)

outbox = Table(
    "outbox",
    metadata,
    # A plain sequence, not a time-ordered id: rows are taken with SKIP LOCKED, never `id > last`.
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("change", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    # Who is to take it: `caches` drops what the change outdates, `feeds` pushes it to readers.
    Column("queue", Text, nullable=False, server_default="caches"),
    _time("created_at"),
    Column("done_at", DateTime(timezone=True)),
    Index("ix_outbox_waiting", "queue", "id", postgresql_where=text("done_at is null")),
    Index("ix_outbox_done_at", "done_at", postgresql_where=text("done_at is not null")),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    # Whose key it is: a user's, or, for who signs up, an address's.
    Column("scope", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("location", Text),
    _time("created_at"),
    Column("etag", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("scope", "key"),
    Index(None, "created_at"),
)

view_batches = Table(
    "view_batches",
    metadata,
    # A batch of counted views that was added to the posts; a second time it is refused.
    Column("batch", Text, primary_key=True),
    _time("created_at"),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    _id(),
    _reference("user_id", "users"),
    Column("family_id", BigInteger, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    _time("created_at"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Index(None, "family_id"),
    Index(None, "user_id"),
    Index(None, "expires_at"),  # what is over is found without reading what holds
)
