"""Environment -> one frozen model. Nothing else reads the environment."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a deployment decides."""

    model_config = SettingsConfigDict(
        env_prefix="CORRAL_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: str = Field(validation_alias="DATABASE_URL", min_length=1)
    redis_url: str = Field(validation_alias="REDIS_URL", min_length=1)
    strategy: str = "layered"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    admin: bool = Field(False, description="enables /v1/admin; tokens still decide who may")
    secret: SecretStr | None = Field(None, min_length=32, description="signs tokens and cursors")
    ttl_scale: float = Field(1.0, ge=1, le=1000, description="divides every TTL, floor 100 ms")

    def signing_secret(self) -> bytes:
        """The secret given, or one made once for this checkout."""
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        return checkout_secret(Path(".corral"))


def checkout_secret(home: Path) -> bytes:
    """Read the secret in `home`, or make it: readable by its owner alone."""
    path = home / "secret"
    home.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        handle, made = tempfile.mkstemp(dir=home)  # mode 600
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        # A link appears whole or not at all, and to one process: the others read its secret.
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
        Path(made).unlink()
    return path.read_bytes()
