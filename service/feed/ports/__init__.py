"""What the feed needs from outside, as it needs it."""

from service.feed.ports.identity import Accounts
from service.feed.ports.reading import (
    Deleted,
    Overlays,
    Pages,
    RankedPost,
    Records,
    SitePages,
)
from service.feed.ports.writing import UnitOfWork, Writes

__all__ = [
    "Accounts",
    "Deleted",
    "Overlays",
    "Pages",
    "RankedPost",
    "Records",
    "SitePages",
    "UnitOfWork",
    "Writes",
]
