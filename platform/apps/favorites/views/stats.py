from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, errors
from apps.favorites.serializers.stats import LibraryStatsOutput
from apps.favorites.stats import read_library_stats
from apps.favorites.stats_examples import LIBRARY_STATS
from apps.users.requests import viewer_of


class LibraryStatsView(APIView):
    @extend_schema(
        tags=["library"],
        operation_id="library_stats",
        summary="Sum up your library",
        responses={
            200: LibraryStatsOutput,
            **errors(ErrorCode.UNKNOWN_PARAMETER, *AUTH_ERRORS),
        },
        examples=[LIBRARY_STATS],
    )
    def get(self, request: Request) -> Response:
        """Sum up what you rated and watched: scores, genres, decades, people, hours and streaks.

        A film counts once, however often you saw it; days and months are those of UTC.
        """
        refuse_unknown_parameters(request, allowed=set())
        # The connection's time zone is UTC, and so is this day.
        stats = read_library_stats(viewer_of(request).pk, today=timezone.now().date())
        return Response(LibraryStatsOutput(stats).data)
