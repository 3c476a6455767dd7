import numpy as np
import pytest

from services.imports.rating_scales import (
    Scale,
    ScaleError,
    detect_scale,
    is_graded,
    named_scale,
    to_scores,
)


def ratings(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    ("given", "highest", "scores", "told"),
    [
        ((0.5, 3, 5), 5, [1, 6, 10], "up to 5 stars, doubled"),
        ((1, 4), 5, [2, 8], "up to 5 stars, doubled"),
        ((1, 7, 10), 10, [1, 7, 10], "up to 10, taken as they are"),
        ((5, 60, 100), 100, [1, 6, 10], "up to 100, times 0.1"),
        ((5, 20), 20, [2.5, 10], "up to 20, times 0.5"),
    ],
)
def test_the_highest_rating_tells_the_scale(
    given: tuple[float, ...], highest: float, scores: list[float], told: str
) -> None:
    scale = detect_scale(ratings(*given))

    assert scale == Scale(highest, detected=True)
    assert to_scores(ratings(*given), scale).tolist() == scores
    assert str(scale) == told


def test_no_scale_loses_its_highest_rating_or_its_likes() -> None:
    scales = range(11, 2001)

    scores = [to_scores(ratings(each, each * 0.8), Scale(each, detected=True)) for each in scales]

    assert [each.tolist() for each in scores] == [[10, 8]] * len(scales)


def test_events_without_a_grade_have_no_scale() -> None:
    with pytest.raises(ScaleError, match="no rating is above 1"):
        detect_scale(ratings(1, 1, 1))


def test_a_scale_that_is_named_counts_where_no_rating_is_above_it() -> None:
    scale = named_scale(10, ratings(1, 4))

    assert to_scores(ratings(1, 4), scale).tolist() == [1, 4]
    with pytest.raises(ScaleError, match=r"a rating of 7\.5 is above the scale of 5"):
        named_scale(5, ratings(1, 7.5))


def test_one_value_below_zero_is_no_opinion_but_several_are_a_scale() -> None:
    assert is_graded(ratings(-1, 0, 7, -1, 10)).tolist() == [False, False, True, False, True]
    with pytest.raises(ScaleError, match=r"reach down to -9\.5"):
        is_graded(ratings(-9.5, -1, 7))
    with pytest.raises(ScaleError, match="no rating is above 0"):
        is_graded(ratings(0, -1))
