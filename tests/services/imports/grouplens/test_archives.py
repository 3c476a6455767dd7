"""Verification, what is kept, and who may download at a time."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from services.imports.grouplens.archives import Outcome
from services.imports.grouplens.errors import DownloadError, DownloadUnfinishedError
from tests.services.imports.data_sets import archive_of, md5

from .downloading import SMALL, Download
from .server import Fault, GroupLens

NAME = SMALL.archive
CONTENT = archive_of(SMALL.name, filler=200_000)
OTHER = archive_of(SMALL.name, filler=190_000, seed=2)
WRONG = "0" * 32
PATIENCE = 20


@pytest.fixture
def download(grouplens: GroupLens, tmp_path: Path) -> Download:
    grouplens.publish(NAME, CONTENT)
    return Download(grouplens, tmp_path / "datasets")


@pytest.fixture
def verified(download: Download) -> Download:
    """One run has downloaded the archive; what it asked and said is forgotten."""
    download()
    download.server.asked.clear()
    download.watch.starts.clear()
    download.consents = 0
    return download


def test_a_wrong_sum_removes_the_file_and_names_both(download: Download) -> None:
    download.server.files[f"{NAME}.md5"].content = f"MD5 ({NAME}) = {WRONG}".encode()

    with pytest.raises(DownloadError) as refusal:
        download()

    assert f"its MD5 is {md5(CONTENT)}, published is {WRONG}" in str(refusal.value)
    assert download.on_disk == {}


@pytest.mark.parametrize("text", [b"", b"<html>", b"MD5 (ml-1m.zip) = " + b"0" * 32, b"\xff" * 40])
def test_a_sum_that_is_none_ends_it_before_the_transfer(download: Download, text: bytes) -> None:
    download.server.files[f"{NAME}.md5"].content = text

    with pytest.raises(DownloadError, match=rf"Without its published sum {NAME} is of no use"):
        download()

    assert download.server.asked_for(NAME) == []
    assert download.on_disk == {}


def test_a_missing_sum_ends_it_before_the_transfer(download: Download) -> None:
    del download.server.files[f"{NAME}.md5"]

    with pytest.raises(DownloadError, match=rf"{NAME}\.md5 answers 404"):
        download()

    assert download.server.asked_for(NAME) == []
    assert (download.on_disk, download.pauses) == ({}, [])


def test_an_endless_sum_is_cut_short(download: Download) -> None:
    download.server.files[f"{NAME}.md5"].content = b"0" * 10_000_000

    with pytest.raises(DownloadError, match="longer than 4,096 bytes"):
        download()

    assert download.on_disk == {}


def test_a_sum_that_is_published_late_is_waited_for(download: Download) -> None:
    download.server.fail(f"{NAME}.md5", Fault(status=500), Fault(cut_after=10))

    assert download().outcome == Outcome.DOWNLOADED


def test_the_sum_on_disk_is_what_md5sum_checks(verified: Download) -> None:
    text = (verified.folder / f"{NAME}.md5").read_text()

    assert text == f"{md5(CONTENT)}  {NAME}\n"


def test_a_verified_archive_is_compared_but_not_downloaded_again(verified: Download) -> None:
    archive = verified()

    assert archive.outcome == Outcome.KNOWN
    assert [asked.name for asked in verified.server.asked] == [f"{NAME}.md5"]
    assert (verified.consents, verified.watch.starts) == (0, [])


def test_an_archive_put_there_by_hand_is_taken_if_it_is_the_published_one(
    download: Download,
) -> None:
    download.folder.mkdir()
    (download.folder / NAME).write_bytes(CONTENT)

    assert download().outcome == Outcome.KNOWN
    assert download.server.asked_for(NAME) == []
    assert download().outcome == Outcome.KNOWN


@pytest.mark.parametrize("damage", ["damaged", "replaced"])
def test_an_archive_that_is_not_the_published_one_is_downloaded(
    verified: Download, damage: str
) -> None:
    if damage == "damaged":
        (verified.folder / NAME).write_bytes(CONTENT[:-1] + b"x")
    else:
        verified.server.publish(NAME, OTHER, etag='"second"')
    published = verified.server.files[NAME].content

    archive = verified()

    assert archive.outcome == Outcome.DOWNLOADED
    assert archive.path.read_bytes() == published
    assert verified.consents == 1
    assert any("is not, or no longer, what is published" in note for note in verified.watch.notes)


def test_an_archive_stays_until_its_successor_is_verified(verified: Download) -> None:
    verified.server.publish(NAME, OTHER, etag='"second"')
    verified.server.files[f"{NAME}.md5"].content = WRONG.encode()

    with pytest.raises(DownloadError, match="published is 0000"):
        verified()

    assert (verified.folder / NAME).read_bytes() == CONTENT
    assert set(verified.on_disk) == {NAME, f"{NAME}.md5"}


def test_a_verified_archive_serves_while_the_server_is_away(
    verified: Download, unused_port: int
) -> None:
    archive = verified(base_url=f"http://127.0.0.1:{unused_port}")

    assert archive.outcome == Outcome.UNCHECKED
    assert archive.path.read_bytes() == CONTENT
    assert any("The published sum cannot be read." in note for note in verified.watch.notes)
    assert verified.pauses == [1]


def test_a_damaged_archive_does_not_serve_while_the_server_is_away(
    verified: Download, unused_port: int
) -> None:
    (verified.folder / NAME).write_bytes(CONTENT[:-1] + b"x")

    with pytest.raises(DownloadError, match=f"damaged since its sum, {md5(CONTENT)}"):
        verified(base_url=f"http://127.0.0.1:{unused_port}")


def test_an_unverified_archive_does_not_serve_while_the_server_is_away(
    download: Download, unused_port: int
) -> None:
    download.folder.mkdir()
    (download.folder / NAME).write_bytes(CONTENT)

    with pytest.raises(DownloadUnfinishedError, match="No connection"):
        download(base_url=f"http://127.0.0.1:{unused_port}")

    assert download.on_disk == {NAME: len(CONTENT)}


def test_offline_makes_no_request(verified: Download) -> None:
    archive = verified(offline=True)

    assert archive.outcome == Outcome.UNCHECKED
    assert (verified.server.asked, verified.consents) == ([], 0)


@pytest.mark.parametrize("here", ["nothing", "an archive without a sum"])
def test_offline_takes_nothing_that_was_not_verified(download: Download, here: str) -> None:
    if here != "nothing":
        download.folder.mkdir()
        (download.folder / NAME).write_bytes(CONTENT)

    with pytest.raises(DownloadError, match=f"No verified {NAME}"):
        download(offline=True)

    assert download.server.asked == []


def test_a_refused_licence_leaves_no_trace_and_asks_nothing(
    download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    class RefusedError(Exception):
        pass

    def refuse() -> None:
        raise RefusedError

    monkeypatch.setattr(download, "consent", refuse)

    with pytest.raises(RefusedError):
        download()

    assert download.server.asked == []
    assert not download.folder.exists()


def test_a_second_run_at_the_same_time_is_turned_away(
    download: Download, grouplens: GroupLens
) -> None:
    grouplens.fail(NAME, Fault(hold_after=100_000))

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(download)
        assert grouplens.holding.wait(PATIENCE)
        with pytest.raises(DownloadUnfinishedError, match=f"Another run is downloading {NAME}"):
            download()
        grouplens.release.set()

        assert first.result(PATIENCE).path.read_bytes() == CONTENT
    assert len(grouplens.asked_for(NAME)) == 1
    assert download().outcome == Outcome.KNOWN


def test_ctrl_c_keeps_the_part(download: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_size: int) -> None:
        if download.watch.received:
            raise KeyboardInterrupt
        download.watch.received = 1

    with monkeypatch.context() as patched:
        patched.setattr(download.watch, "advance", interrupt)
        with pytest.raises(KeyboardInterrupt):
            download()
    size = len(download.part())
    notes = json.loads((download.folder / f"{NAME}.part.json").read_text())

    assert 0 < size < len(CONTENT)
    assert download.part() == CONTENT[:size]
    assert notes["total"] == len(CONTENT)
    assert download().path.read_bytes() == CONTENT
    assert download.server.asked_for(NAME)[-1].range == f"bytes={size}-"


def test_a_lasting_fault_does_not_wait(download: Download) -> None:
    download.server.fail(f"{NAME}.md5", *[Fault(status=500)] * 9)

    with pytest.raises(DownloadUnfinishedError):
        download(patience=replace(download.patience, attempts=1))

    assert (download.pauses, download.on_disk) == ([], {})
