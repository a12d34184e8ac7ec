"""One file for each kind of work in the table."""

from benchmarks.lab import Row
from benchmarks.rows import batch, cancelled, herd, hits, killed, outage, races

ROWS: tuple[Row, ...] = (
    *herd.ROWS,
    killed.ROW,
    cancelled.ROW,
    races.ROW,
    *outage.ROWS,
    hits.ROW,
    batch.ROW,
)
