"""Answers in names that do not depend on the database they come from.

Copies of one world agree in all ids, but what is written after the copy gets ids and times of
its own. `Names` calls those by the order in which they appear.
"""

import re
from datetime import UTC, datetime
from typing import Any

from service.feed.ids import ID_EPOCH_MS

ID = re.compile(r"\d{12,}")
SHOWN_TIMES = {"created_at", "edited_at"}
LEFT_OUT = {"views", "as_of", "instance"}


class Names:
    """Renames what is newer than the session."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC)
        self._new: dict[int, str] = {}

    def of(self, content: Any) -> Any:
        """The same content in shared names; cursors only say that there is more."""
        if isinstance(content, list):
            return [self.of(item) for item in content]
        if not isinstance(content, dict):
            return content
        return {key: self._value(key, item) for key, item in content.items() if key not in LEFT_OUT}

    def _value(self, key: str, value: Any) -> Any:
        if key == "next":
            return value is not None
        if key in SHOWN_TIMES and value and datetime.fromisoformat(value) > self._began:
            return "new"
        if key == "detail" and isinstance(value, str):
            return ID.sub(lambda found: str(self._value("id", int(found[0]))), value)
        if key in {"id", "post_id", "parent_id"} and isinstance(value, int):
            is_new = (value >> 12) + ID_EPOCH_MS > self._began.timestamp() * 1000
            return self._new.setdefault(value, f"new {len(self._new)}") if is_new else value
        return self.of(value)
