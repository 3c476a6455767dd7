"""What is asked for, as PostgreSQL's `tsquery`. Words have neither quotes nor backslashes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .lexemes import ACRONYM_LETTERS, acronym_lexeme, name_lexeme
from .names import Held


def lexeme(text: str, *, labels: str = "", is_begun: bool = False) -> str:
    marks = ("*" if is_begun else "") + labels
    return f"'{text}':{marks}" if marks else f"'{text}'"


def all_of(queries: Iterable[str]) -> str:
    return " & ".join(f"({query})" for query in queries)


def any_of(queries: Iterable[str]) -> str:
    return " | ".join(f"({query})" for query in queries)


def held(words: Sequence[str]) -> Held:
    """Films that have one of the words, or one that begins as the last of them."""
    return Held(
        *(
            any_of(lexeme(word, labels=labels, is_begun=word == words[-1]) for word in words)
            for labels in ("AB", "C", "D")
        )
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class WordQuery:
    """`needed`: words without those that are common, or the first letter of a word that is begun,
    unless there are no others.

    `is_begun_everywhere`: so few films have words that begin as the last one that all of them can
    be looked up.
    """

    words: tuple[str, ...]
    needed: tuple[str, ...]
    is_begun_everywhere: bool = True

    def parameters(self) -> tuple[str | int, ...]:
        """Those of the statement that finds and scores, in its order."""
        name, short_name = name_lexeme(self.words), name_lexeme(self.needed)
        acronym = self._acronym()
        begun_name = lexeme(name, labels="AB", is_begun=True)
        named = list(dict.fromkeys((lexeme(name), lexeme(short_name), acronym)))
        # Of one word, the beginning of a title is only that of a word.
        is_phrase = len(self.words) > 1
        named_or_begun = [*named, begun_name] if is_phrase else named
        return (
            any_of(named_or_begun),
            self._begun_words(),
            lexeme(name, labels="A"),
            any_of((lexeme(name, labels="B"), lexeme(short_name, labels="AB"))),
            lexeme(name, labels="C"),
            acronym,
            begun_name if is_phrase else lexeme(f"{name} ", labels="AB", is_begun=True),
            *(self._labelled(labels) for labels in ("A", "AB", "C")),
            lexeme(name, labels="D"),
            begun_name,
            self._anywhere(),
            any_of(lexeme(word, labels="A") for word in self.needed),
            *(self._begun_words(labels) for labels in ("AB", "C")),
            any_of(named),
            self._begun_words() if self.is_begun_everywhere else self._anywhere(),
            len(self.needed),
        )

    def _labelled(self, labels: str) -> str:
        return all_of(lexeme(word, labels=labels) for word in self.needed)

    def _anywhere(self) -> str:
        return all_of(map(self._word_or_acronym, self.needed))

    def _begun_words(self, labels: str = "") -> str:
        last = self.words[-1]
        if last not in self.needed:
            return self._labelled(labels) if labels else self._anywhere()
        others = [word for word in self.needed if word != last]
        return all_of(
            (
                *(lexeme(w, labels=labels) if labels else self._word_or_acronym(w) for w in others),
                lexeme(last, labels=labels, is_begun=True),
            )
        )

    def _acronym(self) -> str:
        """That of the one word, if it may be one; else what no film has."""
        is_acronym = len(self.words) == 1 and len(self.words[0]) in ACRONYM_LETTERS
        return lexeme(acronym_lexeme(self.words[0] if is_acronym else ""))

    def _word_or_acronym(self, word: str) -> str:
        """Beside other words initials may stand for a title as well: lotr two towers."""
        if len(self.words) == 1 or len(word) not in ACRONYM_LETTERS:
            return lexeme(word)
        return any_of((lexeme(word), lexeme(acronym_lexeme(word))))
