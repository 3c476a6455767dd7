"""Buttons of models and generations: who may press them, when, and what follows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from apps.core.operator_actions import BROKER_AWAY
from apps.recommendations.models import ActiveGeneration, Generation, ModelMeasurement, ModelVersion
from apps.users.models import User
from tests.apps.admin_pages import action_url, client_of, messages_of, staff, url
from tests.factories import make_generation, make_user
from workers import receivers
from workers.publisher import Publisher

pytestmark = pytest.mark.django_db

NOWHERE = "redis://127.0.0.1:1/0"
ADD_MODEL = "recommendations.add_modelversion"
CHANGE_MODEL = "recommendations.change_modelversion"
ADD_GENERATION = "recommendations.add_generation"
CHANGE_GENERATION = "recommendations.change_generation"
ADD_MEASUREMENT = "recommendations.add_modelmeasurement"
CHANGE_MEASUREMENT = "recommendations.change_modelmeasurement"


@dataclass(frozen=True)
class Button:
    model: type[Model]
    tool: str
    permission: str
    make: Callable[[], Any] | None = None
    """The row it is pressed on, None for those of a list."""
    asks: bool = True

    @property
    def view(self) -> str:
        return f"recommendations.view_{self.model.__name__.lower()}"

    def url(self) -> str:
        return action_url(self.model, self.tool, self.make().pk if self.make else None)


def make_model(state: str = "ready") -> ModelVersion:
    return ModelVersion.objects.create(state=state, kind="blend")


def make_measurement() -> ModelMeasurement:
    return ModelMeasurement.objects.create(model_version=make_model())


def make_retired() -> Generation:
    now = timezone.now()
    make_generation(active=True)
    return make_generation(state="retired", activated_at=now, retired_at=now, snapshot_at=now)


def make_kept_back() -> Generation:
    make_generation(active=True)
    return make_generation(state="ready", publish=False)


def make_building() -> Generation:
    return make_generation(state="building", shard_count=2)


BUTTONS = [
    Button(ModelVersion, "train_and_publish", ADD_MODEL, asks=False),
    Button(ModelVersion, "train_without_gate", ADD_MODEL),
    Button(ModelVersion, "train_only", ADD_MODEL, asks=False),
    Button(ModelVersion, "build_and_publish", ADD_GENERATION, make_model),
    Button(ModelVersion, "cancel", CHANGE_MODEL, lambda: make_model("training")),
    Button(ModelVersion, "measure", ADD_MEASUREMENT, make_model, asks=False),
    Button(ModelMeasurement, "cancel", CHANGE_MEASUREMENT, make_measurement),
    Button(Generation, "build_and_publish", ADD_GENERATION),
    Button(Generation, "roll_back", CHANGE_GENERATION),
    Button(Generation, "make_active_again", CHANGE_GENERATION, make_retired),
    Button(Generation, "publish", CHANGE_GENERATION, make_kept_back),
    Button(Generation, "cancel", CHANGE_GENERATION, make_building),
]
each_button = pytest.mark.parametrize(
    "button", BUTTONS, ids=lambda b: f"{b.model.__name__}-{b.tool}"
)


@pytest.fixture
def operator() -> Client:
    return client_of(make_user(is_staff=True, is_superuser=True))


@pytest.fixture
def history() -> tuple[Generation, Generation]:
    """A retired generation and the active one that replaced it."""
    now = timezone.now()
    make_model()
    first = make_generation(state="retired", activated_at=now, retired_at=now, snapshot_at=now)
    return first, make_generation(active=True, activated_at=now, snapshot_at=now)


def world() -> list[Any]:
    rows: list[Any] = []
    for model in (ModelVersion, ModelMeasurement, Generation, ActiveGeneration, LogEntry):
        rows += model.objects.order_by("pk").values()
    return rows


def press(client: Client, address: str) -> Any:
    """Press the button, agree if asked, and return the page one lands on."""
    response = client.post(address)
    if response.status_code == 200:
        carried = response.context["asked"].carried
        response = client.post(address, {"confirmed": "yes", **carried})
    assert response.status_code == 302
    return client.get(response["Location"])


def active() -> int | None:
    return ActiveGeneration.objects.get().generation_id


@each_button
def test_a_button_is_never_pressed_by_reading(
    operator: Client, history: tuple[Generation, Generation], button: Button
) -> None:
    address = button.url()
    before = world()

    assert operator.get(address).status_code == 405
    assert operator.head(address).status_code == 405
    assert world() == before


@each_button
def test_a_button_needs_the_csrf_token(
    history: tuple[Generation, Generation], button: Button
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(is_staff=True, is_superuser=True))
    address = button.url()
    before = world()

    assert client.post(address, {"confirmed": "yes"}).status_code == 403
    assert world() == before


@each_button
def test_a_button_is_refused_to_staff_without_its_permission(
    history: tuple[Generation, Generation], button: Button
) -> None:
    everything_else = {b.permission for b in BUTTONS} - {button.permission}
    address = button.url()
    before = world()

    for permissions in ({button.view}, {button.view, *everything_else}, set()):
        client = client_of(staff(*permissions))
        assert client.post(address, {"confirmed": "yes"}).status_code == 403
    assert world() == before


@each_button
def test_a_button_is_shown_to_those_who_may_press_it(
    history: tuple[Generation, Generation], button: Button
) -> None:
    row = button.make() if button.make else None
    page = url(button.model, "change", row.pk) if row else url(button.model, "changelist")
    address = action_url(button.model, button.tool, row.pk if row else None)

    shown = client_of(staff(button.view, button.permission)).get(page).content.decode()
    hidden = client_of(staff(button.view)).get(page).content.decode()

    assert f'method="post" action="{address}"' in shown
    assert address not in hidden


@each_button
def test_one_permission_suffices_and_the_audit_trail_has_it(
    history: tuple[Generation, Generation], button: Button
) -> None:
    account = staff(button.view, button.permission)
    client = client_of(account)
    address = button.url()
    before = world()

    if button.asks:
        assert client.post(address).status_code == 200
        assert world() == before
    page = press(client, address)

    (entry, *_) = LogEntry.objects.order_by("-pk")
    assert entry.user == account
    assert entry.get_edited_object()._meta.app_label == "recommendations"  # noqa: SLF001
    assert entry.get_change_message()
    assert messages_of(page)
    assert not any("Nothing" in text for text in messages_of(page))


@each_button
def test_nobody_in_particular_presses_nothing(
    client: Client, history: tuple[Generation, Generation], button: Button
) -> None:
    address = button.url()
    before = world()

    assert client.post(address, {"confirmed": "yes"}).status_code in (302, 401, 403)
    assert world() == before


@pytest.mark.parametrize(
    ("tool", "publish", "gate"),
    [
        ("train_and_publish", True, {}),
        ("train_without_gate", True, {"skipped": "it was asked for without the gate"}),
        ("train_only", False, {}),
    ],
)
def test_a_training_is_asked_for(
    operator: Client, tool: str, gate: dict[str, str], *, publish: bool
) -> None:
    press(operator, action_url(ModelVersion, tool))

    version = ModelVersion.objects.get()
    assert (version.state, version.publish, version.gate) == ("requested", publish, gate)
    assert (version.origin, version.requested_by) == ("user", User.objects.get())


def test_lists_are_built_with_the_newest_model_that_is_ready(operator: Client) -> None:
    make_model()
    newest = make_model()
    make_model("failed")

    press(operator, action_url(Generation, "build_and_publish"))

    generation = Generation.objects.get()
    assert (generation.model_version, generation.publish) == (newest, True)


def test_nothing_is_built_without_a_model(operator: Client) -> None:
    make_model("training")

    page = press(operator, action_url(Generation, "build_and_publish"))

    assert messages_of(page) == ["Nothing was done: no model is ready. Train one first."]
    assert not Generation.objects.exists()


def test_a_model_that_was_purged_meanwhile_builds_nothing(operator: Client) -> None:
    version = make_model()
    address = action_url(Generation, "build_and_publish")
    asked = operator.post(address).context["asked"]
    number = version.pk
    version.delete()

    response = operator.post(address, {"confirmed": "yes", **asked.carried}, follow=True)

    assert messages_of(response) == [f"Nothing was done: model {number} is not ready."]
    assert not Generation.objects.exists()


def test_lists_are_built_with_a_chosen_model(operator: Client) -> None:
    chosen = make_model()
    make_model()

    press(operator, action_url(ModelVersion, "build_and_publish", chosen.pk))

    assert Generation.objects.get().model_version == chosen


def test_rolling_back_says_which_generation_and_returns_to_it(
    operator: Client, history: tuple[Generation, Generation]
) -> None:
    first, second = history
    address = action_url(Generation, "roll_back")

    question = operator.post(address).content.decode()
    assert active() == second.pk
    page = press(operator, address)

    assert f"Go back to generation {first.pk}" in question
    assert f"Everybody reads generation {second.pk}" in question
    assert active() == first.pk
    assert f"Generation {first.pk} is the active one" in messages_of(page)[0]


def test_rolling_back_twice_with_one_form_goes_back_once(
    operator: Client, history: tuple[Generation, Generation]
) -> None:
    first, _ = history
    address = action_url(Generation, "roll_back")
    form = {"confirmed": "yes", **operator.post(address).context["asked"].carried}

    operator.post(address, form)
    again = operator.post(address, form, follow=True)

    assert messages_of(again)[-1] == (
        "Nothing was done: another generation became active meanwhile."
    )
    assert active() == first.pk
    assert LogEntry.objects.count() == 1


def test_there_may_be_nothing_to_roll_back_to(operator: Client) -> None:
    only = make_generation(active=True)

    page = press(operator, action_url(Generation, "roll_back"))

    assert "there is no earlier generation" in messages_of(page)[0]
    assert active() == only.pk


def test_a_later_generation_is_made_active_again(operator: Client) -> None:
    later = make_retired()

    press(operator, action_url(Generation, "make_active_again", later.pk))

    assert active() == later.pk


def test_a_generation_that_was_kept_back_is_published(operator: Client) -> None:
    kept_back = make_kept_back()

    press(operator, action_url(Generation, "publish", kept_back.pk))

    assert active() == kept_back.pk


def test_an_older_generation_is_not_published_over_a_newer_one(operator: Client) -> None:
    older = make_generation(state="ready", publish=False)
    newer = make_generation(active=True)

    page = press(operator, action_url(Generation, "publish", older.pk))

    assert "a newer one, is active" in messages_of(page)[0]
    assert active() == newer.pk
    older.refresh_from_db()
    assert older.state == "ready"


@pytest.mark.parametrize(
    ("model", "state"), [(ModelVersion, "requested"), (ModelVersion, "training")]
)
def test_an_open_training_is_cancelled(operator: Client, model: type[Model], state: str) -> None:
    version = make_model(state)

    press(operator, action_url(ModelVersion, "cancel", version.pk))

    version.refresh_from_db()
    assert version.state == "cancelled"
    assert version.finished_at is not None


@pytest.mark.parametrize("state", ["requested", "building", "ready"])
def test_an_open_generation_is_cancelled(operator: Client, state: str) -> None:
    generation = make_generation(state=state)

    press(operator, action_url(Generation, "cancel", generation.pk))

    generation.refresh_from_db()
    assert generation.state == "cancelled"


@pytest.mark.parametrize(
    ("tool", "make"),
    [
        ("cancel", lambda: make_generation(active=True)),
        ("cancel", lambda: make_generation(state="failed")),
        ("publish", lambda: make_generation(state="building")),
        ("publish", lambda: make_generation(active=True)),
        ("make_active_again", lambda: make_generation(state="retired")),
        ("make_active_again", lambda: make_generation(state="ready")),
    ],
)
def test_a_button_does_nothing_in_a_state_that_is_not_its_own(
    operator: Client, tool: str, make: Callable[[], Generation]
) -> None:
    row = make()
    before = world()

    page = operator.post(action_url(Generation, tool, row.pk), {"confirmed": "yes"}, follow=True)

    assert "no longer in a state for it" in messages_of(page)[0]
    assert world() == before
    assert f"/{tool}/" not in page.content.decode()


@pytest.mark.parametrize("pk", ["0", "x", "9" * 30])
def test_a_row_that_is_not_there_is_not_found(operator: Client, pk: str) -> None:
    address = action_url(Generation, "cancel", 1).replace("/1/", f"/{pk}/")

    assert operator.post(address, {"confirmed": "yes"}).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("broker_url", "away"), [(None, False), (NOWHERE, True)], ids=["broker", "no broker"]
)
def test_the_row_waits_and_the_message_says_so_when_the_broker_is_away(
    monkeypatch: pytest.MonkeyPatch, broker_url: str | None, *, away: bool
) -> None:
    monkeypatch.setattr(receivers, "send", Publisher(broker_url=broker_url).send)
    operator = client_of(make_user(is_staff=True, is_superuser=True))

    page = press(operator, action_url(ModelVersion, "train_only"))

    (text,) = messages_of(page)
    assert (BROKER_AWAY in text) == away
    assert ModelVersion.objects.get().state == "requested"
