"""Where films can be watched: which providers offer what in a country."""

from typing import Any

from django.db.models import Func

OFFERS = ("flatrate", "free", "ads", "rent", "buy")

_COUNTRY: dict[str, Any] = {"template": "ARRAY[%(expressions)s::text]"}
_PROVIDERS: dict[str, Any] = {"arg_joiner": " || ", "template": "(%(expressions)s)"}

# One index of arrays finds both at once, so that the films of a provider that is everywhere are
# not looked at in every country.
INDEXED = (Func("country", **_COUNTRY), Func(*OFFERS, **_PROVIDERS))
