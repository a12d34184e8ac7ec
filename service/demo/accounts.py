"""The password of the seeded demo accounts, which everybody knows.

It opens them in development alone: in production a sign-in with it is refused (`app.py`).
"""

PASSWORD = "corral-demo"  # noqa: S105 - known to everybody, by intention
# As `passwords.HASHER` makes it; written down, so that the same seed gives the same rows.
PASSWORD_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$Y29ycmFsIGRlbW8gc2FsdA$"  # noqa: S105 - the same
    "Czm9TtaI4pgR2TwQIv5V7H8LS5/FjqS4qUp1mzvXPlE"
)
