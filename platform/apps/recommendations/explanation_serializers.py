"""What the API says of explanations. `tellings.py` fills it in."""

from typing import Any

from rest_framework import serializers

from .serializers import SOURCES
from .waiting import Reason

EXPLAINING = "explaining"
# What a list can wait for that is there already, and what its explanation waits for.
_WAITING = (
    *(Reason.WAITING, Reason.DELAYED, Reason.NO_WORKER, Reason.NEXT_GENERATION),
    *(Reason.NOTHING_PUBLISHED, EXPLAINING),
)
# In the words of `services.recommender.pipeline.tracing.FellOut`; stable.
FELL_OUT = (
    *("not_in_model", "excluded", "not_a_candidate", "score", "debias", "diversity"),
    *("exploration", "nowhere"),
)
EXCLUDED_BY = ("profile", "hidden_film", "hidden_person", "hidden_genre")

_TITLE = "Null where the film is gone."
_PLACE = "Counted from 1"


class ExplanationWaitingOutput(serializers.Serializer[Any]):
    revision = serializers.IntegerField(help_text="The Taste revision that the list has seen.")
    current_revision = serializers.IntegerField(help_text="The viewer's Taste revision now.")
    estimated_ms = serializers.IntegerField(
        allow_null=True,
        help_text="For how long a newer list is usually waited for from now on; null if unknown.",
    )
    reason = serializers.ChoiceField(
        choices=[str(reason) for reason in _WAITING],
        help_text=f"`{EXPLAINING}`: a worker computes it. The others, as for a list: the viewer "
        "wrote what this list has not seen, so that it will be replaced.",
    )


class ContributionOutput(serializers.Serializer[Any]):
    movie_id = serializers.IntegerField()
    title = serializers.CharField(allow_null=True, help_text=_TITLE)
    rating = serializers.IntegerField(allow_null=True, help_text="Your score, if you gave one.")
    favorite = serializers.BooleanField()
    contribution = serializers.FloatField(help_text="What this film adds to the score.")


class WhyBecauseOutput(ContributionOutput):
    share = serializers.FloatField(
        min_value=0, max_value=1, help_text="Of all that films of yours add."
    )


class OthersOutput(serializers.Serializer[Any]):
    films = serializers.IntegerField(min_value=0)
    contribution = serializers.FloatField()


class CounterfactualOutput(serializers.Serializer[Any]):
    movie_id = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField()
    place = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="Null where it would not be in the list."
    )
    score = serializers.FloatField()


class WhyOutput(serializers.Serializer[Any]):
    list_id = serializers.IntegerField()
    revision = serializers.IntegerField(help_text="The Taste revision that the list has seen.")
    movie_id = serializers.IntegerField()
    title = serializers.CharField(allow_null=True, help_text=_TITLE)
    place = serializers.IntegerField(min_value=1, help_text=f"{_PLACE}, in the list as built.")
    score = serializers.FloatField(help_text="Before re-ranking, as in the list.")
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]  # shadows an unused attribute
    text = serializers.CharField()
    because = WhyBecauseOutput(
        many=True,
        help_text="What you like and what adds most, by all parts of the model.",
    )
    contributions = ContributionOutput(
        many=True, help_text="The 20 largest of either sign. They, `others` and `constants` add up."
    )
    others = OthersOutput(help_text="What all other films of yours add together.")
    constants = serializers.DictField(
        child=serializers.FloatField(),
        help_text="What no film of yours adds, by name: what everybody likes (`popularity`), and "
        "what bringing scores to one scale takes away, and the last digits (`rounding`), by which "
        "scores of many viewers at once differ from those of one.",
    )
    counterfactuals = CounterfactualOutput(
        many=True, help_text="For each film of `because`: had you never done anything with it."
    )


class PassedOutput(serializers.Serializer[Any]):
    place = serializers.IntegerField(min_value=1)
    movie_id = serializers.IntegerField()
    title = serializers.CharField(allow_null=True, help_text=_TITLE)


class WhyNotOutput(serializers.Serializer[Any]):
    user_id = serializers.IntegerField()
    list_id = serializers.IntegerField()
    revision = serializers.IntegerField(help_text="The Taste revision that the list has seen.")
    movie_id = serializers.IntegerField()
    title = serializers.CharField()
    fell_out = serializers.ChoiceField(
        choices=FELL_OUT,
        help_text="The step at which it lost its place on the first page. `not_in_model`: the "
        "model does not know it. `excluded`: see `excluded_by`. `not_a_candidate`: it is "
        "neither among the best by score nor among those that TMDb recommends most with what the "
        "viewer liked. `score`: it is a candidate, but its score is not among the first. `debias`: "
        "it moved down for its popularity or age. `diversity`: others came before it for variety "
        "or genres. `exploration`: an explored film took its place. `nowhere`: it is on the page.",
    )
    excluded_by = serializers.ListField(child=serializers.ChoiceField(choices=EXCLUDED_BY))
    is_listed = serializers.BooleanField(
        help_text=(
            "False for titles that TMDb removed, and for adult ones unless the viewer's profile "
            "includes them: pages pass them over."
        )
    )
    rank = serializers.IntegerField(
        min_value=1,
        allow_null=True,
        help_text=f"{_PLACE}, by score, among all films that may be shown.",
    )
    by_relevance = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="The place after debias and freshness."
    )
    reranked = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="The place after diversity and calibration."
    )
    place = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="The place in the list."
    )
    passed_by = PassedOutput(
        allow_null=True,
        help_text="The first film of less relevance above it, and its place.",
    )
    settings = serializers.DictField(help_text="What the list was made with, step by step.")
