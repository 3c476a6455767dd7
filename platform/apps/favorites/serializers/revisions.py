from typing import Any

from rest_framework import serializers


class TasteRevisionOutput(serializers.Serializer[Any]):
    taste_revision = serializers.IntegerField(
        help_text="A recommendation list with this revision or a later one has seen the write."
    )
