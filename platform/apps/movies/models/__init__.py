"""The catalogue: films, what is known of them, ranked lists, and the runs that keep it fresh."""

from .facts import Collection, Company, Country, Keyword, Language
from .films import EARLIEST_YEAR, LATEST_YEAR, MAX_VOTE, Genre, Movie, SourceTitle
from .lists import ImageSizes, ListEntry, ListName, ListState
from .people import Credit, Person
from .runs import ChangesWatermark, SyncRun, SyncTitle
from .search import SearchDocument, SearchWord, StaleDocument, StaleFilms, WordCount
from .titles import (
    AlternativeTitle,
    Poster,
    Provider,
    RelatedTitles,
    ReleaseDate,
    Translation,
    Video,
    WatchAvailability,
)

__all__ = [
    "EARLIEST_YEAR",
    "LATEST_YEAR",
    "MAX_VOTE",
    "AlternativeTitle",
    "ChangesWatermark",
    "Collection",
    "Company",
    "Country",
    "Credit",
    "Genre",
    "ImageSizes",
    "Keyword",
    "Language",
    "ListEntry",
    "ListName",
    "ListState",
    "Movie",
    "Person",
    "Poster",
    "Provider",
    "RelatedTitles",
    "ReleaseDate",
    "SearchDocument",
    "SearchWord",
    "SourceTitle",
    "StaleDocument",
    "StaleFilms",
    "SyncRun",
    "SyncTitle",
    "Translation",
    "Video",
    "WatchAvailability",
    "WordCount",
]
