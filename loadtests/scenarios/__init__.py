"""Locust scenarios: they speak HTTP, and import Locust and the standard library only."""
