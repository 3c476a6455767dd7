from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import RefreshToken

from apps.core.errors import APIError, ErrorCode

from .models import User


def issue_tokens(user: User) -> dict[str, str]:
    refresh = RefreshToken.for_user(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def access_from(refresh: str) -> str:
    """A new access token for the bearer of a refresh token.

    Raises:
        APIError: `token_not_valid`, also when the account is deleted or deactivated.
    """
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type]  # the stub misses text
    except TokenError as error:
        raise APIError(ErrorCode.TOKEN_NOT_VALID) from error
    if not User.objects.filter(pk=token["user_id"], is_active=True).exists():
        raise APIError(ErrorCode.TOKEN_NOT_VALID)
    return str(token.access_token)
