"""What goes on beside the requests: the outbox, pushes to feeds, views, what is to be deleted."""
