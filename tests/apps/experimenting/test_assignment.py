"""Who reads which variant: always the same, in the shares asked for, anew for each salt."""

from collections import Counter

import pytest

from apps.recommendations.experimenting.assignment import PLACES, Arm, Assignment, place_of
from apps.recommendations.experimenting.sequential import mismatch_p

VIEWERS = range(1, 20_001)


def assignment(*shares: int, salt: str = "a") -> Assignment:
    return Assignment(salt, tuple(Arm(number, share) for number, share in enumerate(shares, 1)))


def variants_of(assigned: Assignment) -> list[int | None]:
    arms = map(assigned.arm_of, VIEWERS)
    return [arm.variant_id if arm else None for arm in arms]


def test_the_places_of_a_release_are_those_of_every_later_one() -> None:
    assert [place_of("a", user_id) for user_id in (1, 2, 3, 2**40)] == [71, 684, 545, 344]
    assert [place_of("b", user_id) for user_id in (1, 2, 3, 2**40)] == [980, 690, 8, 280]


def test_variants_get_their_shares_and_the_rest_of_the_viewers_none() -> None:
    counts = Counter(variants_of(assignment(600, 300, 20)))

    assert counts.keys() == {1, 2, 3, None}
    assert (mismatch_p([counts[key] for key in (1, 2, 3, None)], [600, 300, 20, 80]) or 0) > 0.01


def test_an_arm_that_grows_at_the_end_moves_nobody_of_the_others() -> None:
    before, after = variants_of(assignment(500, 100)), variants_of(assignment(500, 200, 300))

    for was, now in zip(before, after, strict=True):
        assert was is None or was == now
    assert 1 in before and after.count(None) == 0  # noqa: PT018  # both or nothing was tested


def test_what_a_viewer_reads_in_one_experiment_tells_nothing_of_the_next() -> None:
    both = Counter(
        zip(
            variants_of(assignment(500, 500)),
            variants_of(assignment(500, 500, salt="b")),
            strict=True,
        )
    )

    assert len(both) == 4
    assert (mismatch_p(list(both.values()), [1, 1, 1, 1]) or 0) > 0.01
    assert variants_of(assignment(500, 500)) == variants_of(assignment(500, 500))


def test_every_place_has_viewers() -> None:
    assert {place_of("a", user_id) for user_id in VIEWERS} == set(range(PLACES))


@pytest.mark.parametrize("shares", [(1000,), (1, 999)])
def test_shares_of_everybody_leave_nobody_outside(shares: tuple[int, ...]) -> None:
    assert None not in variants_of(assignment(*shares))


def test_a_generation_keeps_it_as_it_is() -> None:
    kept = Assignment("a", (Arm(3, 20, {"taste": 0.0}), Arm(4, 980)))

    assert Assignment.from_json(kept.to_json()) == kept
    assert Assignment.from_json({}) is None
