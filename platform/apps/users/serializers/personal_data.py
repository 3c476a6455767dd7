from typing import Any

from rest_framework import serializers

from apps.core import personal_data


class ExportOutput(serializers.Serializer[Any]):
    """Describes the export's document, which is written row by row and not by this."""

    exported_at = serializers.DateTimeField()
    account = serializers.DictField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        sections = {
            name: serializers.ListField(child=serializers.DictField())
            for name in personal_data.sections()
        }
        return {**super().get_fields(), **sections}
