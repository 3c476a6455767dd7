from datetime import UTC, datetime

import pytest

from services.tmdb.retry_after import seconds_to_wait

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("3", 3.0),
        ("  12 ", 12.0),
        ("999999999999", 999999999999.0),
        ("Sun, 01 Mar 2026 12:00:07 GMT", 7.0),
        ("Sun, 01 Mar 2026 12:00:07 -0000", 7.0),
        ("Sun, 01 Mar 2026 13:00:07 +0100", 7.0),
        ("Sunday, 01-Mar-26 12:00:07 GMT", 7.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        *(
            (header, None)
            for header in (
                *(None, "", " ", "soon", "-3", "+3", "1.5", "3 s", "1e3", "\u0663", "9" * 13),
                *("Sun, 32 Mar 2026 12:00:07 GMT", "Sun, 01 Mar 99999 12:00:07 GMT", ",,,", "\0"),
            )
        ),
    ],
)
def test_a_wait_is_read_or_unknown(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, at=AT) == seconds
