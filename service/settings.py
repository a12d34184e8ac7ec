"""Environment -> one frozen model, for the service.

The demo and Alembic's own command look for their stores themselves.
"""

import contextlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.feed.reputation import Points
from service.limiting.rate import Rate
from service.store_urls import checked_postgres_url, checked_redis_url

SECRET_BYTES = 32
OURS = "Value error, "  # what pydantic puts before the words of a validator


def _rate(given: object) -> object:
    return Rate.parse(given) if isinstance(given, str) else given


def _networks(given: object) -> object:
    """Networks with commas between them; a sentence for what is none, which pydantic has not."""
    if not isinstance(given, str):
        return given
    try:
        return tuple(ip_network(part.strip()) for part in given.split(",") if part.strip())
    except ValueError:
        raise ValueError("must be networks, as in 127.0.0.1/32,::1/128") from None


def _points(given: object) -> object:
    """JSON with points by name; a sentence for what is none."""
    try:
        found = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        raise ValueError('must be JSON, as in {"post_up": 10}') from None
    names = [each.name for each in fields(Points)]
    if isinstance(found, dict) and not found.keys() <= set(names):
        raise ValueError(f"knows only {', '.join(names)}")
    return found


def _changes(given: object) -> object:
    """Changes with commas or spaces between them."""
    return tuple(re.findall(r"[^\s,]+", given)) if isinstance(given, str) else given


Changes = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_changes)]
Worth = Annotated[Points, NoDecode, BeforeValidator(_points)]
Limit = Annotated[Rate, NoDecode, BeforeValidator(_rate)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)]


class Settings(BaseSettings):
    """What a deployment decides."""

    model_config = SettingsConfigDict(
        env_prefix="CORRAL_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: Annotated[str, AfterValidator(checked_postgres_url)] = Field(
        validation_alias="DATABASE_URL", description="postgresql://user@host:port/name"
    )
    redis_url: Annotated[str, AfterValidator(checked_redis_url)] = Field(
        validation_alias="REDIS_URL", description="redis://host:port/0"
    )
    strategy: str = "layered"
    plan: str | None = Field(
        None, description="a plan of your own instead of a strategy: mine.py:PLAN"
    )
    set: Changes = Field((), description="changes of it: shared=polling_lock,ttl.feed_s=60")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    admin: bool = Field(
        False,
        description="enables /v1/admin, for administrators, and tokens of `corral token --admin`",
    )
    environment: Literal["development", "production"] = Field(
        "development", description="production refuses secrets that were made up or are known"
    )
    secret: SecretStr | None = Field(
        None,
        min_length=SECRET_BYTES,
        validate_default=True,
        description="signs tokens and cursors",
    )
    access_ttl_s: int = Field(15 * 60, ge=10, le=86_400, description="a token holds, seconds")
    refresh_ttl_s: int = Field(
        30 * 86_400, ge=60, le=400 * 86_400, description="one stays signed in, seconds"
    )
    statsd: str | None = Field(
        None, description="an agent that is told of hits and misses by key prefix"
    )
    ttl_scale: float = Field(1.0, ge=1, le=1000, description="divides every TTL, floor 100 ms")
    view_flush_s: float = Field(
        5.0, ge=0.05, le=3600, description="counted views are added to their posts so often"
    )
    points: Worth = Field(
        Points(), description='what votes are worth to authors, as JSON: {"post_up": 10}'
    )
    push_below: int = Field(
        500,
        ge=0,
        le=100_000,
        description="posts are pushed to at most so many followers, else pulled",
    )

    limit_reads: Limit = Field(Rate(300, 300), description="a person, times/seconds")
    limit_writes: Limit = Field(Rate(60, 60), description="a person, times/seconds")
    limit_sign_in: Limit = Field(Rate(10, 60), description="an address, times/seconds")
    unlimited: Networks = Field((), description="exempt from limits: 127.0.0.1/32,::1/128")
    proxies: Networks = Field((), description="whose X-Forwarded-For is believed: 10.0.0.0/8")

    @field_validator("secret", "plan", mode="before")
    @classmethod
    def _given(cls, text: object) -> object:
        # A compose file has no other way to say that there is none.
        return None if text == "" else text

    @field_validator("secret")
    @classmethod
    def _own_secret(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # One that each machine makes for itself is no secret of the whole service.
        if secret is None and info.data.get("environment") == "production":
            raise ValueError("production needs one, the same for all processes")
        return secret

    @field_validator("statsd")
    @classmethod
    def _address(cls, statsd: str | None) -> str | None:
        if statsd is not None and not re.fullmatch(r"[^:\s]+:[1-9]\d{0,4}", statsd):
            raise ValueError("must be host:port, as in 127.0.0.1:8125")
        return statsd

    def signing_secret(self) -> bytes:
        """The secret given, or one made once for this directory."""
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        return checkout_secret(Path(".corral"))


def complaints(error: ValidationError) -> Iterator[str]:
    """What is wrong with the environment: a sentence for each variable, without its value."""
    for fault in error.errors():
        place = str(fault["loc"][0])
        outside = {field.validation_alias: name for name, field in Settings.model_fields.items()}
        name = outside.get(place, place)
        variable = place if place in outside else f"CORRAL_{name.upper()}"
        said = fault["msg"].removeprefix(OURS)
        wrong = "is not set" if fault["type"] == "missing" else f"is wrong: {said}"
        meant = Settings.model_fields[name].description
        yield f"{variable} {wrong}" + (f" ({meant})" if meant else "")


def checkout_secret(home: Path) -> bytes:
    """Read the secret in `home`, or make it: readable by its owner alone.

    Raises ValueError for one that is too short to keep anybody out.
    """
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
    secret = path.read_bytes()
    if len(secret) < SECRET_BYTES:
        raise ValueError(f"{path} holds no secret of {SECRET_BYTES} bytes: remove it, or write one")
    return secret
