"""Small MovieLens data sets on disk, sound by default."""

import hashlib
import io
import zipfile
from pathlib import Path
from random import Random

MOVIES = """movieId,title,genres
1,Toy Story (1995),Adventure|Animation|Children
2,"City of Lost Children, The (Cité des enfants perdus, La) (1995)",Sci-Fi|IMAX
3,Heat (1995),Crime
4,Heat (again) (1995),Crime|Film-Noir
5,Ikarie,(no genres listed)
"""
LINKS = """movieId,imdbId,tmdbId
1,0114709,862
2,0112682,902
3,0113277,949
4,0113277,949
5,0122797,
"""
RATINGS = """userId,movieId,rating,timestamp
7,1,4.5,1000000000
7,3,3.0,1000000100
7,4,5.0,1000000200
8,2,0.5,1000000300
8,5,5,1000000400
"""
SOUND = {"movies.csv": MOVIES, "links.csv": LINKS, "ratings.csv": RATINGS}


def write_folder(folder: Path, files: dict[str, str | bytes | None] | None = None) -> Path:
    """Write the sound data set with `files` put in the place of its own; None leaves one out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (SOUND | (files or {})).items():
        if content is not None:
            (folder / name).write_bytes(_encoded(content))
    return folder


def write_zip(path: Path, files: dict[str, str | bytes] | None = None, top: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (files or SOUND).items():
            archive.writestr(f"{top}{name}", _encoded(content))
    return path


def _encoded(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def archive_of(
    name: str, *, files: dict[str, str] | None = None, filler: int = 0, seed: int = 1
) -> bytes:
    """A data set, the sound one by default, zipped as GroupLens does it: in a folder of its name.

    `filler` incompressible bytes make it as long as a test needs.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in (files or SOUND).items():
            archive.writestr(f"{name}/{file}", content)
        archive.writestr(f"{name}/README.txt", "Usage License\n")
        archive.writestr(f"{name}/genome-scores.csv", Random(seed).randbytes(filler))
    return buffer.getvalue()


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
