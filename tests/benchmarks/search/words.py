"""What a word of a title is, here."""

import re

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def words_of(title: str) -> list[str]:
    return WORD.findall(title.casefold())
