"""How far runs are."""

from apps.recommendations.models import ModelVersion


def training_progress(version: ModelVersion) -> str:
    if version.state == ModelVersion.State.READY:
        return "100 %"
    if version.phase == ModelVersion.Phase.ASSEMBLE:
        return "99 %"
    # Of the weights the last hundredth is left for putting them together.
    done = min(99 * version.next_item // version.item_count, 99) if version.item_count else 0
    return f"{done} %"
