"""The request for the next page, from the answer before it."""

import json
from dataclasses import replace

from loadtests.mixes.request import Request
from loadtests.sending.connection import Reply, wire
from loadtests.sending.paging import next_page
from loadtests.sending.shot import Shot

FIRST = Request("page 1", "GET", "/v1/posts?sort=new", "ann", pages=3)
TOKEN = "token of ann"


def shot(request: Request) -> Shot:
    """Signed, as it is sent."""
    return Shot(request, wire(request, TOKEN))


def reply(cursor: str | None, status: int = 200) -> Reply:
    """A page with this cursor behind it."""
    return Reply(status, "", json.dumps({"items": [], "next": cursor}).encode(), is_last=False)


def test_the_next_page_is_asked_for_by_the_cursor() -> None:
    """With the same signature, and as deep as it lies."""
    further = next_page(shot(FIRST), reply("abc"))
    assert further is not None
    assert ("/v1/posts?sort=new&cursor=abc", 2) == (further.request.path, further.request.page)
    assert "pages 2-5" == further.request.kind
    assert wire(further.request, TOKEN) == further.wire


def test_a_cursor_takes_the_place_of_the_one_before() -> None:
    """Two would be refused."""
    second = next_page(shot(FIRST), reply("abc"))
    assert second is not None
    third = next_page(second, reply("def"))
    assert third is not None
    assert "/v1/posts?sort=new&cursor=def" == third.request.path
    assert wire(third.request, TOKEN) == third.wire


def test_a_list_without_a_query_gets_one() -> None:
    """Comments and posts of an author have none."""
    further = next_page(shot(replace(FIRST, path="/v1/users/bob/posts")), reply("abc"))
    assert further is not None
    assert "/v1/users/bob/posts?cursor=abc" == further.request.path


def test_scrolling_ends_with_the_list_or_when_enough_was_read() -> None:
    """And at once where there was no answer to go on from."""
    assert next_page(shot(FIRST), reply(None)) is None
    assert next_page(shot(replace(FIRST, page=3)), reply("abc")) is None
    assert next_page(shot(FIRST), reply("abc", status=503)) is None
    assert next_page(shot(FIRST), TimeoutError()) is None


def test_who_reads_one_page_reads_no_other() -> None:
    """As all requests that are no scroll."""
    assert next_page(shot(replace(FIRST, pages=1)), reply("abc")) is None
