"""The static pages every site has."""

from datetime import datetime

from service.seeding.rows import Row

TEXTS = (
    (
        "about",
        "About",
        "This is a Corral demo: a small social feed with people who do not exist, made to show "
        "what caches do to it.\n\nFollow someone, write a post, vote. Then look at the headers "
        "of the answers: Cache-Status says where each one came from.",
    ),
    (
        "rules",
        "Rules",
        "1. Be kind.\n2. Write what you would like to read.\n3. One vote each; none for "
        "yourself.\n4. Everything here may be deleted and seeded anew at any time.",
    ),
    (
        "api",
        "Using the API",
        "Everything that a person does here, a program can do: /docs lists all of it, and tries "
        "it out.\n\nLists answer items and next: send next as cursor for more. Send "
        "If-None-Match with the ETag that you have, and what has not changed is not sent again. "
        "To change something, send the ETag of what you read as If-Match.\n\nErrors are "
        "application/problem+json and say what is wrong in detail. 429 and 503 say in "
        "Retry-After when to come back.",
    ),
    (
        "privacy",
        "Privacy",
        "The people here are made up, or numbers from a published data set. What you write "
        "stays in the database of whoever runs this copy, and goes when it is seeded again. "
        "There are no cookies and no trackers.",
    ),
)


def page_rows(at: datetime) -> list[Row]:
    """Rows of `pages`."""
    return [(slug, title, body, at) for slug, title, body in TEXTS]
