"""Examples of the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

_REFRESH_TEXT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.…"
_ACCESS_TEXT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.…"

ACCOUNT = OpenApiExample(
    "account",
    value={"email": "ada@example.com", "password": "correct horse battery staple"},
    request_only=True,
)
REFRESH = OpenApiExample("refresh", value={"refresh": _REFRESH_TEXT}, request_only=True)
TOKEN = OpenApiExample("token", value={"token": _ACCESS_TEXT}, request_only=True)
TOKEN_PAIR = OpenApiExample(
    "tokens",
    value={"access": _ACCESS_TEXT, "refresh": _REFRESH_TEXT},
    response_only=True,
    status_codes=["200"],
)
VERIFIED_TOKEN = OpenApiExample(
    "verified",
    value={"token_type": "access", "expires_at": "2026-11-22T15:45:00Z"},
    response_only=True,
    status_codes=["200"],
)
SESSION = OpenApiExample(
    "session",
    value={
        "id": "7a8f8c5e-3b0e-4b0e-9d6b-1a2b3c4d5e6f",
        "device": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "ip_address": "203.0.113.7",
        "created_at": "2026-11-20T18:02:11.402000Z",
        "last_seen_at": "2026-11-22T15:28:40.018000Z",
        "expires_at": "2026-12-22T15:28:40.018000Z",
        "is_current": True,
    },
    response_only=True,
    status_codes=["200"],
)
