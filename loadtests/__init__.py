"""Load tests whose numbers can be trusted. Nothing here imports `service`."""
