"""PostgreSQL and Valkey from wheels, for who has neither.

`servers.running(home)` starts them and yields their addresses. A supervisor process owns them, so
that they end with us however we end. Data lives under `home`; nothing outside it is changed.
"""
