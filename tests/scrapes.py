"""Reading `/metrics` as Prometheus would: with prometheus_client's own parser."""

from prometheus_client.parser import text_string_to_metric_families

Labels = dict[str, str]


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """All samples; a name with the same labels twice fails the test."""
    found = [
        ((sample.name, frozenset(sample.labels.items())), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
    assert len(found) == len(dict(found))
    return dict(found)


def value(text: str, sample: str, /, **labels: object) -> float:
    """The sample's value, 0 if there is none: that is how totals begin."""
    wanted = frozenset((key, str(label)) for key, label in labels.items())
    return samples(text).get((sample, wanted), 0.0)


def series(text: str, name: str) -> list[Labels]:
    return [dict(labels) for found, labels in samples(text) if found == name]
