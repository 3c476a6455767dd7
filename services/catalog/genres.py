"""The genres, and where TMDb's images are and in which sizes: what everything else refers to."""

from apps.movies.models import ImageSizes
from services.tmdb.payloads.configuration import ImageConfiguration

from .preparing import Preparation, add, finish, note_dropped
from .shared_rows import rename_genres


def prepare(work: Preparation) -> None:
    genres = work.client.genres()
    images = work.client.configuration()
    with work.saving() as held:
        at = work.clock()
        counts = rename_genres(genres.value)
        _write_image_sizes(images.value, at=at)
        for parsed in (genres, images):
            note_dropped(held, parsed.dropped)
        unchanged = len(genres.value) - sum(counts.values())
        add(held, seen=len(genres.value), unchanged=unchanged, requests=2, **counts)
        held.total = len(genres.value)
        finish(held, at=at)


def _write_image_sizes(images: ImageConfiguration, *, at: object) -> None:
    sizes = {
        "poster": images.poster_sizes,
        "backdrop": images.backdrop_sizes,
        "profile": images.profile_sizes,
        "logo": images.logo_sizes,
        "still": images.still_sizes,
    }
    ImageSizes.objects.update_or_create(
        pk=ImageSizes.ROW_ID,
        defaults={"base_url": images.base_url, "sizes": sizes, "fetched_at": at},
    )
