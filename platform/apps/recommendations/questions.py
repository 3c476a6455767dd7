"""The next films to ask a viewer about, of rows that workers left, and how far the viewer is."""

from dataclasses import dataclass
from enum import Enum

from django.db import connection

from apps.favorites.hidden import HIDDEN_COLUMNS, Hidden
from apps.users.models import User

from .filters import Filters
from .models import ActiveGeneration
from .visible_films import popular_films, visible_movie_ids

# From so many answers on lists are good: docs/ALGORITHM.md has the curve.
ENOUGH_ANSWERS = 10
# More are not counted, and nobody who gave them is asked.
MOST_ANSWERS = 20
# Of the catalogue's most popular films, where nothing else is left to ask about.
_LOOKED_AT = 100


class AskedBy(Enum):
    """Why a film is asked about: the viewer's own answers, the questions to all, or popularity."""

    ANSWERS = "answers"
    EVERYBODY = "everybody"
    POPULAR = "popular"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    movie_id: int
    source: AskedBy


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """`answered` films were rated or favourited, as far as they are counted.

    `revision` is the Taste revision that the questions know, `current_revision` the newest.
    """

    answered: int
    revision: int
    current_revision: int

    @property
    def is_enough(self) -> bool:
        return self.answered >= ENOUGH_ANSWERS


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    progress: Progress
    hidden: Hidden
    questions: list[Question]


_ASKED = f"""
    SELECT
        COALESCE(taste.revision, 0), {HIDDEN_COLUMNS},
        (SELECT count(*) FROM (
            (SELECT movie_id FROM favorites_rating WHERE user_id = %(user_id)s LIMIT %(most)s)
            UNION
            (SELECT movie_id FROM favorites_favorite WHERE user_id = %(user_id)s LIMIT %(most)s)
            LIMIT %(most)s
        ) AS answer),
        COALESCE(own.revision, 0), COALESCE(own.movie_ids, ARRAY[]::integer[]),
        COALESCE(questionnaire.movie_ids, ARRAY[]::integer[]),
        COALESCE(generation.popular_movie_ids, ARRAY[]::integer[])
    FROM (VALUES (1)) AS one
    LEFT JOIN recommendations_activegeneration AS active ON active.id = %(active_id)s
    LEFT JOIN recommendations_generation AS generation ON generation.id = active.generation_id
    LEFT JOIN recommendations_questionnaire AS questionnaire
        ON questionnaire.model_version_id = generation.model_version_id
    LEFT JOIN favorites_taste AS taste ON taste.user_id = %(user_id)s
    LEFT JOIN recommendations_questions AS own ON own.user_id = %(user_id)s
"""  # noqa: S608  # the columns are a constant
_SKIPPED = """
    SELECT movie_id FROM recommendations_onboardingskip
    WHERE user_id = %(user_id)s AND movie_id = ANY(%(movie_ids)s)
"""


def next_questions(user: User, *, count: int) -> tuple[Progress, list[Question]]:
    """Films that the viewer neither knows, hid nor skipped, most telling first.

    Fewer than `count` only where the most popular films of the catalogue are all used up.
    """
    asked = _read(user.pk)
    questions = _open(user, asked, asked.questions)[:count]
    if len(questions) < count:
        films = popular_films(
            user, hidden=asked.hidden, filters=Filters(), after=None, count=_LOOKED_AT
        )
        known = {question.movie_id for question in questions}
        popular = [
            Question(movie_id=film.place.movie_id, source=AskedBy.POPULAR)
            for film in films
            if film.is_visible and film.place.movie_id not in known
        ]
        questions += _without_skipped(user.pk, popular)[: count - len(questions)]
    return asked.progress, questions


def _open(user: User, asked: _Asked, questions: list[Question]) -> list[Question]:
    asked_about = [question.movie_id for question in questions]
    visible = visible_movie_ids(user, asked_about, hidden=asked.hidden, filters=Filters())
    return [question for question in questions if question.movie_id in visible]


def _read(user_id: int) -> _Asked:
    with connection.cursor() as cursor:
        cursor.execute(
            _ASKED,
            {"user_id": user_id, "active_id": ActiveGeneration.ROW_ID, "most": MOST_ANSWERS},
        )
        current, person_ids, genre_ids, answered, revision, *films = cursor.fetchone()
    questions = _without_skipped(user_id, _in_order(*films))
    return _Asked(
        progress=Progress(answered=answered, revision=revision, current_revision=current),
        hidden=Hidden(person_ids=tuple(person_ids), genre_ids=tuple(genre_ids)),
        questions=questions,
    )


def _in_order(own: list[int], first: list[int], popular: list[int]) -> list[Question]:
    """Each film once, by the first source that has it."""
    sources: dict[int, AskedBy] = {}
    for source, movie_ids in zip(AskedBy, (own, first, popular), strict=True):
        for movie_id in movie_ids:
            sources.setdefault(movie_id, source)
    return [Question(movie_id=movie_id, source=source) for movie_id, source in sources.items()]


def _without_skipped(user_id: int, questions: list[Question]) -> list[Question]:
    movie_ids = [question.movie_id for question in questions]
    with connection.cursor() as cursor:
        cursor.execute(_SKIPPED, {"user_id": user_id, "movie_ids": movie_ids})
        skipped = {movie_id for (movie_id,) in cursor.fetchall()}
    return [question for question in questions if question.movie_id not in skipped]
