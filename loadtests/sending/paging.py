"""The page behind an answer: what is asked next by whoever scrolls on."""

import json
from dataclasses import replace

from loadtests.mixes.scrolling import depth
from loadtests.sending.connection import Reply
from loadtests.sending.shot import Shot


def next_page(shot: Shot, reply: object) -> Shot | None:
    """The request for the next page, by the cursor in the answer.

    None when enough was read, the list has ended, or there was no answer to go on from.
    """
    request = shot.request
    if request.page >= request.pages or not isinstance(reply, Reply) or reply.status != 200:
        return None
    cursor = json.loads(reply.body).get("next")
    if cursor is None:
        return None
    first, _, _ = request.path.partition("cursor=")
    joint = "" if first != request.path else "&" if "?" in first else "?"
    page = request.page + 1
    further = replace(request, kind=depth(page), path=f"{first}{joint}cursor={cursor}", page=page)
    line = f"{request.method} {request.path} ".encode()
    return Shot(further, shot.wire.replace(line, f"{request.method} {further.path} ".encode(), 1))
