import pytest
import redis

from services.recommendations import purging
from tests.factories import make_generation, make_list, make_user
from workers.tasks import maintenance

from .messages import drain

PURGE = "batch.purge_lists"


@pytest.mark.django_db
def test_each_message_of_a_purge_goes_on_where_the_last_one_ended(broker: redis.Redis) -> None:
    stored = make_list(user=make_user(), generation=make_generation(active=True), movies=[])

    maintenance.purge_lists.run()
    assert drain(broker) == [("batch", PURGE, {"position": stored.user_id})]
    maintenance.purge_lists.run(position=stored.user_id)
    assert drain(broker) == []


@pytest.mark.django_db
def test_a_position_behind_all_viewers_is_kept_to_the_end(broker: redis.Redis) -> None:
    maintenance.purge_lists.run(position=purging.LAST)

    assert drain(broker) == []
