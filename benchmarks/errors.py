"""What ends a benchmark with a sentence instead of a traceback."""


class BenchError(Exception):
    """It cannot go on; the message says why, and what to do."""
