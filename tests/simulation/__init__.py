"""Seeded schedules of the production protocol against a cache, a database and faults in memory."""
