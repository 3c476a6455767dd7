"""The titles that the server has, and what was changed of them since it started."""

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tests.tmdb_server.answers import encode
from tests.tmdb_server.blocks import BLOCKS, Block, of_languages
from tests.tmdb_server.neighbours import EACH, Neighbours
from tests.tmdb_server.titles import KnownIds, Record, details, invented_record, list_row

# Above the ids that TMDb gives.
FIRST_INVENTED = 20_000_000
RECOMMENDATIONS, SIMILAR, IMAGES = "recommendations", "similar", "images"
ALL_BLOCKS = frozenset((*BLOCKS, RECOMMENDATIONS, SIMILAR))
# None: all.
Languages = Container[str] | None


class Entry(NamedTuple):
    """What lists are ordered and filtered by."""

    id: int
    title: str
    original_title: str
    # Both titles, for searching.
    text: str
    popularity: float
    vote_average: float
    vote_count: int
    release_date: str
    genre_ids: tuple[int, ...]
    original_language: str
    runtime: int
    adult: bool
    imdb_id: str


class Catalogue:
    def __init__(self, records: Iterable[Record]) -> None:
        # Grows with each change, so that whoever derives something knows when to do so anew.
        self.revision = 0
        # How many titles there are only to make the export long.
        self.invented = 0
        self.entries: dict[int, Entry] = {}
        self._known = KnownIds()
        # As JSON they need a fifth of the memory.
        self._lines: dict[int, bytes] = {}
        self._rows: dict[int, bytes] = {}
        self._edits: dict[int, dict[str, Any]] = {}
        self._removed: set[int] = set()
        for record in records:
            self._known.learn(record)
            self._lines[record["id"]] = encode(record)
            self.entries[record["id"]] = _entry(details(record, self._known))
        self._neighbours = Neighbours(
            (entry.id, entry.popularity, entry.genre_ids) for entry in self.entries.values()
        )

    def __contains__(self, identifier: int) -> bool:
        return identifier not in self._removed and (
            identifier in self.entries or self._is_invented(identifier)
        )

    def __iter__(self) -> Iterator[Entry]:
        return (entry for entry in self.entries.values() if entry.id not in self._removed)

    def full(self, identifier: int) -> dict[str, Any]:
        """Details without blocks; KeyError when there is no such title."""
        return self._full(self._record(identifier))

    def row(self, identifier: int) -> bytes:
        """The title in the JSON of a list."""
        if (row := self._rows.get(identifier)) is None:
            row = encode(list_row(self.full(identifier)))
            if not self._is_invented(identifier):
                self._rows[identifier] = row
        return row

    def row_with_media_type(self, identifier: int) -> bytes:
        return b'{"media_type":"movie",' + self.row(identifier)[1:]

    def body(self, identifier: int, blocks: Iterable[str], *, images_in: Languages = None) -> bytes:
        """The JSON of /movie/{id} with these blocks; KeyError when there is no such title."""
        # TMDb ignores the names that it does not know.
        names = [name for name in dict.fromkeys(blocks) if name in ALL_BLOCKS]
        record = self._record(identifier)
        full = self._full(record)
        own = {name: self._own(name, record, full, images_in) for name in names}
        whole = encode(full | {name: block for name, block in own.items() if block is not None})
        pages = [
            f',"{name}":'.encode() + self._page(name, identifier)
            for name in names
            if own[name] is None
        ]
        return b"".join([whole[:-1], *pages, b"}"])

    def block(self, identifier: int, name: str, *, images_in: Languages = None) -> bytes:
        """The JSON of /movie/{id}/{name}; KeyError when there is no such title or path."""
        if name not in ALL_BLOCKS:
            raise KeyError(name)
        record = self._record(identifier)
        own = self._own(name, record, self._full(record), images_in)
        return self._page(name, identifier) if own is None else encode({"id": identifier, **own})

    def edit(self, identifier: int, fields: Mapping[str, Any]) -> None:
        """Replace fields and whole blocks; an id that was unknown or removed is a title then."""
        self._removed.discard(identifier)
        self._edits.setdefault(identifier, {}).update({**fields, "id": identifier})
        record = self._lines.setdefault(identifier, encode(invented_record(identifier)))
        self.entries[identifier] = _entry(self._full(json.loads(record)))
        self._forget(identifier)

    def remove(self, identifier: int) -> None:
        self._removed.add(identifier)
        self._forget(identifier)

    def is_changed(self, identifier: int) -> bool:
        return identifier in self._removed or identifier in self._edits

    def recommended(self, identifier: int) -> list[int]:
        return [n for n in self._neighbours.of(identifier) if n in self]

    def similar(self, identifier: int) -> list[int]:
        return [n for n in self._neighbours.of(identifier, skip=EACH) if n in self]

    def _is_invented(self, identifier: int) -> bool:
        return FIRST_INVENTED <= identifier < FIRST_INVENTED + self.invented

    def _forget(self, identifier: int) -> None:
        self.revision += 1
        self._rows.pop(identifier, None)

    def _record(self, identifier: int) -> Record:
        if identifier not in self:
            raise KeyError(identifier)
        line = self._lines.get(identifier)
        return json.loads(line) if line else invented_record(identifier)

    def _full(self, record: Record) -> dict[str, Any]:
        full = details(record, self._known)
        edits = self._edits.get(full["id"], {})
        return full | {name: value for name, value in edits.items() if name not in ALL_BLOCKS}

    def _own(
        self, name: str, record: Record, full: Mapping[str, Any], images_in: Languages
    ) -> Block | None:
        """None for pages of other titles that have not been replaced."""
        edits = self._edits.get(full["id"], {})
        if name not in edits and name not in BLOCKS:
            return None
        block: Block = edits[name] if name in edits else BLOCKS[name](record, full, self._known)
        return of_languages(block, images_in) if name == IMAGES and images_in else block

    def _page(self, name: str, identifier: int) -> bytes:
        if name == RECOMMENDATIONS:
            rows = [self.row_with_media_type(n) for n in self.recommended(identifier)]
        else:
            rows = [self.row(n) for n in self.similar(identifier)]
        totals = f'"total_pages":1,"total_results":{len(rows)}'.encode()
        return b'{"page":1,"results":[' + b",".join(rows) + b"]," + totals + b"}"


def _entry(full: Mapping[str, Any]) -> Entry:
    return Entry(
        id=full["id"],
        title=full["title"] or "",
        original_title=full["original_title"] or "",
        text=f"{full['title']}\n{full['original_title']}".casefold(),
        popularity=full["popularity"] or 0.0,
        vote_average=full["vote_average"] or 0.0,
        vote_count=full["vote_count"] or 0,
        release_date=full["release_date"] or "",
        genre_ids=tuple(genre["id"] for genre in full["genres"]),
        original_language=full["original_language"],
        runtime=full["runtime"] or 0,
        adult=bool(full["adult"]),
        imdb_id=full["imdb_id"] or "",
    )
