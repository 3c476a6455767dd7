"""What one archive's transfer makes of a server's faults."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from services.imports.grouplens import transfer
from services.imports.grouplens.archives import Outcome
from services.imports.grouplens.client import HTTPSKeepingSession
from services.imports.grouplens.errors import DownloadError, DownloadUnfinishedError
from tests.services.imports.data_sets import archive_of, md5

from .downloading import SMALL, Download
from .server import MODIFIED, Asked, Fault, GroupLens, Published

NAME = SMALL.archive
CONTENT = archive_of(SMALL.name, filler=200_000)
OTHER = archive_of(SMALL.name, filler=190_000, seed=2)
CUT = 100_000
VERIFIED = {NAME: len(CONTENT), f"{NAME}.md5": 32 + 2 + len(NAME) + 1}


@pytest.fixture
def download(grouplens: GroupLens, tmp_path: Path) -> Download:
    grouplens.publish(NAME, CONTENT)
    return Download(grouplens, tmp_path / "datasets")


def interrupted(download: Download, *, at: int = CUT) -> int:
    """Leave a part behind, as a first run with a cut connection does; its size."""
    download.server.fail(NAME, Fault(cut_after=at))
    with pytest.raises(DownloadUnfinishedError):
        download(patience=replace(download.patience, attempts=1))
    size = len(download.part())
    download.server.asked.clear()
    download.watch.starts.clear()
    return size


def test_a_sound_download_leaves_the_archive_and_its_sum(download: Download) -> None:
    archive = download()

    assert archive.path.read_bytes() == CONTENT
    assert (archive.md5, archive.outcome) == (md5(CONTENT), Outcome.DOWNLOADED)
    assert archive.readme() == "ml-latest-small/README.txt"
    assert download.on_disk == VERIFIED
    assert download.server.asked == [Asked(f"{NAME}.md5", None, None), Asked(NAME, None, None)]
    assert download.watch.starts == [(NAME, 0, len(CONTENT))]
    assert download.watch.received == len(CONTENT)
    assert (download.consents, download.pauses) == (1, [])


def test_a_cut_connection_is_taken_up_where_it_ended(download: Download) -> None:
    download.server.fail(NAME, Fault(cut_after=CUT), Fault(cut_after=50_000))

    archive = download()

    assert archive.path.read_bytes() == CONTENT
    first, second, third = download.server.asked_for(NAME)
    assert first == Asked(NAME, None, None)
    offsets = [int(str(asked.range).strip("bytes=-")) for asked in (second, third)]
    assert CUT - transfer.CHUNK_BYTES <= offsets[0] <= CUT
    assert offsets[0] < offsets[1] < len(CONTENT)
    assert {second.if_range, third.if_range} == {'"first"'}
    assert download.watch.starts == [(NAME, done, len(CONTENT)) for done in (0, *offsets)]
    assert download.watch.received == len(CONTENT)


def test_each_new_byte_earns_new_patience_and_shorter_pauses(download: Download) -> None:
    cuts = [Fault(cut_after=30_000)] * 6
    download.server.fail(NAME, *cuts)

    assert download().path.read_bytes() == CONTENT
    assert download.pauses == [1] * 6


def test_a_second_run_goes_on_where_the_first_stopped(download: Download) -> None:
    size = interrupted(download)
    assert CUT - transfer.CHUNK_BYTES <= size <= CUT
    assert download.part() == CONTENT[:size]
    assert set(download.on_disk) == {f"{NAME}.part", f"{NAME}.part.json"}

    archive = download()

    assert archive.path.read_bytes() == CONTENT
    assert download.server.asked_for(NAME) == [Asked(NAME, f"bytes={size}-", '"first"')]
    assert download.on_disk == VERIFIED


@pytest.mark.parametrize(
    ("etag", "condition"), [(None, MODIFIED), ('W/"weak"', MODIFIED), ('"strong"', '"strong"')]
)
def test_the_condition_is_a_strong_validator(
    download: Download, etag: str | None, condition: str
) -> None:
    download.server.publish(NAME, CONTENT, etag=etag)
    size = interrupted(download)

    assert download().path.read_bytes() == CONTENT
    assert download.server.asked_for(NAME) == [Asked(NAME, f"bytes={size}-", condition)]


def test_without_a_validator_it_starts_over(download: Download) -> None:
    download.server.publish(NAME, CONTENT, etag=None, modified=None)
    interrupted(download)

    assert download().path.read_bytes() == CONTENT
    assert download.server.asked_for(NAME) == [Asked(NAME, None, None)]


def test_a_server_that_ignores_ranges_sends_all_of_it(download: Download) -> None:
    interrupted(download)
    download.server.fail(NAME, Fault(ignore_range=True))

    assert download().path.read_bytes() == CONTENT
    assert download.watch.starts == [(NAME, 0, len(CONTENT))]
    assert "The server sends the archive from the start again." in download.watch.notes


def test_a_server_that_ignores_ranges_and_cuts_is_not_asked_for_ever(download: Download) -> None:
    download.server.fail(NAME, *[Fault(cut_after=CUT, ignore_range=True)] * 20)

    with pytest.raises(DownloadUnfinishedError, match="broke the"):
        download()

    assert len(download.server.asked_for(NAME)) == 4
    assert set(download.on_disk) == {f"{NAME}.part", f"{NAME}.part.json"}


def test_a_file_changed_midway_is_fetched_from_its_start(download: Download) -> None:
    download.server.fail(
        NAME, Fault(cut_after=CUT), Fault(replace_by=Published(OTHER, etag='"second"'))
    )

    archive = download()

    assert archive.path.read_bytes() == OTHER
    assert archive.md5 == md5(OTHER)
    assert download.watch.starts[-1] == (NAME, 0, len(OTHER))
    assert download.on_disk[NAME] == len(OTHER)


def test_a_changed_file_sent_in_part_is_noticed_by_its_etag(download: Download) -> None:
    """A server that ignores If-Range would otherwise sew two files together."""
    as_long = archive_of(SMALL.name, filler=200_000, seed=3)
    assert len(as_long) == len(CONTENT)
    changed = Fault(replace_by=Published(as_long, etag='"second"'), ignore_if_range=True)
    download.server.fail(NAME, Fault(cut_after=CUT), changed)

    assert download().path.read_bytes() == as_long
    assert any("goes on with another file" in note for note in download.watch.notes)


@pytest.mark.parametrize(
    "content_range",
    ["bytes 0-199999/200000", "bytes 5-9/*", "bytes */7", "pages 1-2/3", ""],
)
def test_a_wrong_content_range_is_not_appended(download: Download, content_range: str) -> None:
    interrupted(download)
    download.server.fail(NAME, Fault(headers={"Content-Range": content_range}))

    assert download().path.read_bytes() == CONTENT
    assert [asked.range is None for asked in download.server.asked_for(NAME)] == [False, True]
    assert any("other bytes than it was asked for" in note for note in download.watch.notes)


def test_a_content_range_of_another_length_is_not_appended(download: Download) -> None:
    size = interrupted(download)
    download.server.fail(
        NAME, Fault(headers={"Content-Range": f"bytes {size}-{len(CONTENT)}/{len(CONTENT) + 1}"})
    )

    assert download().path.read_bytes() == CONTENT
    assert any("goes on with another file" in note for note in download.watch.notes)


def test_a_server_that_sends_less_than_it_was_asked_for_is_asked_again(download: Download) -> None:
    """As proxies do that cap the length of a range."""
    size = interrupted(download)
    download.server.fail(NAME, Fault(declared_length=1000))

    assert download().path.read_bytes() == CONTENT
    assert [asked.range for asked in download.server.asked_for(NAME)] == [
        f"bytes={size}-",
        f"bytes={size + 1000}-",
    ]


def test_bytes_beyond_the_end_are_not_kept(download: Download) -> None:
    interrupted(download)
    download.server.fail(NAME, Fault(surplus=b"more"))

    assert download().path.read_bytes() == CONTENT
    assert download.server.asked_for(NAME)[-1] == Asked(NAME, None, None)
    assert any("sends more bytes than the file has" in note for note in download.watch.notes)


def test_a_part_without_bytes_is_asked_for_as_a_whole(download: Download) -> None:
    assert interrupted(download, at=0) == 0

    assert download().path.read_bytes() == CONTENT
    assert download.server.asked_for(NAME) == [Asked(NAME, None, None)]


def test_a_part_that_nobody_asked_for_is_refused(download: Download) -> None:
    download.server.fail(NAME, Fault(status=206))

    with pytest.raises(DownloadError, match="sent in part, which was not asked for"):
        download()

    assert download.on_disk == {}


def test_a_complete_part_is_verified_without_another_transfer(download: Download) -> None:
    """As after a kill between the last byte and the new name."""
    interrupted(download)
    (download.folder / f"{NAME}.part").write_bytes(CONTENT)

    assert download().outcome == Outcome.DOWNLOADED
    assert download.server.asked_for(NAME) == []
    assert download.on_disk == VERIFIED


def test_416_ends_a_complete_part_of_unknown_length(download: Download) -> None:
    download.server.fail(NAME, Fault(without_length=True))
    download.server.files[f"{NAME}.md5"].content = b"0" * 32
    download.server.fail(f"{NAME}.md5", Fault(), Fault(status=500), Fault(status=500))
    with pytest.raises(DownloadUnfinishedError):
        download(patience=replace(download.patience, attempts=1))
    download.server.publish(NAME, CONTENT)
    download.server.asked.clear()

    assert download().path.read_bytes() == CONTENT
    assert download.server.asked_for(NAME) == [Asked(NAME, f"bytes={len(CONTENT)}-", '"first"')]


def test_416_for_a_part_that_is_too_long_starts_over(download: Download) -> None:
    interrupted(download)
    (download.folder / f"{NAME}.part").write_bytes(CONTENT + b"more")

    assert download().path.read_bytes() == CONTENT
    assert download.server.asked_for(NAME)[-1] == Asked(NAME, None, None)


@pytest.mark.parametrize("notes", ["", "[]", '{"url": 1}', "{"])
def test_notes_that_cannot_be_read_start_over(download: Download, notes: str) -> None:
    interrupted(download)
    (download.folder / f"{NAME}.part.json").write_text(notes)

    assert download().path.read_bytes() == CONTENT
    assert download.server.asked_for(NAME) == [Asked(NAME, None, None)]


def test_a_part_from_another_address_starts_over(download: Download) -> None:
    interrupted(download)

    assert download(base_url=f"{download.server.url}/mirror/").path.read_bytes() == CONTENT
    assert download.server.asked_for(NAME) == [Asked(NAME, None, None)]


def test_too_short_a_length_fails_the_verification(download: Download) -> None:
    download.server.fail(NAME, Fault(declared_length=CUT))

    with pytest.raises(DownloadError, match=f"published is {md5(CONTENT)}"):
        download()

    assert download.on_disk == {}


def test_too_great_a_length_is_a_broken_transfer(download: Download) -> None:
    download.server.fail(NAME, *[Fault(declared_length=len(CONTENT) + 10)] * 9)

    with pytest.raises(DownloadUnfinishedError):
        download()

    assert NAME not in download.on_disk


def test_a_server_error_heals(download: Download) -> None:
    download.server.fail(NAME, Fault(status=500), Fault(status=503), Fault(status=502))

    assert download().path.read_bytes() == CONTENT
    assert download.pauses == [1, 2, 4]
    assert "answers 500" in download.watch.notes[0]
    assert download.watch.notes[0].endswith("Trying again in 1 s.")


def test_a_server_that_stays_broken_is_given_up_on(download: Download) -> None:
    download.server.fail(NAME, *[Fault(status=500)] * 9)

    with pytest.raises(DownloadUnfinishedError, match=f"{NAME} answers 500"):
        download()

    assert len(download.server.asked_for(NAME)) == 4
    assert download.on_disk == {}


def test_too_many_requests_waits_as_long_as_it_is_told(download: Download) -> None:
    download.server.fail(NAME, Fault(status=429, headers={"Retry-After": "7"}))

    download()

    assert download.pauses == [7]


def test_too_long_a_pause_is_left_to_the_user(download: Download) -> None:
    download.server.fail(NAME, Fault(status=503, headers={"Retry-After": "3600"}))

    with pytest.raises(DownloadUnfinishedError, match="asks to be left alone for 3600 s"):
        download()

    assert (download.pauses, download.on_disk) == ([], {})


@pytest.mark.parametrize("asked", ["soon", "-5"])
def test_a_senseless_pause_is_replaced_by_our_own(download: Download, asked: str) -> None:
    download.server.fail(NAME, Fault(status=503, headers={"Retry-After": asked}))

    download()

    assert download.pauses == [1]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 304])
def test_a_refusal_ends_it_at_once(download: Download, status: int) -> None:
    download.server.fail(NAME, Fault(status=status))

    with pytest.raises(DownloadError, match=f"{NAME} answers {status}") as refusal:
        download()

    assert not isinstance(refusal.value, DownloadUnfinishedError)
    assert len(download.server.asked_for(NAME)) == 1
    assert (download.pauses, download.on_disk) == ([], {})


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(Fault(silent=True), "does not answer in time"), (Fault(hold_after=CUT), "Read timed out")],
)
def test_a_server_that_falls_silent_is_asked_again(
    download: Download, fault: Fault, reason: str
) -> None:
    download.server.fail(NAME, fault)
    impatient = replace(download.patience, read_seconds=0.3)

    assert download(patience=impatient).path.read_bytes() == CONTENT
    assert len(download.server.asked_for(NAME)) == 2
    assert reason in download.watch.notes[0]


def test_nobody_listening_is_named(download: Download, unused_port: int) -> None:
    with pytest.raises(DownloadUnfinishedError, match=f"127.0.0.1:{unused_port}.*refused"):
        download(base_url=f"http://127.0.0.1:{unused_port}")

    assert download.pauses == [1, 2, 4]
    assert download.on_disk == {}


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "movielens", "http://"])
def test_an_address_that_cannot_work_ends_it_at_once(download: Download, url: str) -> None:
    with pytest.raises(DownloadError) as refusal:
        download(base_url=url)

    assert not isinstance(refusal.value, DownloadUnfinishedError)
    assert download.pauses == []


def test_a_redirect_to_the_same_scheme_is_followed(download: Download) -> None:
    there = {"Location": f"{download.server.url}/elsewhere/{NAME}"}
    download.server.fail(NAME, Fault(status=302, headers=there))

    assert download().path.read_bytes() == CONTENT


def test_ranges_survive_a_redirect(download: Download) -> None:
    size = interrupted(download)
    there = {"Location": f"{download.server.url}/elsewhere/{NAME}"}
    download.server.fail(NAME, Fault(status=302, headers=there))

    assert download().path.read_bytes() == CONTENT
    assert download.server.asked_for(NAME) == [Asked(NAME, f"bytes={size}-", '"first"')] * 2


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/x", "file:///etc/passwd"])
def test_a_redirect_to_another_scheme_is_refused(download: Download, target: str) -> None:
    download.server.fail(NAME, Fault(status=302, headers={"Location": target}))

    with pytest.raises(DownloadError, match="which is not HTTPS"):
        download()

    assert download.on_disk == {}


def test_https_is_not_left_by_a_redirect() -> None:
    response = requests.Response()
    response.url = "https://files.grouplens.org/datasets/movielens/ml-1m.zip"
    response.status_code = 302
    response.headers["Location"] = "http://files.grouplens.org/ml-1m.zip"

    with pytest.raises(DownloadError, match="which is not HTTPS"):
        HTTPSKeepingSession().get_redirect_target(response)

    response.headers["Location"] = "//files.grouplens.org/ml-1m.zip"
    assert HTTPSKeepingSession().get_redirect_target(response) == "//files.grouplens.org/ml-1m.zip"


def test_a_failed_tls_handshake_ends_it_at_once(download: Download) -> None:
    with pytest.raises(DownloadError, match="SSL") as refusal:
        download(base_url=download.server.url.replace("http:", "https:"))

    assert not isinstance(refusal.value, DownloadUnfinishedError)
    assert (download.pauses, download.on_disk) == ([], {})


def test_endless_redirects_end(download: Download) -> None:
    there = {"Location": f"{download.server.url}/{NAME}"}
    download.server.fail(NAME, *[Fault(status=302, headers=there)] * 40)

    with pytest.raises(DownloadError, match="redirects"):
        download()

    assert download.on_disk == {}


def test_an_encoding_that_was_not_asked_for_is_refused(download: Download) -> None:
    download.server.fail(NAME, Fault(headers={"Content-Encoding": "gzip"}))

    with pytest.raises(DownloadError, match="sent as gzip"):
        download()

    assert download.on_disk == {}


@pytest.mark.parametrize("fault", [Fault(), Fault(without_length=True)])
def test_too_large_an_archive_is_refused(
    download: Download, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr(transfer, "MAX_ARCHIVE_BYTES", len(CONTENT) - 1)
    download.server.fail(NAME, fault)

    with pytest.raises(DownloadError, match=f"larger than {len(CONTENT) - 1:,} bytes"):
        download()

    assert download.on_disk == {}


def test_a_download_that_does_not_fit_does_not_begin(download: Download) -> None:
    with pytest.raises(DownloadUnfinishedError, match="has 64 MB free; the download needs 0 MB"):
        download(free_bytes=lambda _: transfer.RESERVE_BYTES - 3_000_000)

    assert download.watch.received == 0
    assert download.on_disk.get(f"{NAME}.part", 0) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_is_one_clear_line(download: Download) -> None:
    download.folder.mkdir()
    (download.folder / f"{NAME}.part").symlink_to("/dev/full")

    with pytest.raises(DownloadUnfinishedError, match=r"^The disk of .*datasets is full$"):
        download()

    assert NAME not in download.on_disk


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(download: Download) -> None:
    download.folder.mkdir(mode=0o500)

    with pytest.raises(DownloadError, match=r"datasets cannot be used: .*Permission denied"):
        download()


def test_a_file_in_the_folder_s_place_is_named(download: Download) -> None:
    download.folder.write_text("")

    with pytest.raises(DownloadError, match=r"datasets cannot be used: .*File exists"):
        download()


def test_the_environment_s_proxy_is_used(
    download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", download.server.url.removesuffix("/datasets/movielens"))

    archive = download(base_url="http://grouplens.invalid/datasets")

    assert archive.path.read_bytes() == CONTENT
    assert download.server.paths == [
        f"http://grouplens.invalid/datasets/{NAME}.md5",
        f"http://grouplens.invalid/datasets/{NAME}",
    ]
