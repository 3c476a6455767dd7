"""Addresses of TMDb's images in named sizes, as TMDb's configuration was when last synced."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Self

from .image_hosts import is_image_host
from .models import ImageSizes

Kind = Literal["poster", "backdrop", "profile", "logo"]
Size = Literal["small", "medium", "large", "original"]

KINDS: tuple[Kind, ...] = ("poster", "backdrop", "profile", "logo")
SIZES: tuple[Size, ...] = ("small", "medium", "large", "original")

DEFAULT_BASE_URL = "https://image.tmdb.org/t/p"
DEFAULT_SIZES: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "poster": ("w92", "w154", "w185", "w342", "w500", "w780", "original"),
        "backdrop": ("w300", "w780", "w1280", "original"),
        "profile": ("w45", "w185", "h632", "original"),
        "logo": ("w45", "w92", "w154", "w185", "w300", "w500", "original"),
    }
)
# Pixels. Of the configured sizes the nearest is taken.
_WANTED: Mapping[Kind, Mapping[Size, int]] = MappingProxyType(
    {
        "poster": {"small": 185, "medium": 342, "large": 500},
        "backdrop": {"small": 300, "medium": 780, "large": 1280},
        "profile": {"small": 45, "medium": 185, "large": 632},
        "logo": {"small": 45, "medium": 92, "large": 154},
    }
)
REFRESH_SECONDS = 300.0

_SIZE = re.compile(r"[wh]([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class ImageURLs:
    """What stands before the path of an image, for each kind and named size."""

    prefixes: Mapping[tuple[Kind, Size], str]

    @classmethod
    def of(cls, base_url: str, sizes: Mapping[str, Sequence[str]]) -> Self:
        """Wherever the configuration cannot be used, TMDb's well-known one is."""
        base = base_url if is_image_host(base_url) else DEFAULT_BASE_URL
        return cls(
            {
                (kind, size): f"{base.rstrip('/')}/{_nearest(kind, size, sizes.get(kind, ()))}"
                for kind in KINDS
                for size in SIZES
            }
        )

    @property
    def of_cards(self) -> tuple[str, str]:
        return self.prefixes["poster", "large"], self.prefixes["backdrop", "large"]

    def url(self, kind: Kind, size: Size, path: str) -> str | None:
        return f"{self.prefixes[kind, size]}{path}" if path else None

    def named(self, kind: Kind, path: str) -> dict[str, str] | None:
        """The addresses of an image by the names of its sizes."""
        return {size: f"{self.prefixes[kind, size]}{path}" for size in SIZES} if path else None


class KnownImageURLs:
    """The configuration, read from the database at most once in REFRESH_SECONDS."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._read: tuple[float, ImageURLs] | None = None

    def get(self) -> ImageURLs:
        read, now = self._read, self._clock()
        if read is None or now - read[0] >= REFRESH_SECONDS:
            self._read = read = (now, _read_configuration())
        return read[1]

    def forget(self) -> None:
        self._read = None


known = KnownImageURLs(clock=time.monotonic)


def _read_configuration() -> ImageURLs:
    stored = ImageSizes.objects.filter(pk=ImageSizes.ROW_ID).first()
    return ImageURLs.of(stored.base_url, stored.sizes) if stored else ImageURLs.of("", {})


def _nearest(kind: Kind, size: Size, configured: Sequence[str]) -> str:
    if size == "original":
        return size
    wanted = _WANTED[kind][size]
    widths = {name: int(found[1]) for name in configured if (found := _SIZE.fullmatch(name))}
    if not widths:
        return _nearest(kind, size, DEFAULT_SIZES[kind])
    return min(widths, key=lambda name: abs(widths[name] - wanted))
