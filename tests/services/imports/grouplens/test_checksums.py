import pytest

from services.imports.grouplens.checksums import parse_md5
from services.imports.grouplens.errors import DownloadError

SUM = "6b51fb2759a8657d3bfcbfc42b592ada"


@pytest.mark.parametrize(
    "text",
    [
        f"MD5 (ml-25m.zip) = {SUM}\n",
        f"MD5 (/data/ml-25m.zip) = {SUM}",
        f"MD5(ml-25m.zip)= {SUM}\r\n",
        f"{SUM}  ml-25m.zip\n",
        f"{SUM} *ml-25m.zip\r\n",
        f"{SUM}  ./ml-25m.zip\n",
        f"{SUM.upper()}  ml-25m.zip\n",
        f"{SUM}\n",
        f"\ufeff  {SUM.upper()}\r\n\r\n",
    ],
)
def test_every_layout_seen_at_grouplens_is_read(text: str) -> None:
    assert parse_md5(text, archive="ml-25m.zip") == SUM


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no MD5 sum but ''"),
        ("<html><title>Moved</title></html>", "holds no MD5 sum but '<html>"),
        (SUM[:-1], "holds no MD5 sum"),
        (SUM + "0", "holds no MD5 sum"),
        (f"{SUM[:-1]}g", "holds no MD5 sum"),
        (f"SHA256 (ml-25m.zip) = {SUM}", "holds no MD5 sum"),
        (f"{SUM}  ml-25m.zip\n{SUM}  ml-1m.zip\n", "another file|holds no MD5 sum"),
        (f"{SUM}  ml-1m.zip\n", "the sum of 'ml-1m.zip', another file"),
        (f"MD5 (ml-1m.zip) = {SUM}\n", "the sum of 'ml-1m.zip', another file"),
    ],
)
def test_anything_else_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(DownloadError, match=rf"^ml-25m\.zip\.md5 .*({reason})"):
        parse_md5(text, archive="ml-25m.zip")
