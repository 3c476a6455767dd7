"""Reading `/metrics` as Prometheus would: with prometheus_client's own parser."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from prometheus_client.parser import text_string_to_metric_families

Labels = dict[str, str]


@lru_cache(maxsize=2)  # Tests compare a few values of two texts, which take long to read.
def samples(text: str) -> Mapping[tuple[str, frozenset[tuple[str, str]]], float]:
    """All samples; a name with the same labels twice fails the test."""
    found = [
        ((sample.name, frozenset(sample.labels.items())), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
    assert len(found) == len(dict(found))
    return MappingProxyType(dict(found))


def value(text: str, sample: str, /, **labels: object) -> float:
    """The sample's value, 0 if there is none: that is how totals begin."""
    wanted = frozenset((key, str(label)) for key, label in labels.items())
    return samples(text).get((sample, wanted), 0.0)


def series(text: str, name: str) -> list[Labels]:
    return [dict(labels) for found, labels in samples(text) if found == name]
