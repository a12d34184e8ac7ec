"""The small service that every side runs in: one process, one route; `python -m ... SETUP`."""
