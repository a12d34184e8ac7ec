"""What can keep a run from being made."""


class LoadTestError(Exception):
    """The run cannot go on; the text says why and what to do. No result is written."""
