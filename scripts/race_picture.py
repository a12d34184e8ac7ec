"""A race as an SVG: a sequence diagram that brings its own ground and follows the reader's theme.

Nothing is measured in a browser: every text gets the room it needs in the widest of the fonts that
`system-ui` may be, so no text is cut and none lies on another.
"""

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from scripts.race_spec import Race, Step

_STYLE = """\
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;fill:#1b2025}
.ground{fill:#fff;stroke:#d5dadd}
.title{font-size:15px;font-weight:650}
.lane{font-weight:650}
.lane,.text,.number{text-anchor:middle}
.number{font-size:12px;font-weight:650;font-variant-numeric:tabular-nums}
.head{fill:#e9edf0;stroke:#c3cbd1}
.life{stroke:#b9c2c9;stroke-dasharray:2 4}
.line{stroke:#57626c;stroke-width:1.5}
.tip,.dot{fill:#57626c}
.box,.badge{fill:#f4f6f7;stroke:#8a96a0}
.sign{fill:none;stroke-width:2.5;stroke-linecap:round;stroke-linejoin:round}
.bad .text,.bad .number{fill:#a62116}
.bad .line,.bad .sign{stroke:#c8372d}
.bad .tip,.bad .dot{fill:#c8372d}
.bad .box,.bad .badge{fill:#fdecea;stroke:#c8372d}
.good .text,.good .number{fill:#006b4f}
.good .line,.good .sign{stroke:#008a65}
.good .tip,.good .dot{fill:#008a65}
.good .box,.good .badge{fill:#e4f5ee;stroke:#008a65}
@media(prefers-color-scheme:dark){
text{fill:#e6eaed}
.ground{fill:#12161a;stroke:#38424a}
.head{fill:#252d34;stroke:#4a565f}
.life{stroke:#4a565f}
.line{stroke:#a0acb6}
.tip,.dot{fill:#a0acb6}
.box,.badge{fill:#1c2329;stroke:#6d7a85}
.bad .text,.bad .number{fill:#ff9d8c}
.bad .line,.bad .sign{stroke:#f0705d}
.bad .tip,.bad .dot{fill:#f0705d}
.bad .box,.bad .badge{fill:#3a1a16;stroke:#f0705d}
.good .text,.good .number{fill:#5fdcb2}
.good .line,.good .sign{stroke:#1fb88c}
.good .tip,.good .dot{fill:#1fb88c}
.good .box,.good .badge{fill:#10302a;stroke:#1fb88c}
}"""

_PAD = 24
_GUTTER = 56  # left of the lanes for the numbers, right of them for cross and tick
_HEAD_TOP, _HEAD, _ROW, _BOX = 56, 32, 46, 30
_SAID = {"": "", "bad": " Here the harm is done.", "good": " Here the protection acts."}
_SIGNS = {"bad": "M-5-5L5 5M5-5L-5 5", "good": "M-6 0L-2 5L6-5"}

# Widths in em, rounded up from DejaVu Sans, the widest of the usual system fonts.
_NARROW, _WIDE = frozenset("fijlrtI .,:;'|!()[]-/"), frozenset("mwMW@%→←=+<>&")


def draw(race: Race) -> str:
    """The picture as a document of its own."""
    xs = _lane_places(race)
    width = xs[-1] + _overhang(race, len(xs) - 1) + _GUTTER
    width = max(width, 2 * _PAD + _width(race.title, 15, bold=True))
    top = _HEAD_TOP + _HEAD
    height = top + len(race.steps) * _ROW + _PAD
    said = " ".join(_sentences(race))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-labelledby="title" aria-describedby="steps">',
        f'<title id="title">{escape(race.title)}</title>',
        f'<desc id="steps">{escape(said)}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="12"/>',
        f'<text class="title" x="{_PAD}" y="36">{escape(race.title)}</text>',
        *_lanes(race, xs, height - 14),
    ]
    for number, step in enumerate(race.steps, start=1):
        y = top + round((number - 0.5) * _ROW) + 4
        drawn = _action(step, xs, y) if step.start == step.end else _arrow(step, xs, y)
        parts += [f'<g class="{step.mark or "plain"}">', _badge(number, y), *drawn]
        if step.mark:
            move = f"translate({width - 28} {y})"
            parts.append(f'<path class="sign" d="{_SIGNS[step.mark]}" transform="{move}"/>')
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _lanes(race: Race, xs: list[int], bottom: int) -> Iterator[str]:
    top, middle = _HEAD_TOP + _HEAD, _HEAD_TOP + _HEAD // 2
    for name, x in zip(race.lanes, xs, strict=True):
        wide = _head_width(name)
        yield f'<path class="life" d="M{x} {top}V{bottom}"/>'
        yield (
            f'<rect class="head" x="{x - wide // 2}" y="{_HEAD_TOP}" width="{wide}"'
            f' height="{_HEAD}" rx="6"/>'
        )
        yield f'<text class="lane" x="{x}" y="{middle + 4}">{escape(name)}</text>'


def _badge(number: int, y: int) -> str:
    return (
        f'<circle class="badge" cx="28" cy="{y}" r="11"/>'
        f'<text class="number" x="28" y="{y + 4}">{number}</text>'
    )


def _action(step: Step, xs: list[int], y: int) -> Iterator[str]:
    x, wide = xs[step.start], _box_width(step.text)
    yield (
        f'<rect class="box" x="{x - wide // 2}" y="{y - _BOX // 2}" width="{wide}"'
        f' height="{_BOX}" rx="5"/>'
    )
    yield f'<text class="text" x="{x}" y="{y + 4}">{escape(step.text)}</text>'


def _arrow(step: Step, xs: list[int], y: int) -> Iterator[str]:
    start, end = xs[step.start], xs[step.end]
    way = 1 if end > start else -1
    # Beside its start, so that the text of a long arrow lies on no lane that the arrow crosses.
    middle = (start + xs[step.start + way]) // 2
    y += 10
    yield f'<path class="line" d="M{start} {y}H{end - way * 8}"/>'
    yield f'<circle class="dot" cx="{start}" cy="{y}" r="3"/>'
    yield f'<path class="tip" d="M{end} {y}l{-way * 10}-5v10z"/>'
    yield f'<text class="text" x="{middle}" y="{y - 9}">{escape(step.text)}</text>'


def _lane_places(race: Race) -> list[int]:
    """The middle of each lane: far enough apart for every text between them."""
    xs = [_GUTTER + _overhang(race, 0)]
    for left, right in pairwise(range(len(race.lanes))):
        needs = [(_head_width(race.lanes[left]) + _head_width(race.lanes[right])) // 2 + 16]
        for step in race.steps:
            if step.start == step.end:
                # A box must not touch the next lane's line.
                if step.start in {left, right}:
                    needs.append(_box_width(step.text) // 2 + 16)
            elif {step.start, step.start + (1 if step.end > step.start else -1)} == {left, right}:
                needs.append(_width(step.text, 13) + 32)
        xs.append(xs[-1] + max(needs))
    return xs


def _overhang(race: Race, lane: int) -> int:
    """How far anything in the middle of a lane reaches to either side."""
    boxes = [_box_width(s.text) for s in race.steps if s.start == s.end == lane]
    return max(_head_width(race.lanes[lane]), *boxes, 0) // 2


def _head_width(name: str) -> int:
    return _width(name, 13, bold=True) + 28


def _box_width(text: str) -> int:
    return _width(text, 13) + 24


def _width(text: str, size_px: int, *, bold: bool = False) -> int:
    ems = 0.0
    for letter in text:
        if letter in _NARROW:
            ems += 0.41
        elif letter in _WIDE:
            ems += 0.97
        else:
            ems += 0.72 if letter.isupper() else 0.63
    # Even, so that halves of it are whole pixels.
    return 2 * round(ems * size_px * (1.08 if bold else 1) / 2)


def _sentences(race: Race) -> Iterator[str]:
    """The steps in words, for who hears the picture."""
    for number, step in enumerate(race.steps, start=1):
        who = race.lanes[step.start]
        to = "" if step.start == step.end else f" to {race.lanes[step.end]}"
        yield f"{number}. {who}{to}: {step.text}.{_SAID[step.mark]}"
