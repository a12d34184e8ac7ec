"""`corral demo`: data, the before/after run, and a service that stays."""
