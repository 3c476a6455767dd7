"""The file of all ids."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.tmdb_server import StandIn
from tests.tmdb_server.answers import as_json
from tests.tmdb_server.arrivals import Arrivals
from tests.tmdb_server.catalogue import FIRST_INVENTED, Catalogue
from tests.tmdb_server.connections import Request
from tests.tmdb_server.export import Export, day_of, path_of
from tests.tmdb_server.service import Service
from tests.tmdb_server.sources import read_records

from .conftest import Client

DAY = date(2026, 8, 31)


def export(folder: Path, *, lines: int | None = None) -> Export:
    folder.mkdir(exist_ok=True)
    return Export(Catalogue(read_records(None)), folder, lines=lines)


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def test_it_has_as_many_lines_as_wished_all_with_ids_of_their_own(tmp_path: Path) -> None:
    found = rows(export(tmp_path, lines=30_000).file(DAY))

    assert len({row["id"] for row in found}) == len(found) == 30_000
    assert found[-1]["id"] == FIRST_INVENTED + 30_000 - 547 - 1
    assert found[-1]["original_title"] == "Title 20029452"
    assert {tuple(row) for row in found} == {
        ("adult", "id", "original_title", "popularity", "video")
    }
    assert min(row["popularity"] for row in found) > 0


@pytest.mark.parametrize(("lines", "expected"), [(None, 547), (100, 100), (0, 0)])
def test_it_can_be_shorter_than_the_catalogue(
    lines: int | None, expected: int, tmp_path: Path
) -> None:
    assert len(rows(export(tmp_path, lines=lines).file(DAY))) == expected


def test_two_servers_write_the_same_and_two_days_agree_on_no_popularity(tmp_path: Path) -> None:
    first = export(tmp_path / "first", lines=5_000)
    second = export(tmp_path / "second", lines=5_000)
    same, next_day = rows(second.file(DAY)), rows(first.file(DAY + timedelta(days=1)))

    assert rows(first.file(DAY)) == same
    assert [row["id"] for row in next_day] == [row["id"] for row in same]
    pairs = zip(same, next_day, strict=True)
    assert not [one["id"] for one, other in pairs if one["popularity"] == other["popularity"]]


def test_it_follows_edits_and_removals(tmp_path: Path) -> None:
    catalogue = Catalogue(read_records(None))
    written = Export(catalogue, tmp_path, lines=600)
    before = {row["id"] for row in rows(written.file(DAY))}

    catalogue.remove(238)
    catalogue.remove(FIRST_INVENTED)
    catalogue.edit(11, {"original_title": "Edited", "popularity": 900.0})
    catalogue.edit(13, {"adult": True})
    after = {row["id"]: row for row in rows(written.file(DAY))}

    assert before - after.keys() == {238, FIRST_INVENTED, 13}
    assert after[11]["original_title"] == "Edited"
    assert after[11]["popularity"] >= 900


def test_an_address_names_its_day() -> None:
    assert path_of(DAY) == "/p/exports/movie_ids_08_31_2026.json.gz"
    assert day_of(path_of(DAY)) == DAY
    assert day_of("/p/exports/movie_ids_02_30_2026.json.gz") is None
    assert day_of("/p/exports/person_ids_08_31_2026.json.gz") is None


def test_three_months_are_kept_and_none_of_the_future(tmdb: StandIn, client: Client) -> None:
    tmdb.configure(today=DAY)

    def status(day: date) -> int:
        return client.export(path_of(day).rpartition("/")[2]).status_code

    assert status(DAY) == status(DAY - timedelta(days=90)) == 200
    assert status(DAY - timedelta(days=91)) == status(DAY + timedelta(days=1)) == 404


def test_it_can_be_written_before_it_is_asked_for(tmp_path: Path) -> None:
    catalogue = Catalogue(read_records(None))
    service = Service(catalogue, Export(catalogue, tmp_path), Arrivals(), token="t", rate=0)
    request = Request(
        method="POST", path=f"/stand-in/exports/{DAY}", query={}, headers={}, arrived_at=0.0
    )

    answer = service.handle(request)

    assert answer == as_json(None)
    assert len(rows(tmp_path / "2026-08-31-0.json.gz")) == 547


def test_no_credential_is_needed_and_no_request_of_the_api_counted(
    tmdb: StandIn, client: Client
) -> None:
    name = path_of(datetime.now(UTC).date()).rpartition("/")[2]

    answer = client.export(name)

    assert answer.headers["Content-Type"] == "application/gzip"
    assert len(gzip.decompress(answer.content).splitlines()) >= 540
    summary = tmdb.summary()
    assert (summary["total"], summary["exports"]) == (0, 1)
