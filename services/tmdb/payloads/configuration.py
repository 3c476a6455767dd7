"""Where images are, and in which sizes."""

import re
from dataclasses import dataclass

from apps.movies.image_hosts import is_image_host
from services.tmdb.errors import PayloadError

from . import values
from .parsed import Parsed
from .values import Dropped

MOST_SIZES = 50

_SIZE = re.compile(r"[wh]\d{1,5}|original", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfiguration:
    """An image's address is `base_url`, a size and a path."""

    base_url: str
    poster_sizes: tuple[str, ...]
    backdrop_sizes: tuple[str, ...]
    profile_sizes: tuple[str, ...]
    logo_sizes: tuple[str, ...]
    still_sizes: tuple[str, ...]


def parse_configuration(body: object) -> Parsed[ImageConfiguration]:
    images = values.whole_body(body).get("images")
    if not isinstance(images, dict):
        raise PayloadError("TMDb's configuration says nothing of images")
    dropped = Dropped()
    configuration = ImageConfiguration(
        base_url=_base_url(images),
        poster_sizes=_sizes(images, "poster_sizes", dropped),
        backdrop_sizes=_sizes(images, "backdrop_sizes", dropped),
        profile_sizes=_sizes(images, "profile_sizes", dropped),
        logo_sizes=_sizes(images, "logo_sizes", dropped),
        still_sizes=_sizes(images, "still_sizes", dropped),
    )
    return Parsed(value=configuration, dropped=dropped)


def _base_url(images: dict[str, object]) -> str:
    for field in ("secure_base_url", "base_url"):
        found = images.get(field)
        if isinstance(found, str) and is_image_host(found):
            return found if found.endswith("/") else f"{found}/"
    raise PayloadError("TMDb's configuration names no https:// address of images")


def _sizes(images: dict[str, object], field: str, dropped: Dropped) -> tuple[str, ...]:
    rows = images.get(field)
    if not isinstance(rows, list):
        dropped[field] += 1
        return ()
    sizes = [row for row in rows[:MOST_SIZES] if isinstance(row, str) and _SIZE.fullmatch(row)]
    if len(rows) > len(sizes):
        dropped[field] += len(rows) - len(sizes)
    return tuple(dict.fromkeys(sizes))
