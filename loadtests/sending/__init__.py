"""Sends requests: the Locust side of a run. It speaks HTTP, and imports no store."""
