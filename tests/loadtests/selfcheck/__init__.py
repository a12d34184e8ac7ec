"""The self-check of the load tests."""
