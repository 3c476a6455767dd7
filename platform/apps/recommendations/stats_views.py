from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, errors
from apps.users.models import User
from apps.users.requests import viewer_of

from . import stats_examples as examples
from .models import RecommendationStats
from .stats import read_own_stats
from .stats_serializers import GLOBAL, OWN, GlobalStatsOutput, OwnStatsOutput, global_data

PERMISSION = "recommendations.view_recommendationlist"
_SCOPES = (OWN, GLOBAL)


class RecommendationStatsView(APIView):
    @extend_schema(
        tags=["recommendations"],
        operation_id="recommendation_stats",
        summary="Sum up your recommendations",
        parameters=[
            OpenApiParameter(
                "scope",
                {"type": "string", "enum": list(_SCOPES), "default": OWN},
                description="`global` is for operators.",
            )
        ],
        responses={
            200: PolymorphicProxySerializer(
                component_name="RecommendationStatsOutput",
                serializers=[OwnStatsOutput, GlobalStatsOutput],
                resource_type_field_name=None,
            ),
            **errors(
                ErrorCode.INVALID,
                ErrorCode.UNKNOWN_PARAMETER,
                ErrorCode.PERMISSION_DENIED,
                *AUTH_ERRORS,
            ),
        },
        examples=[examples.OWN_STATS, examples.GLOBAL_STATS],
    )
    def get(self, request: Request) -> Response:
        """Sum up your list, and what came of the films that you were shown in the last 30 days.

        A film counts once, from the first time that it was shown. With `scope=global` it is about
        all viewers, as a worker computed it within the last hour; that needs the permission
        `recommendations.view_recommendationlist`.
        """
        refuse_unknown_parameters(request, allowed={"scope"})
        now = timezone.now()
        user = viewer_of(request)
        if _scope_of(request) == OWN:
            return Response(_own_data(user, at=now))
        if not (user.is_staff and user.has_perm(PERMISSION)):
            raise APIError(ErrorCode.PERMISSION_DENIED)
        return Response(global_data(RecommendationStats.objects.first(), at=now))


def _scope_of(request: Request) -> str:
    scope: str = request.query_params.get("scope", OWN)
    if scope not in _SCOPES:
        message = f"One of {', '.join(_SCOPES)}."
        raise ValidationError({"scope": [ErrorDetail(message, code="invalid")]})
    return scope


def _own_data(user: User, *, at: datetime) -> dict[str, Any]:
    stats = read_own_stats(user.pk, at=at)
    shown = stats.shown
    rates = {"click_rate": shown.click_rate, "hit_rate": shown.hit_rate}
    told = asdict(stats)
    data: dict[str, Any] = OwnStatsOutput(
        told | {"scope": OWN, "shown": told["shown"] | rates}
    ).data
    return data
