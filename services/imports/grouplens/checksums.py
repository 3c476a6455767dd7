"""MD5 sums as GroupLens publishes them.

MD5 tells a damaged archive from a whole one; nobody damages a file by accident into one of the
same sum. It proves nothing about who made the file, for collisions are cheap, and the sum comes
from the same server anyway: authenticity is what TLS and the server's certificate are for.
"""

import hashlib
import re
from pathlib import Path, PurePosixPath

from .errors import DownloadError

_HEX = r"(?P<sum>[0-9a-f]{32})"
_LAYOUTS = (
    re.compile(rf"MD5 ?\((?P<name>.+)\) ?= ?{_HEX}", re.IGNORECASE),  # BSD: MD5 (name) = sum
    re.compile(rf"{_HEX}(?: [ *](?P<name>.+))?", re.IGNORECASE),  # GNU: sum  name; or bare
)
_SHOWN_CHARACTERS = 60


def parse_md5(text: str, *, archive: str) -> str:
    """The sum in lower case that the text of a `.md5` file gives for `archive`.

    Raises:
        DownloadError: it is anything but one line in the layout of BSD's md5, of GNU's md5sum
            or a bare sum, or it speaks of another file.
    """
    line = text.removeprefix("\ufeff").strip()
    match = next((found for layout in _LAYOUTS if (found := layout.fullmatch(line))), None)
    if match is None:
        shown = line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}…"
        raise DownloadError(f"{archive}.md5 holds no MD5 sum but {shown!r}")
    name = match["name"]
    if name is not None and PurePosixPath(name.strip()).name != archive:
        raise DownloadError(f"{archive}.md5 gives the sum of {name.strip()!r}, another file")
    return match["sum"].lower()


def render_md5(md5: str, *, archive: str) -> str:
    """One line that `md5sum --check` reads."""
    return f"{md5}  {archive}\n"


def md5_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
