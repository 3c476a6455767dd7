"""What a write has just sent is worked off before what the sweep sends again."""

from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from apps.favorites.models import Taste
from apps.users.models import User
from tests.factories import make_generation, make_user
from tests.workers.messages import drain
from workers import metrics, publisher, queues
from workers.celery import app
from workers.tasks import maintenance

pytestmark = pytest.mark.django_db

REFRESH = "realtime.refresh_recommendations"


@pytest.fixture
def set_back() -> User:
    """A viewer whose list was taken back by a flip, whom nobody has told a worker of."""
    make_generation(active=True)
    viewer = make_user()
    changed_at = timezone.now() - timedelta(hours=1)
    Taste.objects.create(user=viewer, revision=2, listed_revision=1, changed_at=changed_at)
    return viewer


def next_message(queue: str) -> int:
    """Whom the message is about that a worker would get next."""
    with app.connection() as connection:
        message = connection.channel().basic_get(queue, no_ack=True)
        _, kwargs, _ = message.decode()
    return int(kwargs["user_id"])


def test_a_write_that_comes_later_passes_the_sweeps_messages(
    broker: redis.Redis, set_back: User
) -> None:
    maintenance.sweep.run()
    publisher.send(REFRESH, user_id=77)

    assert [next_message("realtime"), next_message("realtime")] == [77, set_back.pk]
    assert drain(broker) == []


def test_who_was_passed_once_is_not_passed_again(broker: redis.Redis, set_back: User) -> None:
    Taste.objects.filter(user=set_back).update(nudges=1)
    maintenance.sweep.run()
    publisher.send(REFRESH, user_id=77)

    assert [next_message("realtime"), next_message("realtime")] == [set_back.pk, 77]


def test_both_are_counted(broker: redis.Redis, set_back: User) -> None:
    maintenance.sweep.run()
    publisher.send(REFRESH, user_id=77)

    assert queues.depth(app, "realtime") == 2
    (waiting, _) = metrics.queue_lengths()
    lengths = {sample.labels["queue"]: sample.value for sample in waiting.samples}
    assert lengths == {**dict.fromkeys(queues.QUEUES, 0), "realtime": 2}
