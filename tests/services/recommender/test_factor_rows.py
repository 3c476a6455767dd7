import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from services.recommender import factor_rows
from services.recommender.factor_rows import (
    Observations,
    Penalties,
    Side,
    principal_axes,
    solve_exactly,
    solve_rows,
)

from .matrices import random_scores, seeds

UNOBSERVED = 0.3


def problem(seed: int, *, factors: int = 5) -> tuple[Observations, Side, Penalties]:
    """Rows of 0 to 20 events; the factors of the other side in any axes, then in their own."""
    rng = default_rng(seed)
    confidence = random_scores(seed).matrix
    confidence.data[confidence.indptr[3] : confidence.indptr[4]] = 0
    observations = Observations.of(confidence, rng.random(confidence.nnz, np.float32))
    other = rng.normal(size=(25, factors)).astype(np.float32)
    spectrum, rotation = principal_axes(other.T @ other)
    penalties = Penalties(UNOBSERVED, rng.uniform(0.5, 2, len(observations)).astype(np.float32))
    return observations, Side(other @ rotation, spectrum), penalties


def textbook_rows(
    observations: Observations, side: Side, penalties: Penalties
) -> NDArray[np.float64]:
    """The systems of all rows written down, one by one, in float64."""
    factors = side.factors.astype(np.float64)
    confidence = observations.confidence.toarray().astype(np.float64)
    pull = confidence.copy()
    pull[confidence > 0] = observations.pull
    identity = np.eye(factors.shape[1])
    gram = penalties.unobserved * factors.T @ factors
    return np.array(
        [
            np.linalg.solve(
                gram + factors.T @ np.diag(confidence[row]) @ factors + penalty * identity,
                factors.T @ pull[row],
            )
            for row, penalty in enumerate(penalties.rows)
        ]
    )


@given(seeds)
def test_rows_are_the_solutions_of_their_systems(seed: int) -> None:
    observations, side, penalties = problem(seed)

    solved = solve_rows(observations, side, penalties, steps=40, tolerance=1e-7)

    np.testing.assert_allclose(
        solved, textbook_rows(observations, side, penalties), rtol=1e-4, atol=1e-5
    )
    assert not solved[3].any()


@given(seeds, st.integers(0, 40))
def test_a_row_does_not_depend_on_the_others(seed: int, cut: int) -> None:
    observations, side, penalties = problem(seed)
    whole = solve_rows(observations, side, penalties, steps=2)
    cut = min(cut, len(observations))

    halves = [
        solve_rows(
            observations.rows(start, stop),
            side,
            Penalties(UNOBSERVED, penalties.rows[start:stop]),
            steps=2,
        )
        for start, stop in ((0, cut), (cut, len(observations)))
    ]

    np.testing.assert_allclose(np.concatenate(halves), whole, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 60, 300])
def test_the_size_of_batches_does_not_matter(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    observations, side, penalties = problem(6)
    whole = solve_rows(observations, side, penalties, steps=2)

    monkeypatch.setattr(factor_rows, "_BATCH", batch)

    np.testing.assert_allclose(
        solve_rows(observations, side, penalties, steps=2), whole, rtol=1e-4, atol=1e-5
    )


def test_a_long_row_is_solved_by_its_written_system(monkeypatch: pytest.MonkeyPatch) -> None:
    observations, side, penalties = problem(7)
    monkeypatch.setattr(factor_rows, "_LONG_ROW", 3)

    solved = solve_rows(observations, side, penalties, steps=1)

    expected = textbook_rows(observations, side, penalties)
    long = observations.counts > 3
    np.testing.assert_allclose(solved[long], expected[long], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        solve_exactly(observations, side, penalties, 0), expected[0], rtol=1e-5
    )


def test_more_steps_from_a_better_start_come_closer() -> None:
    observations, side, penalties = problem(8)
    exact = textbook_rows(observations, side, penalties)
    one = solve_rows(observations, side, penalties, steps=1)

    again = solve_rows(observations, side, penalties, start=one, steps=1)
    two = solve_rows(observations, side, penalties, steps=2)
    still = solve_rows(observations, side, penalties, start=exact.astype(np.float32), steps=1)

    errors = [np.abs(each - exact).max() for each in (one, again, two)]
    assert errors[0] > errors[1] > errors[2]
    np.testing.assert_allclose(still, exact, rtol=1e-4, atol=1e-5)


def test_observations_turn_into_those_of_the_columns_and_back() -> None:
    observations, _, _ = problem(9)

    turned = observations.transposed()
    back = turned.transposed()

    assert turned.confidence.shape == (25, 40)
    np.testing.assert_array_equal(turned.confidence.toarray(), observations.confidence.toarray().T)
    np.testing.assert_array_equal(back.confidence.indices, observations.confidence.indices)
    np.testing.assert_array_equal(back.confidence.data, observations.confidence.data)
    np.testing.assert_array_equal(back.pull, observations.pull)


def test_events_without_confidence_are_none() -> None:
    confidence = sp.csr_array(np.array([[2, 1, 0], [0, 3, 0]], np.float32))
    confidence.data[1] = 0

    observations = Observations.of(confidence, np.array([0.5, 7, 0.1], np.float32))

    assert observations.counts.tolist() == [1, 1]
    assert observations.confidence.indices.tolist() == [0, 1]
    np.testing.assert_allclose(observations.pull, [1.0, 0.3], rtol=1e-6)


def test_in_principal_axes_the_gram_is_its_spectrum() -> None:
    factors = default_rng(4).normal(size=(30, 6)).astype(np.float32)

    spectrum, rotation = principal_axes(factors.T @ factors)

    turned = factors @ rotation
    np.testing.assert_allclose(turned.T @ turned, np.diag(spectrum), atol=1e-4)
