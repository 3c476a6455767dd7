from typing import Any

from rest_framework import serializers

from apps.favorites.serializers.inputs import MovieReferenceInput
from apps.movies.film_cards import Cards
from apps.movies.serializers.films import MovieOutput

from .models import OnboardingSkip
from .questions import ENOUGH_ANSWERS, MOST_ANSWERS, AskedBy, Progress, Question


class QuestionOutput(serializers.Serializer[Any]):
    movie = MovieOutput()
    source = serializers.ChoiceField(  # type: ignore[assignment]  # shadows an unused attribute
        choices=[source.value for source in AskedBy],
        help_text="`answers`: chosen by what you answered before. `everybody`: chosen for whoever "
        "has not answered yet. `popular`: nothing is known that tells more.",
    )


class OnboardingOutput(serializers.Serializer[Any]):
    answered = serializers.IntegerField(
        max_value=MOST_ANSWERS,
        help_text=f"Films that you rated or favourited; not counted beyond {MOST_ANSWERS}.",
    )
    enough = serializers.IntegerField(
        help_text="With how many answers lists are good: more still make them better."
    )
    is_enough = serializers.BooleanField()
    revision = serializers.IntegerField(
        help_text="The Taste revision that your own questions have seen; 0 if there are none."
    )
    current_revision = serializers.IntegerField(help_text="Your Taste revision now.")
    results = QuestionOutput(many=True)


class SkipInput(MovieReferenceInput):
    pass


class SkipOutput(serializers.ModelSerializer[OnboardingSkip]):
    class Meta:
        model = OnboardingSkip
        fields = ["id", "movie_id", "created_at"]
        read_only_fields = fields


class SkipWrittenOutput(SkipOutput):
    taste_revision = serializers.IntegerField(read_only=True)

    class Meta(SkipOutput.Meta):
        fields = [*SkipOutput.Meta.fields, "taste_revision"]
        read_only_fields = fields


def questions_data(progress: Progress, questions: list[Question], cards: Cards) -> dict[str, Any]:
    return {
        "answered": progress.answered,
        "enough": ENOUGH_ANSWERS,
        "is_enough": progress.is_enough,
        "revision": progress.revision,
        "current_revision": progress.current_revision,
        "results": [
            {"movie": cards[question.movie_id], "source": question.source.value}
            for question in questions
            if question.movie_id in cards
        ],
    }
