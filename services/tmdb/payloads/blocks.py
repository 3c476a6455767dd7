"""What a film has in many languages and countries: videos, releases, translations, titles."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from . import values
from .rows import read_list, read_rows
from .values import Dropped, UnusableRowError

MOST_VIDEOS = 200
MOST_COUNTRIES = 300
MOST_RELEASES = 1_000
MOST_TRANSLATIONS = 300
MOST_TITLES = 500
MAX_RELEASE_TYPE = 6
MAX_RUNTIME = 2**15 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPayload:
    video_id: str
    site: str
    key: str
    name: str
    type: str
    official: bool
    published_at: datetime | None
    size: int | None
    language: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDatePayload:
    country: str
    type: int
    certification: str
    released_on: date
    note: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationPayload:
    language: str
    country: str
    title: str
    overview: str
    tagline: str
    homepage: str
    runtime: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeTitlePayload:
    country: str
    title: str
    type: str


def read_videos(block: object, dropped: Dropped) -> tuple[VideoPayload, ...] | None:
    def read(row: dict[str, object]) -> VideoPayload:
        return VideoPayload(
            video_id=values.token(row.get("id"), 40, "id"),
            site=values.text(row.get("site"), 40),
            key=values.token(row.get("key"), 100, "key"),
            name=values.text(row.get("name"), 300),
            type=values.text(row.get("type"), 40),
            official=row.get("official") is True,
            published_at=values.moment(row.get("published_at"), "videos.published_at", dropped),
            size=values.whole(row.get("size"), least=1),
            language=values.language(row.get("iso_639_1")),
            country=values.country(row.get("iso_3166_1")),
        )

    return read_rows(
        read_list(block, "results"),
        read,
        key=lambda video: video.video_id,
        block="videos",
        most=MOST_VIDEOS,
        dropped=dropped,
    )


def read_release_dates(block: object, dropped: Dropped) -> tuple[ReleaseDatePayload, ...] | None:
    """One row for each release; the block has them below their countries."""
    countries = read_list(block, "results")
    rows = list(_releases(countries, dropped)) if isinstance(countries, list) else None
    found = read_rows(
        rows,
        _read_release,
        key=_itself,
        block="release_dates",
        most=MOST_RELEASES,
        dropped=dropped,
    )
    # Countries of which none can be read are no news of no release.
    return found if rows or not countries else None


def _releases(countries: list[object], dropped: Dropped) -> Iterator[object]:
    if len(countries) > MOST_COUNTRIES:
        dropped["release_dates.too_many"] += len(countries) - MOST_COUNTRIES
    for entry in countries[:MOST_COUNTRIES]:
        country = values.country(entry.get("iso_3166_1")) if isinstance(entry, dict) else ""
        releases = read_list(entry, "release_dates")
        if not country:
            dropped["release_dates.country"] += 1
        elif not isinstance(releases, list):
            dropped["release_dates.row"] += 1
        else:
            yield from (_in_country(row, country) for row in releases)


def _itself(release: ReleaseDatePayload) -> ReleaseDatePayload:
    return release


def _in_country(row: object, country: str) -> object:
    return {**row, "country": country} if isinstance(row, dict) else row


def _read_release(row: dict[str, object]) -> ReleaseDatePayload:
    kind = values.whole(row.get("type"), least=1, most=MAX_RELEASE_TYPE)
    released_on = values.day(row.get("release_date"), "", Dropped())
    if kind is None:
        raise UnusableRowError("type")
    if released_on is None:
        raise UnusableRowError("release_date")
    return ReleaseDatePayload(
        country=values.country(row.get("country")),
        type=kind,
        certification=values.text(row.get("certification"), 40).strip(),
        released_on=released_on,
        note=values.text(row.get("note"), 200),
        language=values.language(row.get("iso_639_1")),
    )


def read_translations(block: object, dropped: Dropped) -> tuple[TranslationPayload, ...] | None:
    def read(row: dict[str, object]) -> TranslationPayload:
        data = row.get("data")
        if not isinstance(data, dict):
            raise UnusableRowError("data")
        language = values.language(row.get("iso_639_1"))
        if not language:
            raise UnusableRowError("iso_639_1")
        return TranslationPayload(
            language=language,
            country=values.country(row.get("iso_3166_1")),
            title=values.text(data.get("title"), 500),
            overview=values.text(data.get("overview"), 10_000),
            tagline=values.text(data.get("tagline"), 500),
            homepage=values.web_url(data.get("homepage"), "translations.homepage", dropped),
            runtime=values.whole(data.get("runtime"), least=1, most=MAX_RUNTIME),
        )

    return read_rows(
        read_list(block, "translations"),
        read,
        key=lambda translation: (translation.language, translation.country),
        block="translations",
        most=MOST_TRANSLATIONS,
        dropped=dropped,
    )


def read_alternative_titles(
    block: object, dropped: Dropped
) -> tuple[AlternativeTitlePayload, ...] | None:
    def read(row: dict[str, object]) -> AlternativeTitlePayload:
        return AlternativeTitlePayload(
            country=values.country(row.get("iso_3166_1")),
            title=values.name(row.get("title"), 500, "title"),
            type=values.text(row.get("type"), 100),
        )

    return read_rows(
        read_list(block, "titles"),
        read,
        key=lambda title: (title.country, title.title, title.type),
        block="alternative_titles",
        most=MOST_TITLES,
        dropped=dropped,
    )
