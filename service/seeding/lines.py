"""Reading a text file line by line, plain or gzip, so that an error names file and line."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from service.seeding.errors import SeedError

GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = "\ufeff"


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Each line with its number from 1, without its end.

    Raises SeedError where the file is missing, empty, no valid gzip, or not UTF-8.
    """
    number = 0
    try:
        with _opened(path) as file:
            for number, raw in enumerate(file, start=1):
                yield number, _text(path, number, raw)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SeedError.at(path, number + 1, f"broken gzip ({error})") from error
    except OSError as error:
        raise SeedError(f"{path}: cannot be read ({error.strerror or error})") from error
    if number == 0:
        raise SeedError.at(path, 1, "the file is empty")


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = path.suffix == ".gz" or file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def _text(path: Path, number: int, raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise SeedError.at(path, number, f"not UTF-8 (byte {error.start + 1})") from error
    if number == 1:
        text = text.removeprefix(BYTE_ORDER_MARK)
    return text.rstrip("\r\n")
