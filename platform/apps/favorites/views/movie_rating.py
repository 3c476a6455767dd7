from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, errors
from apps.favorites import actions, examples
from apps.favorites.models import Rating
from apps.favorites.refusals import gone_rows_refused
from apps.favorites.serializers.ratings import RatingOutput, RatingWrittenOutput, ScoreInput
from apps.movies.models import Movie
from apps.users.requests import viewer_of

from .ratings import rate, rating_data
from .writing import DELETED, find_card

_NOTHING = (ErrorCode.NOT_FOUND, ErrorCode.MOVIE_NOT_FOUND)


class MovieRatingView(APIView):
    @extend_schema(
        tags=["ratings"],
        operation_id="movie_rating_detail",
        summary="Show your rating of a film",
        responses={
            200: RatingOutput,
            **errors(ErrorCode.UNKNOWN_PARAMETER, *_NOTHING, *AUTH_ERRORS),
        },
        examples=[examples.RATING_SHOWN],
    )
    def get(self, request: Request, movie_id: int) -> Response:
        """Show your rating of a film; `not_found` says that you have not rated it."""
        refuse_unknown_parameters(request, allowed=set())
        ratings = Rating.objects.for_user(viewer_of(request))
        rating = ratings.filter(movie_id=movie_id).first()
        if rating is None:
            raise _refusal(movie_id)
        return Response(rating_data(request, rating))

    @extend_schema(
        tags=["ratings"],
        operation_id="movie_rating_save",
        summary="Rate this film",
        request=ScoreInput,
        responses={
            201: OpenApiResponse(RatingWrittenOutput, "Rated."),
            200: OpenApiResponse(RatingWrittenOutput, "Your earlier rating was replaced."),
            **errors(
                ErrorCode.RATING_OUT_OF_RANGE,
                ErrorCode.MOVIE_NOT_FOUND,
                *BODY_ERRORS,
                *AUTH_ERRORS,
            ),
        },
        examples=[examples.SCORE, examples.RATING_WRITTEN],
    )
    def put(self, request: Request, movie_id: int) -> Response:
        """Rate a film from 1 to 10, whether or not you have rated it before."""
        body = ScoreInput(data=request.data)
        body.is_valid(raise_exception=True)
        return rate(request, find_card({"pk": movie_id}), body.validated_data["score"])

    @extend_schema(
        tags=["ratings"],
        operation_id="movie_rating_delete",
        summary="Delete your rating of a film",
        responses={200: DELETED, **errors(*_NOTHING, *AUTH_ERRORS)},
        examples=[examples.REVISION],
    )
    def delete(self, request: Request, movie_id: int) -> Response:
        """Delete your rating of a film; `not_found` says that you have not rated it."""
        with gone_rows_refused():
            try:
                revision = actions.delete_rating_of_movie(
                    user=viewer_of(request), movie_id=movie_id, at=timezone.now()
                )
            except Rating.DoesNotExist as error:
                raise _refusal(movie_id) from error
        return Response({"taste_revision": revision})


def _refusal(movie_id: int) -> APIError:
    """What is not there: the film, or only the viewer's rating of it."""
    is_known = Movie.objects.filter(pk=movie_id).exists()
    return APIError(ErrorCode.NOT_FOUND if is_known else ErrorCode.MOVIE_NOT_FOUND)
