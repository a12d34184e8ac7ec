"""How much is done: a short form in `make test`, the whole with CORRAL_PROOF=1."""

import os

IS_PROOF = os.environ.get("CORRAL_PROOF") == "1"


def size(short: int, whole: int) -> int:
    """The number for this run."""
    return whole if IS_PROOF else short
