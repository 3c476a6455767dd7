"""PostgreSQL's binary COPY format as NumPy records, in both directions.

A row of fixed-width columns without nulls is one packed record: the number of columns, then the
length and value of each. PostgreSQL documents the format under COPY, "Binary Format".
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

_SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_HEADER = _SIGNATURE + bytes(8)
_TRAILER = b"\xff\xff"

Records = NDArray[np.void]


def copy_out(
    query: str, params: Sequence[Any] | Mapping[str, Any], columns: Sequence[tuple[str, str]]
) -> dict[str, NDArray[Any]]:
    """Run `query` and return its columns as arrays in native byte order.

    `columns` are names and NumPy types in the order of the query: "i8" for bigint, "i4" for
    integer, "i2" for smallint; a timestamptz is an "i8" of microseconds since 2000. No value may be
    null.
    """
    records = copy_out_records(query, params, record_type(columns))
    return {name: records[name].astype(kind) for name, kind in columns}


def copy_out_records(
    query: str, params: Sequence[Any] | Mapping[str, Any], record: np.dtype[np.void]
) -> Records:
    """Run `query`, each row of which is one `record`."""
    sink = io.BytesIO()
    with connection.cursor() as cursor:
        sql = cursor.mogrify(query, params).decode()
        with connection.wrap_database_errors:
            cursor.copy_expert(f"COPY ({sql}) TO STDOUT (FORMAT binary)", sink)
    body = sink.getbuffer()[len(_HEADER) : -len(_TRAILER)]
    return np.frombuffer(body, record)


def copy_in(table: str, columns: Sequence[str], blocks: Sequence[Records]) -> None:
    """Append records made with `record_type` or with array columns to a table."""
    source = io.BytesIO(b"".join((_HEADER, *(block.tobytes() for block in blocks), _TRAILER)))
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(
            f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)", source
        )


def record_type(columns: Sequence[tuple[str, str]]) -> np.dtype[np.void]:
    fields: list[tuple[str, str]] = [("columns", ">i2")]
    for name, kind in columns:
        fields += [(f"{name}_bytes", ">i4"), (name, f">{kind}")]
    return np.dtype(fields)


def array_type(kind: str, width: int) -> np.dtype[np.void]:
    """A one-dimensional array value; an empty one has no dimension at all."""
    header = [(name, ">i4") for name in ("bytes", "dimensions", "has_nulls", "element")]
    if not width:
        return np.dtype(header)
    element = np.dtype([("bytes", ">i4"), ("value", f">{kind}")])
    return np.dtype([*header, ("size", ">i4"), ("lower", ">i4"), ("elements", element, (width,))])
