"""HTML bodies to plain text."""

import re
from html.parser import HTMLParser

BLOCKS = {
    *("p", "div", "blockquote", "ul", "ol", "table", "tr", "hr", "dl", "dt", "dd"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
}
UNSEEN = {"script", "style"}
SPACES = re.compile(r"\s+")
GAPS = re.compile(r" *\n(?:[ \t]*\n)+")


def plain_text(html: str) -> str:
    """The text of a piece of HTML; paragraphs apart by an empty line, code as it stands."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return GAPS.sub("\n\n", "".join(reader.parts)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._pre = 0
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._pre += tag == "pre"
        self._unseen += tag in UNSEEN
        if tag in BLOCKS or tag == "pre":
            self.parts.append("\n\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "img":
            self.parts.append(f"[{dict(attrs).get('alt') or 'image'}]")

    def handle_endtag(self, tag: str) -> None:
        self._pre -= tag == "pre" and self._pre > 0
        self._unseen -= tag in UNSEEN and self._unseen > 0
        if tag in BLOCKS or tag == "pre":
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data if self._pre else SPACES.sub(" ", data))
