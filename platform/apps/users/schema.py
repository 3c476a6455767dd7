"""Teaches drf-spectacular our authentication class; importing it registers the extension."""

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme


class AccessTokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]  # its base is untyped
    target_class = "apps.users.authentication.AccessTokenAuthentication"
    name = "jwtAuth"
