"""Films like a film by the model whose lists are read, for the app that shows films."""

from collections.abc import Sequence

from .models import ActiveGeneration, SimilarFilms


def similar_by_model(movie_id: int) -> Sequence[int]:
    """The most alike first; empty where the model knows too little of the film, or none is read."""
    read = ActiveGeneration.objects.values("generation__model_version")
    rows = SimilarFilms.objects.filter(movie_id=movie_id, model_version__in=read)
    return rows.values_list("movie_ids", flat=True).first() or []
