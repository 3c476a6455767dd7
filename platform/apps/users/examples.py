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
_WRITABLE_PROFILE = {
    "display_name": "Ada",
    "language": "fr",
    "region": "CH",
    "include_adult": False,
    "is_private": False,
}
PROFILE_REPLACED = OpenApiExample("profile", value=_WRITABLE_PROFILE, request_only=True)
PROFILE_CHANGED = OpenApiExample("some of it", value={"display_name": "Ada"}, request_only=True)
PROFILE = OpenApiExample(
    "profile",
    value={
        "id": 7,
        "email": "ada@example.com",
        "email_verified": True,
        **_WRITABLE_PROFILE,
        "date_joined": "2026-11-20T18:02:11.102000Z",
    },
    response_only=True,
    status_codes=["200"],
)
PASSWORD_CHANGE = OpenApiExample(
    "passwords",
    value={
        "old_password": "correct horse battery staple",
        "new_password": "wrong donkey generator paperclip",
    },
    request_only=True,
)
OWN_PASSWORD = OpenApiExample(
    "password", value={"password": "correct horse battery staple"}, request_only=True
)
EXPORT = OpenApiExample(
    "export",
    value={
        "exported_at": "2026-11-22T15:30:00Z",
        "account": {
            "id": 7,
            "email": "ada@example.com",
            "email_verified_at": "2026-11-20T18:04:31.877000Z",
            **_WRITABLE_PROFILE,
            "origin": "registered",
            "is_active": True,
            "is_staff": False,
            "is_superuser": False,
            "date_joined": "2026-11-20T18:02:11.102000Z",
            "last_login": None,
        },
        "sessions": [
            {
                "id": "7a8f8c5e-3b0e-4b0e-9d6b-1a2b3c4d5e6f",
                "device": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "ip_address": "203.0.113.7",
                "created_at": "2026-11-20T18:02:11.402000Z",
                "last_seen_at": "2026-11-22T15:28:40.018000Z",
                "expires_at": "2026-12-22T15:28:40.018000Z",
            }
        ],
        "mails": [
            {
                "purpose": "verify_email",
                "email": "ada@example.com",
                "requested_at": "2026-11-20T18:02:11.402000Z",
                "expires_at": "2026-11-23T18:02:11.402000Z",
                "sent_at": "2026-11-20T18:02:12.077000Z",
                "used_at": "2026-11-20T18:04:31.877000Z",
                "given_up_at": None,
            }
        ],
        "favorites": [
            {
                "id": 5,
                "movie_id": 1,
                "created_at": "2026-11-20T18:10:00Z",
                "title": "Alien",
                "tmdb_id": 348,
            }
        ],
        "ratings": [
            {
                "id": 11,
                "movie_id": 7,
                "score": 9,
                "rated_at": "2026-11-20T18:09:00Z",
                "created_at": "2026-11-20T18:09:00Z",
                "updated_at": "2026-11-20T18:09:00Z",
                "title": "Blade Runner",
                "tmdb_id": 78,
            }
        ],
        "watch_history": [
            {
                "id": 17,
                "movie_id": 7,
                "watched_at": "2026-11-19T20:15:00Z",
                "progress": 100,
                "created_at": "2026-11-20T18:09:30Z",
                "updated_at": "2026-11-20T18:09:30Z",
                "title": "Blade Runner",
                "tmdb_id": 78,
            }
        ],
        "watchlist": [
            {
                "id": 2,
                "movie_id": 21,
                "created_at": "2026-11-20T18:09:40Z",
                "title": "Solaris",
                "tmdb_id": 593,
            }
        ],
        "not_interested": [
            {
                "id": 23,
                "movie_id": None,
                "person_id": None,
                "genre_id": 5,
                "created_at": "2026-11-20T18:09:50Z",
                "title": None,
                "tmdb_id": None,
                "person_name": None,
                "genre_name": "Western",
            }
        ],
        "saved_searches": [
            {
                "id": 29,
                "name": "Old aliens",
                "parameters": {"q": "alien", "year_max": "1989"},
                "created_at": "2026-11-20T18:09:55Z",
                "updated_at": "2026-11-20T18:09:55Z",
            }
        ],
        "taste": [
            {
                "revision": 5,
                "listed_revision": 5,
                "is_realtime": True,
                "changed_at": "2026-11-20T18:10:00Z",
                "listed_at": "2026-11-20T18:10:00.180000Z",
            }
        ],
        "recommendations": [
            {
                "id": 42,
                "generation_id": 3,
                "revision": 5,
                "created_at": "2026-11-20T18:10:00.180000Z",
                "written_at": "2026-11-20T18:10:00.020000Z",
                "results": [
                    {
                        "movie_id": 21,
                        "score": 0.912,
                        "source": "personal",
                        "because": [{"movie_id": 7, "contribution": 0.412}],
                    }
                ],
            }
        ],
    },
    response_only=True,
    status_codes=["200"],
)
_MAIL_TOKEN_TEXT = "7a8f8c5e3b0e4b0e9d6b1a2b3c4d5e6f.…"  # noqa: S105  # an example
ADDRESS = OpenApiExample("address", value={"email": "ada@example.com"}, request_only=True)
MAIL_TOKEN = OpenApiExample("token", value={"token": _MAIL_TOKEN_TEXT}, request_only=True)
NEW_PASSWORD = OpenApiExample(
    "new password",
    value={"token": _MAIL_TOKEN_TEXT, "new_password": "staple horse correct battery"},
    request_only=True,
)
PASSWORD_RESET_REQUESTED = OpenApiExample(
    "requested",
    value={"message": "If an account has this address, a mail is on its way to it."},
    response_only=True,
    status_codes=["202"],
)
VERIFICATION_REQUESTED = OpenApiExample(
    "requested",
    value={
        "message": "If an account has this address and it is not verified, a mail is on its way "
        "to it."
    },
    response_only=True,
    status_codes=["202"],
)
