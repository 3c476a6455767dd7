from typing import Any

from rest_framework import serializers

MAX_EMAIL_LENGTH = 254


class AddressField(serializers.EmailField):
    """An e-mail address in lower case, its one spelling."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_EMAIL_LENGTH, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        lowered = super().run_validation(data).lower()
        # Some letters become two: the lower case of U+0130 is an i and a dot above.
        if len(lowered) > MAX_EMAIL_LENGTH:
            self.fail("max_length", max_length=MAX_EMAIL_LENGTH)
        return lowered
