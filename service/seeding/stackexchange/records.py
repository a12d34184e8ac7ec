"""One JSON object a line, with typed fields; every error names file and line."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from service.seeding.errors import SeedError
from service.seeding.lines import numbered_lines
from service.seeding.rows import to_ms
from service.seeding.timing import DAY_MS

EARLIEST = datetime(2008, 1, 1, tzinfo=UTC)  # ids count from there
LATEST = datetime(2077, 1, 1, tzinfo=UTC)  # and reach a little beyond that
LARGEST = 2**53


class Record:
    """An object of a file, and where it stands."""

    def __init__(self, path: Path, line: int, fields: dict[str, Any]) -> None:
        self._path = path
        self._line = line
        self._fields = fields

    def error(self, what: str) -> SeedError:
        """Something is wrong with this line."""
        return SeedError.at(self._path, self._line, what)

    def whole(self, name: str) -> int:
        """A whole number that must be there."""
        value = self.maybe_whole(name)
        if value is None:
            raise self.error(f"{name!r} is missing")
        return value

    def maybe_whole(self, name: str) -> int | None:
        """A whole number, or None where the field was left out."""
        value = self._fields.get(name)
        if value is None:
            return None
        if type(value) is not int or not -LARGEST < value < LARGEST:
            raise self._wrong(name, "a whole number")
        return value

    def text(self, name: str) -> str:
        """A text that must be there, fit to be stored."""
        value = self._fields.get(name)
        if value is None:
            raise self.error(f"{name!r} is missing")
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        if "\0" in value or any("\ud800" <= each <= "\udfff" for each in value):
            raise self.error(f"{name!r} holds a character that is not text")
        return value

    def moment_ms(self, name: str) -> int:
        """A date and time (UTC unless it says otherwise), in ms since 1970."""
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError as error:
            raise self._wrong(name, "a date and time") from error
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if not EARLIEST <= moment <= LATEST:
            raise self._wrong(name, "between 2008 and 2077")
        return to_ms(moment)

    def day_ms(self, name: str) -> int:
        """The beginning of a day in UTC, in ms since 1970."""
        try:
            day = date.fromisoformat(self.text(name)[:10])
        except ValueError as error:
            raise self._wrong(name, "a date") from error
        if not EARLIEST.date() <= day <= LATEST.date():
            raise self._wrong(name, "between 2008 and 2077")
        return (day - date(1970, 1, 1)).days * DAY_MS

    def _wrong(self, name: str, wanted: str) -> SeedError:
        shown = repr(self._fields[name])
        shown = shown if len(shown) <= 40 else shown[:40] + "…"
        return self.error(f"{name!r} must be {wanted}, not {shown}")


def records(path: Path) -> Iterator[Record]:
    """The objects of a file. Raises SeedError for a line that is not one."""
    for line, text in numbered_lines(path):
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SeedError.at(path, line, f"not JSON ({error})") from error
        if not isinstance(fields, dict):
            raise SeedError.at(path, line, "expected one JSON object")
        yield Record(path, line, fields)
