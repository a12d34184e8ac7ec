"""K05, graph caching: whole graphs of objects as one value, the article's second mistake."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ..values.shape import Shape
from .finding import Confidence, Context, Finding, change_of

LEAST_SAMPLES = 5
LEAST_SHARING = 3


def find(context: Context) -> Iterator[Finding]:
    """Patterns whose sampled values nest deep, are wide, or repeat each other's parts."""
    for pattern in context.patterns:
        kept = pattern.tally.values.kept
        shapes = [one.shape for one in kept if one.shape is not None]
        if len(shapes) < min(LEAST_SAMPLES, pattern.tally.keys) or not shapes:
            continue
        graphs = sum(_is_graph(context, one) for one in shapes)
        shared = _shared(shapes)
        repeats = shared >= max(LEAST_SHARING, context.limits.shared_share * len(shapes))
        if 2 * graphs <= len(shapes) and not repeats:
            continue
        evidence = [_described(context, shapes, graphs)]
        if repeats:
            evidence.append(f"one and the same sub-object stands in {shared} of the values")
        yield Finding(
            code="K05",
            pattern=pattern.name,
            level="warning" if 2 * graphs > len(shapes) else "info",
            says="values are whole graphs of objects",
            evidence=evidence,
            keys=pattern.tally.keys,
            bytes=None,
            confidence=Confidence("sampled", f"{len(shapes)} of {pattern.tally.keys:,} values"),
            advice="cache ids and fetch what they name with MGET, or the rendered result; parts "
            "that change at different times belong under different keys",
            change=change_of(pattern),
        )


def _is_graph(context: Context, shape: Shape) -> bool:
    limits = context.limits
    return shape.depth >= limits.graph_depth or shape.fields > limits.graph_fields


def _described(context: Context, shapes: Sequence[Shape], graphs: int) -> str:
    limits = context.limits
    return (
        f"of {len(shapes)} sampled values {graphs} nest {limits.graph_depth} deep or have over "
        f"{limits.graph_fields} fields; deepest {max(one.depth for one in shapes)}, widest "
        f"{max(one.fields for one in shapes)} fields"
    )


def _shared(shapes: Sequence[Shape]) -> int:
    counts = Counter(part for shape in shapes for part in shape.parts)
    return max(counts.values(), default=0)
