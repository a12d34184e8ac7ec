"""What goes on beside the requests: after-commit work that has to be finished by somebody."""
