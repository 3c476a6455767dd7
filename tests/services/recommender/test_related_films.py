from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as examples

from services.recommender.related_films import (
    RelatedFilms,
    RelatedFilmsSettings,
    fit_related_films,
)
from services.recommender.viewers import Viewers

from .audiences import (
    assert_blocks_do_not_matter,
    assert_explains_its_scores,
    assert_scores_alike,
    random_grades,
    random_viewers,
)
from .catalogues import known_by, random_catalogue
from .matrices import seeds

NOBODY = sp.csr_array((2, 20), dtype=np.float32)


def viewer_of(**grades: float) -> Viewers:
    row = np.zeros((1, 20), np.float32)
    for place, grade in grades.items():
        row[0, int(place.removeprefix("film"))] = grade
    return Viewers(sp.csr_array(row))


def fit(related: dict[int, list[int]], *, graded: bool = False) -> RelatedFilms:
    catalogue = replace(random_catalogue(1), related=related)
    return fit_related_films(
        known_by(catalogue, NOBODY, graded=graded), None if graded else RelatedFilmsSettings()
    )


def test_films_come_in_the_order_of_tmdbs_list() -> None:
    # Ids are 7, 10, 13 ...; of film 99 the item axis knows nothing, and it holds its rank.
    model = fit({7: [13, 99, 10, 13, 7]})

    scores = model.scores(viewer_of(film0=8))[0]

    assert scores[:4] == pytest.approx([0, 1 / 2, 1, 0])


def test_edges_lead_back_at_less_and_add_up() -> None:
    model = fit({7: [10], 10: [7], 13: [10], 99: [7]})

    assert model.scores(viewer_of(film1=8))[0][:4] == pytest.approx([1.5, 0, 0.5, 0])
    assert model.scores(viewer_of(film0=8, film2=8))[0][:4] == pytest.approx([0, 2.5, 0, 0])
    explanation = model.explain(viewer_of(film0=8, film2=8), np.array([1, 3]))
    assert explanation.inputs.tolist() == [0, 2]
    assert explanation.contributions.tolist() == [[1.5, 1], [0, 0]]
    assert explanation.constants == {}


def test_nothing_follows_of_a_film_that_was_bad() -> None:
    model = fit({7: [10], 13: [16]}, graded=True)

    assert model.scores(viewer_of(film0=3, film2=10))[0][:4] == pytest.approx([0, 0, 0, 1.2])


@examples(max_examples=20)
@given(seeds)
def test_it_keeps_to_what_models_promise(seed: int) -> None:
    viewers = random_viewers(seed)
    for graded, catalogue in ((True, random_catalogue(seed)), (False, None)):
        model = fit_related_films(known_by(catalogue, random_grades(seed), graded=graded))
        assert_explains_its_scores(model, viewers)
        assert_blocks_do_not_matter(model, viewers)
        assert_scores_alike(model, RelatedFilms.from_arrays(model.to_arrays()), viewers)


def test_without_a_catalogue_no_film_leads_to_another() -> None:
    model = fit_related_films(known_by(None, random_grades(3)))

    assert not model.scores(random_viewers(3)).any()
