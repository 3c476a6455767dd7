"""Looks at experiments: what is summed up, what is decided, what stops them, what is told."""

from datetime import datetime, timedelta

import pytest

from apps.favorites.models import Favorite, Rating, WatchlistEntry
from apps.recommendations import actions
from apps.recommendations.experimenting.reports import Report, Verdict, report
from apps.recommendations.experimenting.sequential import Sums
from apps.recommendations.experimenting.sums import sums_of
from apps.recommendations.models import Alert, Experiment, Impression
from services.recommendations import looking
from tests.apps.experimenting.experiments import BOLD, CONTROL, HOLDBACK, NOON, make_experiment
from tests.factories import make_favorite, make_movie, make_rating, make_watchlist_entry

from .experimented import HOUR, impression, make_viewers, show, variants_of

pytestmark = pytest.mark.django_db

TOMORROW = NOON + timedelta(days=1)
# Numbers of clicks on 20 films, again and again: of a mean of 2, and about four times as many.
FEW, MANY = [0, 1, 2, 3, 4], [6, 7, 8, 9, 10]


@pytest.fixture
def experiment() -> Experiment:
    return make_experiment(running=True)


def look(experiment: Experiment, *, at: datetime = TOMORROW) -> Report:
    taken = looking.look(experiment_id=experiment.pk, at=at)
    assert taken is not None
    experiment.refresh_from_db()
    return report(taken, experiment, list(experiment.variants.all()))


def verdicts(found: Report) -> dict[str, Verdict]:
    return {each.variant.name: each.verdict for each in found.variants}


def told() -> list[str]:
    alerts = Alert.objects.filter(kind=Alert.Kind.EXPERIMENT).order_by("pk")
    return list(alerts.values_list("text", flat=True))


def test_what_each_viewer_did_is_added_up_film_by_film(experiment: Experiment) -> None:
    variants = variants_of(experiment)
    films = [make_movie() for _ in range(5)]
    first, second, other = make_viewers(3)
    bold, control = variants["bold"], variants["control"]
    clicked = {"clicked_at": NOON + 2 * HOUR}
    late = {"clicked_at": TOMORROW + HOUR}
    Impression.objects.bulk_create(
        [
            *(impression(first, bold, film.pk) for film in films[:3]),
            impression(first, bold, films[3].pk, **clicked),
            impression(first, bold, films[3].pk, surface="home", **late),
            impression(second, bold, films[0].pk, **clicked),
            impression(second, bold, films[1].pk, shown_at=NOON - HOUR),
            impression(second, bold, films[2].pk, shown_at=TOMORROW + HOUR),
            impression(other, control, films[0].pk),
        ]
    )
    make_favorite(user=first, movie=films[0])
    make_watchlist_entry(user=first, movie=films[0])
    make_watchlist_entry(user=first, movie=films[1])
    make_favorite(user=first, movie=films[4])
    make_rating(user=first, movie=films[2], score=7)
    make_rating(user=first, movie=films[3], score=6)
    make_rating(user=second, movie=films[0], score=9, rated_at=NOON)
    # Rows get the moment in which the test runs.
    for model in (Favorite, WatchlistEntry, Rating):
        model.objects.update(created_at=NOON + 3 * HOUR)

    found = sums_of(experiment, until=TOMORROW)

    assert found.keys() == {bold.pk, control.pk}
    assert found[bold.pk] == {
        "clicks": Sums.of([(1, 5), (1, 1)]),
        "saves": Sums.of([(2, 1), (0, 1)]),
        "ratings": Sums.of([(2, 1), (0, 1)]),
        # Of those who rated: the second viewer has no share.
        "liked": Sums.of([(1, 2)]),
    }
    assert found[control.pk]["clicks"] == Sums.of([(0, 1)])


def test_a_variant_that_harms_is_stopped_and_told_of(experiment: Experiment) -> None:
    variants = variants_of(experiment)
    show(variants["control"], MANY * 24)
    show(variants["bold"], FEW * 23)

    found = look(experiment)

    assert verdicts(found) == {"control": "control", "bold": "worse", "holdback": "too_little"}
    assert (experiment.state, experiment.stopped_at) == (Experiment.State.STOPPED, TOMORROW)
    assert experiment.stop_reason.startswith("variant bold harms: variant bold is worse")
    assert "clicks per impression -75.0 %" in experiment.stop_reason
    assert [alert.split(":")[0] for alert in told()] == ["variant bold is worse than the control"]


def test_a_holdback_may_lose_and_a_winner_is_for_operators_to_decide(
    experiment: Experiment,
) -> None:
    variants = variants_of(experiment)
    show(variants["control"], FEW * 24)
    show(variants["bold"], MANY * 24)
    show(variants["holdback"], [0, 0, 0, 1, 1] * 20)

    found = look(experiment)

    assert verdicts(found) == {"control": "control", "bold": "better", "holdback": "worse"}
    assert experiment.state == Experiment.State.RUNNING
    assert found.alpha == 0.025
    # The shares are 500, 480 and 20, of 120, 120 and 100 viewers.
    assert found.is_mismatched
    better, mismatched = told()
    assert better.startswith("variant bold is better than the control: clicks per impression")
    assert mismatched.startswith("the viewers are not divided as the shares say")
    look(experiment)
    assert len(told()) == 2


def test_viewers_who_are_divided_wrongly_again_are_told_of_once(experiment: Experiment) -> None:
    variants = variants_of(experiment)

    def is_mismatched(*, at: datetime, **viewers: int) -> bool:
        for name, count in viewers.items():
            show(variants[name], [0] * count, films=1)
        return look(experiment, at=at).is_mismatched

    assert is_mismatched(at=TOMORROW, control=120, bold=120, holdback=100)
    assert not is_mismatched(at=TOMORROW + HOUR, control=2_400, bold=2_300)
    assert is_mismatched(at=TOMORROW + 2 * HOUR, holdback=300)

    assert len(told()) == 1


def test_what_was_decided_once_stays_so(experiment: Experiment) -> None:
    variants = variants_of(experiment)
    show(variants["control"], FEW * 24)
    show(variants["bold"], MANY * 24)
    first = look(experiment)
    show(variants["control"], MANY * 12)

    second = look(experiment, at=TOMORROW + HOUR)

    for before, after in zip(first.variants[1:2], second.variants[1:2], strict=True):
        assert before.metrics["clicks"].p == after.metrics["clicks"].p
        assert before.metrics["clicks"].difference != after.metrics["clicks"].difference
        assert after.verdict is Verdict.BETTER


def test_what_was_found_better_does_not_harm_by_chance_afterwards(experiment: Experiment) -> None:
    """The estimate turns, but not so far that it is decided anew."""
    variants = variants_of(experiment)
    show(variants["control"], FEW * 24)
    show(variants["bold"], MANY * 24)
    look(experiment)
    show(variants["control"], MANY * 100)
    show(variants["bold"], FEW * 8)

    found = look(experiment, at=TOMORROW + HOUR).variants[1]

    told_now = found.metrics["clicks"].difference
    assert told_now is not None
    assert told_now.estimate < 0
    assert found.verdict is Verdict.BETTER
    assert experiment.state == Experiment.State.RUNNING


def test_what_harms_after_all_is_stopped_by_stronger_evidence(experiment: Experiment) -> None:
    variants = variants_of(experiment)
    show(variants["control"], FEW * 21)
    show(variants["bold"], [1, 2, 3, 4, 5] * 21)
    assert verdicts(look(experiment))["bold"] is Verdict.BETTER
    show(variants["control"], MANY * 60)
    show(variants["bold"], FEW * 60)

    found = look(experiment, at=TOMORROW + HOUR)

    assert verdicts(found)["bold"] is Verdict.WORSE
    assert experiment.stop_reason.startswith("variant bold harms")


def test_the_liked_share_waits_for_viewers_who_rate(experiment: Experiment) -> None:
    """Two who rate much are no hundred viewers, however many were shown something."""
    variants, films = variants_of(experiment), [make_movie() for _ in range(20)]
    for variant in (variants["control"], variants["bold"]):
        raters = show(variant, [0] * 110)[:2]
        for number, film in enumerate(films):
            for rater, score in zip(raters, (9, 9 if number % 2 else 3), strict=True):
                impression(rater, variant, film.pk, surface="home").save()
                make_rating(user=rater, movie=film, score=score)
    Rating.objects.update(created_at=NOON + 3 * HOUR)

    found = look(experiment).variants[1].metrics["liked"]

    assert (found.value, found.total, found.difference) == (0.75, 30, None)


def test_too_few_viewers_or_clicks_decide_nothing(experiment: Experiment) -> None:
    variants = variants_of(experiment)
    show(variants["control"], MANY * 19)
    show(variants["bold"], FEW * 19)

    found = look(experiment)

    assert verdicts(found)["bold"] is Verdict.TOO_LITTLE
    assert found.variants[1].metrics["clicks"].difference is None
    nothing = {"p": 1, "estimate": 0}
    assert experiment.looks.get().p_values == {
        str(variants[name].pk): dict.fromkeys(("clicks", "saves", "ratings", "liked"), nothing)
        for name in ("bold", "holdback")
    }


def test_an_experiment_ends_when_its_days_are_over() -> None:
    experiment = make_experiment(CONTROL, BOLD, HOLDBACK, running=True, max_days=2)

    look(experiment, at=NOON + timedelta(days=2) - HOUR)
    assert experiment.state == Experiment.State.RUNNING
    look(experiment, at=NOON + timedelta(days=2))
    assert (experiment.state, experiment.stop_reason) == ("stopped", "its 2 days are over")


def test_what_was_stopped_is_looked_at_once_more_up_to_its_end(experiment: Experiment) -> None:
    draft = make_experiment(name="draft")
    assert looking.experiments_to_look_at() == [experiment.pk]
    variants = variants_of(experiment)
    show(variants["control"], FEW * 24)
    actions.stop_experiment(experiment_id=experiment.pk, at=NOON + HOUR + HOUR / 2)
    assert looking.experiments_to_look_at() == [experiment.pk]

    found = look(experiment)

    # The clicks came half an hour after the end.
    assert (found.variants[0].viewers, found.variants[0].clicks) == (120, 0)
    assert looking.experiments_to_look_at() == []
    assert looking.look(experiment_id=experiment.pk, at=TOMORROW) is None
    assert looking.look(experiment_id=draft.pk, at=TOMORROW) is None
    assert looking.look(experiment_id=0, at=TOMORROW) is None
