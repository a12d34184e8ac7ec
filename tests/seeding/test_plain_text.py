"""HTML to text."""

import pytest

from service.seeding.stackexchange.plain_text import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>One  <b>two</b>\nthree</p>", "One two three"),
        ("<p>One</p>\n\n<p>Two</p>", "One\n\nTwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("1 &lt; 2 &amp;&amp; 3&#160;&gt; 2", "1 < 2 && 3 > 2"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<pre><code>def f():\n    return 1\n</code></pre>", "def f():\n    return 1"),
        ("<p>see <img src='x' alt='a cat'> <img src='y'></p>", "see [a cat] [image]"),
        ("<p>so<script>alert(1)</script> quiet</p>", "so quiet"),
        ("unclosed <b>bold <p>text", "unclosed bold\n\ntext"),
        ("a < b and c", "a < b and c"),
        ("</pre></p>stray", "stray"),
    ],
)
def test_html_becomes_plain(html: str, text: str) -> None:
    """Paragraphs stay apart, code keeps its shape, entities are characters."""
    assert plain_text(html) == text
