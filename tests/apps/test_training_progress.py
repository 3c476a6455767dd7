import pytest

from apps.recommendations.models import ModelVersion
from apps.recommendations.training_progress import percent_done, seconds_told


@pytest.mark.parametrize(
    ("state", "fields", "shards_done", "percent"),
    [
        ("requested", {}, 0, 0),
        ("training", {"phase": "gate"}, 0, 1),
        ("training", {"phase": "gram"}, 0, 5),
        ("training", {"phase": "gram", "users_done": 50, "user_count": 100}, 0, 15),
        ("training", {"phase": "gram", "users_done": 101, "user_count": 100}, 0, 24),
        ("training", {"phase": "weights"}, 0, 25),
        ("training", {"phase": "weights", "shard_count": 7}, 3, 35),
        ("training", {"phase": "weights", "shard_count": 7}, 7, 49),
        ("training", {"phase": "factors", "epoch_count": 8}, 7, 50),
        ("training", {"phase": "factors", "epochs_done": 2, "epoch_count": 8}, 7, 61),
        ("training", {"phase": "factors", "epochs_done": 8, "epoch_count": 8}, 7, 94),
        ("training", {"phase": "kernel", "epochs_done": 8, "epoch_count": 8}, 7, 95),
        ("training", {"phase": "assemble", "shard_count": 7}, 7, 99),
        ("failed", {"phase": "weights", "shard_count": 7}, 3, 35),
        ("ready", {"phase": "done"}, 0, 100),
    ],
)
def test_a_training_is_so_far(
    state: str, fields: dict[str, object], shards_done: int, percent: int
) -> None:
    version = ModelVersion(state=state, **fields)

    assert percent_done(version, shards_done=shards_done) == percent


def test_phases_are_told_in_their_order() -> None:
    version = ModelVersion(seconds={"gram": 31.24, "survey": 2, "weights": 0.06})

    assert seconds_told(version) == "survey 2.0 s, gram 31.2 s, weights 0.1 s"
    assert seconds_told(ModelVersion()) == ""
