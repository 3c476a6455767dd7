import pytest

from services.imports.movielens_titles import TitleParts, parse_title


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Toy Story (1995)", ("Toy Story", "", 1995)),
        ("Slingshot, The (Kådisbellan ) (1993) ", ("The Slingshot", "Kådisbellan", 1993)),
        ("Postman, The (Postino, Il) (1994)", ("The Postman", "Il Postino", 1994)),
        ("Avventura, L' (a.k.a. Adventure, The) (1960)", ("L'Avventura", "", 1960)),
        ("Eye, The (Gin gwai) (Jian gui) (2002)", ("The Eye", "Gin gwai", 2002)),
        ("Seven (a.k.a. Se7en) (1995)", ("Seven", "", 1995)),
        ("Death Note (2006–2007)", ("Death Note", "", 2006)),  # noqa: RUF001
        ("Lust, Caution (Se, jie) (2007)", ("Lust, Caution", "Se, jie", 2007)),
        ("(500) Days of Summer (2009)", ("(500) Days of Summer", "", 2009)),
        ("Birdman: Or (The Virtue) (2014)", ("Birdman: Or (The Virtue)", "", 2014)),
        ("1984 (1956)", ("1984", "", 1956)),
        ("2001: A Space Odyssey", ("2001: A Space Odyssey", "", None)),
        ("Babylon 5", ("Babylon 5", "", None)),
        ("(1999)", ("(1999)", "", None)),
    ],
)
def test_titles_are_taken_apart(text: str, parts: tuple[str, str, int | None]) -> None:
    assert parse_title(text) == TitleParts(*parts)
