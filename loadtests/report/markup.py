"""Elements of HTML and SVG. Every text and every attribute is escaped here, and only here."""

from html import escape
from re import sub

# HTML has no short form for these: an unclosed <div/> would swallow what follows it.
_NEVER_SHORT = {
    *("a", "body", "code", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1", "h2"),
    *("h3", "h4", "i", "li", "main", "ol", "p", "pre", "section", "small", "span", "strong"),
    *("style", "summary", "sup", "svg", "table", "tbody", "td", "th", "thead", "title", "tr", "ul"),
}


class Markup(str):
    """Text that is already markup; any other string is escaped when it becomes a child."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """An element, well-formed as XML.

    Of an attribute's name a last underscore is dropped (`class_`) and others are hyphens; None is
    left out.
    """
    written = "".join(
        f' {_attribute_name(key)}="{_clean(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = join(*children)
    if not inside and name not in _NEVER_SHORT:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{inside}</{name}>")


def join(*children: object) -> Markup:
    """The children one after the other; None is left out."""
    return Markup("".join(map(_child, children)))


def prose(text: str) -> Markup:
    """Escaped text in which a number does not part from its unit at the end of a line."""
    kept = sub(r"(?<=\d) (?=(?:%|ms|s|[KMGT]?i?B|GB|points)\b|%|→|÷)", "\u00a0", text)
    return Markup(_clean(kept))


def _child(child: object) -> str:
    if child is None:
        return ""
    return child if isinstance(child, Markup) else _clean(str(child))


def _attribute_name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _clean(text: str) -> str:
    """Escaped, without the control characters that XML forbids."""
    return escape(sub(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]", "�", text))
