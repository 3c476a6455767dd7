"""All that is kept of an account, as one JSON document.

It is written to a file before the first byte is answered: a reader that is slow holds no database
connection, a failure is answered as one instead of cutting a document short, and the process
holds no more of it than a batch of rows. Where the folder of temporary files is in memory, the file
counts as that.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from django.db import transaction
from rest_framework.utils.encoders import JSONEncoder

from apps.core import personal_data
from apps.users.models import User
from apps.users.personal_data import account_of

# As in answers of the API: times in ISO 8601, letters as they are.
_encode = JSONEncoder(ensure_ascii=False).encode


def export_file(*, user: User, at: datetime) -> IO[bytes]:
    """The document, in a file that is gone when it is closed; open, at its beginning."""
    with ExitStack() as stack:
        file = stack.enter_context(TemporaryFile())
        _write(file, user=user, at=at)
        file.seek(0)
        stack.pop_all()
    return file


# Rows of a section come from one statement and are of one moment; sections are a moment apart.
@transaction.atomic
def _write(file: IO[bytes], *, user: User, at: datetime) -> None:
    head = {"exported_at": at, "account": account_of(user)}
    file.write(_encode(head).removesuffix("}").encode())
    for name, rows in personal_data.sections().items():
        file.write(f", {_encode(name)}: [".encode())
        _write_rows(file, rows(user.pk))
        file.write(b"]")
    file.write(b"}\n")


def _write_rows(file: IO[bytes], rows: Iterable[dict[str, Any]]) -> None:
    separator = "\n"
    for row in rows:
        file.write((separator + _encode(row)).encode())
        separator = ",\n"
