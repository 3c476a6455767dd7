"""What is known of the rated films, where a file tells it."""

from pathlib import Path

from services.imports.catalogue_files import CatalogueFile, find_movies, read_catalogue
from services.imports.source_files import Wrap, unwrapped


def read_films(
    ratings: Path,
    *,
    catalogue: Path | None = None,
    links: Path | None = None,
    wrap: Wrap = unwrapped,
) -> CatalogueFile | None:
    """The films of `catalogue`, by default those of the MovieLens set that the ratings belong to.

    `links` says which items are the films of `catalogue`, by default the links beside either file.
    Raises MovieLensFileError where a file cannot be read.
    """
    around = ratings.parent if _is_table(ratings) else ratings
    if catalogue is not None:
        return read_catalogue(catalogue, beside=[around], links=links, wrap=wrap)
    movies = find_movies(around)
    return None if movies is None else read_catalogue(around, wrap=wrap)


def _is_table(ratings: Path) -> bool:
    return ratings.is_file() and ratings.suffix.lower() != ".zip"
