"""What the feed needs from outside, as it needs it."""

from service.feed.ports.identity import Accounts
from service.feed.ports.reading import (
    Deletable,
    Deleted,
    Discussions,
    NamedBy,
    Overlays,
    OwnComments,
    Pages,
    RankedPost,
    Records,
    SitePages,
)
from service.feed.ports.writing import UnitOfWork, Writes

__all__ = [
    "Accounts",
    "Deletable",
    "Deleted",
    "Discussions",
    "NamedBy",
    "Overlays",
    "OwnComments",
    "Pages",
    "RankedPost",
    "Records",
    "SitePages",
    "UnitOfWork",
    "Writes",
]
