"""Facts made up from an id: the same at each start, and plainly not real."""

import base64
import hashlib
import zlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

# With it none of the 39,725 names of the data set and of 20,000 invented ones share an id.
_PEOPLE = b"2"


def number(*parts: object) -> int:
    """32 bits that look like chance."""
    return zlib.crc32(repr(parts).encode())


def below(limit: int, *parts: object) -> int:
    return number(*parts) % limit


def share(*parts: object) -> float:
    """From 0 to 1."""
    return number(*parts) / 2**32


def one_of(values: Sequence[T], *parts: object) -> T:
    return values[below(len(values), *parts)]


def hexadecimal(*parts: object) -> str:
    """24 digits, as the ids of credits and videos have."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def video_key(*parts: object) -> str:
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def image(kind: str, identifier: int) -> str:
    return f"/stand-in-{kind}-{identifier}.jpg"


def image_or_none(kind: str, identifier: int, *, chance: float) -> str | None:
    return image(kind, identifier) if share(kind, identifier) < chance else None


def person_id(name: str) -> int:
    digest = hashlib.blake2b(name.encode(), digest_size=4, person=_PEOPLE).digest()
    return (int.from_bytes(digest) & 0x7FFF_FFFF) or 1


def popularity(identifier: int) -> float:
    """Most titles have next to none, a few have much."""
    return float(round(0.6 + 4.0 * share("popularity", identifier) ** 6, 4))
