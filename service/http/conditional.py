"""Conditional requests (RFC 9110, section 13): `If-Match` on writes.

An ETag is `"v<row version>-<digest of what is shown>"`. A write compares the version alone: votes
change what is shown, and nobody's edit shall fail for them.
"""

import re
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

_TAG = re.compile(r'"v(\d{1,10})(?:-[^"]*)?"')


async def if_match(request: Request) -> int | None:
    """The version that a write is meant for; None for `*`, whatever there is. Raises 428, 400."""
    given = request.headers.get("if-match")
    if given is None:
        raise HTTPException(428, "say which version is to be changed, in If-Match")
    if given.strip() == "*":
        return None
    found = _TAG.fullmatch(given.strip())
    if found is None:
        raise HTTPException(400, 'If-Match is not one of our entity tags, such as "v3-1f0c"')
    return int(found[1])


IfMatch = Annotated[int | None, Depends(if_match)]
