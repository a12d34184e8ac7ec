"""The service as one process: its port, its HTTP limits, its end."""
