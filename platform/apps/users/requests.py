from rest_framework.request import Request

from .models import User


def viewer_of(request: Request) -> User:
    """The account behind an authenticated request."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("this view must require authentication")
    return user
