"""What a report says, in words."""

from collections.abc import Mapping
from types import MappingProxyType

from .reports import Report, VariantReport, Verdict

_WORDS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.CONTROL: "is the control",
        Verdict.TOO_LITTLE: "has shown too little to tell",
        Verdict.UNDECIDED: "is not yet told from the control",
        Verdict.BETTER: "is better than the control",
        Verdict.WORSE: "is worse than the control",
    }
)


def sentence_of(found: Report, each: VariantReport) -> str:
    """Such as: variant b is better than the control: clicks per impression +12 % (+3 % to ...)."""
    said = f"{each.variant} {_WORDS[each.verdict]}"
    primary = each.metrics[found.experiment.metric]
    if primary.difference is None:
        return said
    base = found.control.metrics[found.experiment.metric].value or 1.0
    values = (primary.difference.estimate, *primary.difference.always)
    shown = [f"{100 * value / base:+.1f} %" for value in values]
    label = found.experiment.get_metric_display()
    return f"{said}: {label} {shown[0]} ({shown[1]} to {shown[2]} at any number of looks)"
