"""Bytes to dollars, by the article's price."""

from loadtests.result import ARTICLE, DOLLARS_PER_GB_MONTH


def dollars_per_month(cache_bytes: float) -> float:
    """What these bytes cost a month at the article's price per GB (2^30 bytes)."""
    return cache_bytes / 2**30 * DOLLARS_PER_GB_MONTH


def dollars_at_article_scale(cache_bytes: float, naive_bytes: float) -> float:
    """The same as if naive's cache were the article's 32 GB: only the ratio is ours."""
    return ARTICLE["memory_gb"]["before"] * DOLLARS_PER_GB_MONTH * cache_bytes / naive_bytes
