"""The statements that are measured, for who sends them and for who counts them."""

COUNTER = "peers_loads"  # a sequence: it counts loads as they begin, whatever becomes of them

_COLUMNS = """
    p.id, p.author_id, u.handle, u.display_name, p.title, p.body, p.created_at, p.edited_at,
    p.version, p.score, p.upvotes, p.downvotes, p.comment_count, p.views, p.reaction_counts,
    array(select t.name from post_tags pt join tags t on t.id = pt.tag_id
          where pt.post_id = p.id order by t.name collate "C") as tags
"""
# Materialized, and first in the join: the number is taken before the work begins.
_BEGUN = f"with begun as materialized (select nextval('{COUNTER}') as number)"

CHEAP = f"""
    {_BEGUN}
    select {_COLUMNS}
    from begun cross join posts p join users u on u.id = p.author_id
    where p.id = $1 and p.deleted_at is null
"""  # noqa: S608 - made of constants; values are bound

# Which of the newest posts speak of the same: each of these is read and compared, so the work
# grows with their number, and with nothing else.
EXPENSIVE = f"""
    {_BEGUN}
    select {_COLUMNS}, fitting.related, extract(epoch from statement_timestamp())::float8 as as_of
    from begun cross join lateral (
        select * from posts where id = $1 and deleted_at is null and begun.number > 0
    ) p
    join users u on u.id = p.author_id
    cross join lateral (
        select array_agg(r.id) as related from (
            select o.id
            from (
                select * from posts
                where deleted_at is null and begun.number > 0 order by id desc limit $2
            ) o
            order by ts_rank(
                to_tsvector('english', o.title || ' ' || o.body),
                replace(plainto_tsquery('english', p.title)::text, '&', '|')::tsquery
            ) desc, o.id desc
            limit 5
        ) r
    ) fitting
"""  # noqa: S608 - the same
