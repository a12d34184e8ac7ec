"""K06, wrong form: values that the same server would hold in less, measured on samples of them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ..tally.marks import having
from ..values.digest import Digest
from ..values.encodings import MENDED_BY
from .finding import Confidence, Context, Finding, Saving, change_of

EVERY = having(0)


def find(context: Context) -> Iterator[Finding]:
    """Numbers, single fields, lists of numbers and spaces in JSON, in over half of the samples."""
    for pattern in context.patterns:
        tally = pattern.tally
        kept = tally.values.kept
        wrongs = Counter(one.wrong for one in kept if one.wrong)
        if not wrongs or "bytes" in context.unknown:
            continue
        [(wrong, count)] = wrongs.most_common(1)
        strings = sum(n for kind, n in tally.kinds.items() if kind.startswith("string/"))
        mean = tally.bytes.mean() or 0.0
        if 2 * count <= len(kept) or not mean:
            continue
        saved, form = _best(kept, MENDED_BY[wrong])
        share = saved / mean * strings / tally.keys
        size = round(share * tally.bytes.total)
        if size < context.limits.least_bytes:
            continue
        yield Finding(
            code="K06",
            pattern=pattern.name,
            level="info",
            says=f"{wrong}: as {form} it would take {share:.0%} less",
            evidence=[f"{count} of {len(kept)} sampled values", _measured(kept, mean)],
            keys=tally.keys,
            bytes=size,
            confidence=Confidence("sampled", f"{len(kept)} values, by the allocator's classes"),
            advice=f"store it as {form}",
            saving=Saving("re-encode", EVERY, share),
            change=change_of(pattern),
        )


def _best(kept: Sequence[Digest], forms: Sequence[str]) -> tuple[float, str]:
    """Bytes saved a value, on average over all samples, and the form that saves them."""
    return max((_saved(kept, form), form) for form in forms)


def _saved(kept: Sequence[Digest], form: str) -> float:
    gains = [one.sizes["as is"] - one.sizes[form] for one in kept if form in one.sizes]
    return sum(gains) / len(kept)


def _measured(kept: Sequence[Digest], mean: float) -> str:
    forms = sorted({name for one in kept for name in one.sizes} - {"as is"})
    fits = [name for name in forms if 2 * sum(name in one.sizes for one in kept) > len(kept)]
    said = [f"{name} {-_saved(kept, name) / mean:+.0%}" for name in fits]
    return f"measured on them: {', '.join(said)}"
