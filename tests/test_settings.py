"""The environment becomes settings, or a sentence that says what is wrong with it."""

import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field, ValidationError

from service.feed.reputation import Points
from service.settings import Settings, checkout_secret, complaints

GIVEN = {"DATABASE_URL": "postgresql://corral@127.0.0.1/corral", "REDIS_URL": "redis://127.0.0.1"}
SECRET = "a secret of thirty-two characters"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of whoever runs the tests; a directory of one's own."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CORRAL_{name.upper()}", raising=False)
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def settings(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    """What becomes of an environment."""
    for name, value in (GIVEN | environment).items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_points_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, as JSON; what is left out stays as it is."""
    made = settings(monkeypatch, CORRAL_POINTS='{"post_up": 5, "cap_a_day": 100}')
    assert made.points == Points(post_up=5, cap_a_day=100)
    assert settings(monkeypatch, CORRAL_POINTS="{}").points == Points()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("5", "dictionary"),
        ("{", "must be JSON"),
        ('{"up": 5}', "knows only post_up, "),
        ('{"post_up": -5}', "must be from 0 to "),
        ('{"post_down": 5}', "must be from -"),
        ('{"post_up": 99999}', "must be from 0 to "),
        ('{"post_up": "many"}', "valid integer"),
    ],
)
def test_points_that_cannot_be_are_refused(
    monkeypatch: pytest.MonkeyPatch, given: str, said: str
) -> None:
    """With a sentence that says what can, and without the value."""
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, CORRAL_POINTS=given)
    [complaint] = complaints(refused.value)
    assert complaint.startswith("CORRAL_POINTS is wrong: ")
    assert said in complaint
    assert "99999" not in complaint


def test_two_addresses_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything else has a safe default: loopback, no admin routes."""
    made = settings(monkeypatch)
    assert (made.database_url, made.redis_url) == tuple(GIVEN.values())
    assert (made.strategy, made.host, made.port) == ("layered", "127.0.0.1", 8000)
    assert (made.admin, made.ttl_scale) == (False, 1.0)
    assert (made.environment, made.access_ttl_s) == ("development", 900)


def test_each_variable_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its documented name."""
    made = settings(
        monkeypatch,
        CORRAL_STRATEGY="naive",
        CORRAL_HOST="127.0.0.2",
        CORRAL_PORT="8001",
        CORRAL_ADMIN="1",
        CORRAL_SECRET=SECRET,
        CORRAL_TTL_SCALE="2.5",
    )
    assert (made.strategy, made.host, made.port) == ("naive", "127.0.0.2", 8001)
    assert (made.admin, made.ttl_scale) == (True, 2.5)
    assert made.signing_secret() == SECRET.encode()


def test_changes_of_a_plan_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """With commas or spaces; what is empty is not there, as a compose file has it."""
    made = settings(
        monkeypatch, CORRAL_PLAN="mine.py:PLAN", CORRAL_SET="shared=empty, ttl.feed_s=60 near=x,"
    )
    assert (made.plan, made.set) == ("mine.py:PLAN", ("shared=empty", "ttl.feed_s=60", "near=x"))
    made = settings(monkeypatch, CORRAL_PLAN="", CORRAL_SET="")
    assert (made.plan, made.set) == (None, ())


def test_nothing_changes_them_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs is what was read."""
    with pytest.raises(ValidationError):
        settings(monkeypatch).port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "corral:hush@127.0.0.1/corral"),
        ("DATABASE_URL", "mysql://corral:hush@127.0.0.1/corral"),
        ("DATABASE_URL", "POSTGRESQL://corral:hush@127.0.0.1/corral"),
        ("DATABASE_URL", "postgresql://"),
        ("DATABASE_URL", "postgresql:///corral"),
        ("DATABASE_URL", "postgresql://corral:hush@/corral"),
        ("DATABASE_URL", "postgresql://corral:hush@127.0.0.1:hush/corral"),
        ("DATABASE_URL", "postgresql://corral:hush@127.0.0.1:65536/corral"),
        ("DATABASE_URL", "postgresql://corral:hush@127.0.0.1:0/corral"),
        ("DATABASE_URL", "postgresql://corral:hush/of/mine@127.0.0.1/corral"),
        ("DATABASE_URL", "postgresql://corral:hush@[::1/corral"),
        ("DATABASE_URL", "postgresql://corral:hush@my host/corral"),
        ("REDIS_URL", ""),
        ("REDIS_URL", "nonsense"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("REDIS_URL", "http://:hush@127.0.0.1:6379/0"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://:hush@/0"),
        ("REDIS_URL", "redis://:hush@127.0.0.1:many/0"),
        ("REDIS_URL", "redis://:hush@127.0.0.1:70000/0"),
        ("REDIS_URL", "redis://:hu#sh@127.0.0.1/0"),
        ("REDIS_URL", "redis://:hush@127.0.0.1/hush"),
        ("REDIS_URL", "unix://"),
        ("CORRAL_PORT", "65536"),
        ("CORRAL_PORT", "-1"),
        ("CORRAL_ADMIN", "perhaps"),
        ("CORRAL_SECRET", "hush" * 7),
        ("CORRAL_ENVIRONMENT", "hush"),
        ("CORRAL_ACCESS_TTL_S", "9"),
        ("CORRAL_ACCESS_TTL_S", "86401"),
        ("CORRAL_REFRESH_TTL_S", "59"),
        ("CORRAL_REFRESH_TTL_S", "for ever"),
        ("CORRAL_TTL_SCALE", "0.5"),
        ("CORRAL_TTL_SCALE", "1001"),
        ("CORRAL_TTL_SCALE", "nan"),
        ("CORRAL_PUSH_BELOW", "-1"),
        ("CORRAL_PUSH_BELOW", "100001"),
        ("CORRAL_STATSD", "localhost"),
        ("CORRAL_STATSD", "localhost:0"),
        ("CORRAL_STATSD", "nonsense"),
        ("CORRAL_LIMIT_READS", "300"),
        ("CORRAL_LIMIT_READS", "0/60s"),
        ("CORRAL_LIMIT_WRITES", "60/1m"),
        ("CORRAL_LIMIT_WRITES", ""),
        ("CORRAL_LIMIT_SIGN_IN", "-1/60s"),
        ("CORRAL_UNLIMITED", "localhost"),
        ("CORRAL_UNLIMITED", "127.0.0.1/8"),
        ("CORRAL_PROXIES", "10.0.0.0/33"),
    ],
)
def test_a_wrong_variable_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Nor does the error itself tell it: logs are read by many."""
    with pytest.raises(ValidationError) as error:
        settings(monkeypatch, **{name: value})
    [sentence] = complaints(error.value)
    assert sentence.startswith(f"{name} is wrong: ")
    assert "hush" not in sentence + str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://127.0.0.1"),
        ("DATABASE_URL", "postgresql+asyncpg://corral:p%40ss@db.example:5432/corral?ssl=require"),
        ("DATABASE_URL", "postgresql://corral@[::1]:5432/corral"),
        ("DATABASE_URL", "postgresql:///corral?host=/var/run/postgresql"),
        ("REDIS_URL", "redis://localhost"),
        ("REDIS_URL", "redis://localhost/"),
        ("REDIS_URL", "rediss://user:p%40ss@cache.example:6380/3"),
        ("REDIS_URL", "unix:///var/run/valkey.sock?db=1"),
    ],
)
def test_what_people_write_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Sockets, drivers, other ports and escaped passwords."""
    assert value == getattr(settings(monkeypatch, **{name: value}), name.lower())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "nonsense", "must begin with postgresql://"),
        ("DATABASE_URL", "postgresql:///corral", "names no host"),
        ("DATABASE_URL", "postgresql://a:b/c@host/d", "names an invalid host or port"),
        ("DATABASE_URL", "postgresql://host:x/c", "names an invalid host or port"),
        ("DATABASE_URL", "postgresql://host:0/c", "names an invalid host or port"),
        ("REDIS_URL", "nonsense", "must begin with redis://, rediss:// or unix://"),
        ("REDIS_URL", "redis+driver://host", "must begin with redis://, rediss:// or unix://"),
        ("REDIS_URL", "redis:///0", "names no host"),
        ("REDIS_URL", "redis://host/x", "must end in a database number"),
        ("CORRAL_STATSD", "nonsense", "must be host:port, as in 127.0.0.1:8125"),
        ("CORRAL_LIMIT_READS", "nonsense", "must be times/seconds, as in 300/300s"),
        ("CORRAL_UNLIMITED", "nonsense", "must be networks, as in 127.0.0.1/32,::1/128"),
    ],
)
def test_a_wrong_setting_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """At once, and not by the first who connects; with what one looks like, and no pattern."""
    with pytest.raises(ValidationError) as error:
        settings(monkeypatch, **{name: value})
    [sentence] = complaints(error.value)
    assert sentence.startswith(f"{name} is wrong: {said} (")
    assert value not in str(error.value)


def test_without_the_check_nonsense_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch: it would be a setting like any other, until somebody connects."""

    class Unchecked(Settings):
        database_url: str = Field(validation_alias="DATABASE_URL")
        redis_url: str = Field(validation_alias="REDIS_URL")

    for name in GIVEN:
        monkeypatch.setenv(name, "nonsense")
    made = Unchecked()
    assert (made.database_url, made.redis_url) == ("nonsense", "nonsense")


def test_a_threshold_beyond_all_reason_is_told_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A push to more would be a write of minutes; the bound itself is taken."""
    assert settings(monkeypatch, CORRAL_PUSH_BELOW="100000").push_below == 100_000
    with pytest.raises(ValidationError) as error:
        settings(monkeypatch, CORRAL_PUSH_BELOW="100001")
    assert list(complaints(error.value)) == [
        "CORRAL_PUSH_BELOW is wrong: Input should be less than or equal to 100000"
        " (posts are pushed to at most so many followers, else pulled)"
    ]


def test_limits_are_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times in seconds; networks with commas between them, spaces allowed, none by default."""
    made = settings(
        monkeypatch,
        CORRAL_LIMIT_READS="5/10s",
        CORRAL_UNLIMITED="127.0.0.1/32, ::1/128,10.0.0.7",
        CORRAL_PROXIES="",
    )
    assert [str(rate) for rate in (made.limit_reads, made.limit_writes, made.limit_sign_in)] == [
        "5/10s", "60/60s", "10/60s",
    ]  # fmt: skip
    assert [str(network) for network in made.unlimited] == [
        "127.0.0.1/32", "::1/128", "10.0.0.7/32",
    ]  # fmt: skip
    assert made.proxies == settings(monkeypatch, CORRAL_UNLIMITED="").unlimited == ()


def test_a_missing_variable_is_named() -> None:
    """Both at once, with what they look like."""
    with pytest.raises(ValidationError) as error:
        Settings()
    assert list(complaints(error.value)) == [
        "DATABASE_URL is not set (postgresql://user@host:port/name)",
        "REDIS_URL is not set (redis://host:port/0)",
    ]


def test_production_needs_a_secret_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that each machine makes up would be another one on each; in development it is made."""
    with pytest.raises(ValidationError) as error:
        settings(monkeypatch, CORRAL_ENVIRONMENT="production", CORRAL_SECRET="")
    assert list(complaints(error.value)) == [
        "CORRAL_SECRET is wrong: production needs one, the same for all processes"
        " (signs tokens and cursors)"
    ]
    made = settings(monkeypatch, CORRAL_ENVIRONMENT="production", CORRAL_SECRET=SECRET)
    assert made.signing_secret() == SECRET.encode()


def test_an_empty_secret_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As compose files pass on a variable that is not set: one is made, and never an empty one."""
    made = settings(monkeypatch, CORRAL_SECRET="")
    assert made.secret is None
    assert len(made.signing_secret()) == 64


def test_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where settings are printed."""
    assert SECRET not in repr(settings(monkeypatch, CORRAL_SECRET=SECRET))


def test_a_checkout_makes_its_secret_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """For its owner alone; another checkout makes another."""
    first = settings(monkeypatch).signing_secret()
    assert first == settings(monkeypatch).signing_secret() == checkout_secret(Path(".corral"))
    file = tmp_path / ".corral" / "secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(first) == 64
    assert first != checkout_secret(tmp_path / "other")
    assert [file] == list(file.parent.iterdir())


def test_a_secret_of_somebodys_own_is_kept(tmp_path: Path) -> None:
    """Whatever lies there is used as it is."""
    (tmp_path / "secret").write_text(SECRET)
    assert checkout_secret(tmp_path) == SECRET.encode()


def test_an_empty_secret_is_refused(tmp_path: Path) -> None:
    """It would sign everybody's tokens."""
    (tmp_path / "secret").write_text("")
    with pytest.raises(ValueError, match=r"secret holds no secret of 32 bytes: remove it"):
        checkout_secret(tmp_path)


def test_processes_that_start_at_once_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have found no secret before the first has written one; none reads half of it."""
    meet = threading.Barrier(8, timeout=20)
    exists = Path.exists
    read: list[bytes] = []

    def look_together(path: Path, **options: Any) -> bool:
        found = exists(path, **options)
        meet.wait()
        return found

    monkeypatch.setattr(Path, "exists", look_together)
    threads = [
        threading.Thread(target=lambda: read.append(checkout_secret(tmp_path))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 8
    assert len(set(read)) == 1
    assert len(read[0]) == 64
    assert ["secret"] == [file.name for file in tmp_path.iterdir()]
