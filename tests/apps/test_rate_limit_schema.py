"""The OpenAPI document says of each operation that it is limited, and how it tells."""

from typing import Any

from drf_spectacular.generators import SchemaGenerator

RATE_HEADERS = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}


def test_every_operation_tells_of_its_limits() -> None:
    schema: Any = SchemaGenerator().get_schema(public=True)
    operations = [
        operation for methods in schema["paths"].values() for operation in methods.values()
    ]

    assert schema["components"]["headers"].keys() >= RATE_HEADERS | {"Retry-After"}
    assert len(operations) > 20
    for operation in operations:
        responses = operation["responses"]
        refusal = responses["429"]
        assert refusal["headers"].keys() >= RATE_HEADERS | {"Retry-After"}
        example = refusal["content"]["application/json"]["examples"]["Throttled"]
        assert example["value"]["error"]["code"] == "throttled"
        for status in responses:
            if status.startswith("2"):
                assert responses[status]["headers"].keys() >= RATE_HEADERS
