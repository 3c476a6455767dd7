"""Answers of plain data, which need no serializer; moments are written as everywhere in the API."""

from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.utils.encoders import JSONEncoder

CONTENT_TYPE = "application/json"
_ENCODER = JSONEncoder()


def as_json(data: Any) -> bytes:
    return orjson.dumps(data, _ENCODER.default, orjson.OPT_PASSTHROUGH_DATETIME)


def json_answer(data: Any) -> HttpResponse:
    return HttpResponse(as_json(data), content_type=CONTENT_TYPE)
