"""An export holds all that is kept of its owner, nothing of others, and no secret."""

import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db.models import Model
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core import personal_data
from apps.favorites.models import (
    Favorite,
    IdempotencyKey,
    NotInterested,
    Rating,
    SavedSearch,
    Taste,
    WatchEntry,
    WatchlistEntry,
)
from apps.movies.models import Movie, SyncRun, SyncTitle
from apps.recommendations.models import (
    ActiveGeneration,
    Experiment,
    ExperimentLook,
    Explanation,
    Generation,
    GenerationShard,
    Impression,
    ModelChunk,
    ModelMeasurement,
    ModelShard,
    ModelVersion,
    OnboardingSkip,
    Questionnaire,
    Questions,
    RecommendationList,
    SimilarFilms,
    StreamTicket,
    Variant,
)
from apps.users.actions import mails
from apps.users.models import AccountMail, Session, SpentRefreshToken, User
from apps.users.personal_data import ACCOUNT_FIELDS
from tests.apps.api import client_of, refused, session_of
from tests.apps.films import make_person
from tests.apps.query_counts import captured_queries
from tests.factories import (
    make_explanation,
    make_favorite,
    make_generation,
    make_genre,
    make_impression,
    make_list,
    make_movie,
    make_not_interested,
    make_rating,
    make_saved_search,
    make_user,
    make_watch_entry,
    make_watchlist_entry,
)

pytestmark = pytest.mark.django_db

EXPORT = "/api/v1/auth/export/"
CONTRIBUTORS = {"because_movie_ids", "because_shares"}
# The section of each model's rows, and what a row holds that its section leaves out.
SECTIONS: dict[type[Model], tuple[str, dict[str, str]]] = {
    Session: ("sessions", {"refresh_jti": "a part of the refresh token"}),
    AccountMail: (
        "mails",
        {
            "id": "a part of the mail's token",
            "attempts": "how the worker gets on",
            "nudge_at": "how the worker gets on",
            "error": "how the worker gets on",
        },
    ),
    Favorite: ("favorites", {}),
    Rating: ("ratings", {}),
    WatchEntry: ("watch_history", {}),
    WatchlistEntry: ("watchlist", {}),
    NotInterested: ("not_interested", {}),
    SavedSearch: ("saved_searches", {}),
    Taste: (
        "taste",
        dict.fromkeys(
            ["nudge_at", "nudges", "unseen_at", "unseen_xid", "changed_xid"],
            "how the worker gets on",
        ),
    ),
    IdempotencyKey: ("idempotency_keys", {"request_digest": "says nothing without our secret"}),
    RecommendationList: (
        "recommendations",
        dict.fromkeys(
            ["movie_ids", "scores", "sources", "propensities", *CONTRIBUTORS],
            "told by its results",
        ),
    ),
    Impression: ("impressions", {}),
    Questions: ("questions", {}),
    OnboardingSkip: ("onboarding_skips", {}),
    Explanation: (
        "explanations",
        {
            "attempts": "how the worker gets on",
            "leased_until": "how the worker gets on",
            "error": "how the worker gets on",
        },
    ),
}
# How a row names its account, where not by itself.
OWNED_THROUGH: dict[type[Model], str] = {Explanation: "list__user"}
NOT_EXPORTED: dict[type[Model], str] = {
    SpentRefreshToken: "ids of tokens, gone after a minute",
    StreamTicket: "hashes of tickets, good for half a minute",
    SyncRun: "what operators asked for, whose accounts are no viewer's",
    SyncTitle: "the queue of such a sync",
    ModelVersion: "what operators asked for, whose accounts are no viewer's",
    Experiment: "what operators asked for, whose accounts are no viewer's",
    Variant: "part of an experiment; rows of viewers name theirs",
    ExperimentLook: "sums over all viewers of an experiment",
    **dict.fromkeys(
        [
            ModelShard,
            ModelChunk,
            ModelMeasurement,
            Generation,
            GenerationShard,
            ActiveGeneration,
            Questionnaire,
            SimilarFilms,
        ],
        "made with such a model, of all viewers together",
    ),
    LogEntry: "the audit trail of operators, whose accounts are no viewer's",
    User.groups.through: "roles of operators",
    User.user_permissions.through: "roles of operators",
}
ACCOUNT_SECRETS = {"password"}


def exported(client: APIClient) -> dict[str, Any]:
    response = client.get(EXPORT)
    assert response.status_code == 200
    document: dict[str, Any] = json.loads(b"".join(response.streaming_content))
    return document


def furnish(user: User, movie: Movie) -> None:
    make_rating(user=user, movie=movie)
    make_favorite(user=user, movie=movie)
    make_watch_entry(user=user, movie=movie)
    make_watchlist_entry(user=user, movie=movie)
    make_not_interested(user=user, movie=movie)
    make_saved_search(user=user)
    Taste.objects.create(user=user, revision=2, listed_revision=1)
    IdempotencyKey.objects.create(
        user=user, key="k", status=201, answer='{"id":1}', created_at=timezone.now()
    )
    OnboardingSkip.objects.create(user=user, movie=movie)
    Questions.objects.create(user=user, revision=2, movie_ids=[movie.pk], chosen_at=timezone.now())
    own = make_list(
        user=user,
        generation=make_generation(),
        movies=[movie, make_movie()],
        because=[[(movie, 412)], []],
        propensities=[0.25],
    )
    make_impression(
        user=user,
        movie=movie,
        list_id=own.pk,
        generation_id=own.generation_id,
        model_version_id=own.generation.model_version_id,
    )
    make_explanation(list=own, movie_id=movie.pk, body={"rank": 3})
    mails.request_verification(user=user, at=timezone.now())


def models_of_an_account(parent: type[Model] = User) -> Iterator[type[Model]]:
    """Models whose rows belong to an account, directly or through another such row."""
    options = parent._meta  # noqa: SLF001  # Django's API
    for relation in options.get_fields(include_hidden=True):
        if not (relation.one_to_many or (relation.one_to_one and relation.auto_created)):
            continue
        child: Any = relation.related_model
        yield child
        yield from models_of_an_account(child)
    for many in options.many_to_many:
        yield many.remote_field.through  # type: ignore[misc]


def test_every_model_of_an_account_is_exported_or_named_with_a_reason() -> None:
    assert set(models_of_an_account()) == SECTIONS.keys() | NOT_EXPORTED.keys()
    assert {section for section, _ in SECTIONS.values()} == personal_data.sections().keys()


def test_every_column_of_an_account_is_exported_or_named_with_a_reason(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    furnish(viewer, movie)

    document = exported(viewer_client)

    for model, (section, left_out) in SECTIONS.items():
        assert len(document[section]) == 1, section
        assert columns(model) - {"user_id"} - document[section][0].keys() == left_out.keys()
    assert columns(User) - set(ACCOUNT_FIELDS) == ACCOUNT_SECRETS
    assert document["account"].keys() == set(ACCOUNT_FIELDS)


def columns(model: type[Model]) -> set[str]:
    return {field.attname for field in model._meta.concrete_fields}  # noqa: SLF001  # Django's API


def test_an_export_tells_what_is_stored(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    User.objects.filter(pk=viewer.pk).update(display_name='Ñandú "\\\u2028</script>', region="CH")
    furnish(viewer, movie)
    own = RecommendationList.objects.get()

    document = exported(viewer_client)

    assert document["account"]["email"] == viewer.email
    assert document["account"]["display_name"] == 'Ñandú "\\\u2028</script>'
    rating = Rating.objects.get()
    assert document["ratings"] == [
        {
            "id": rating.pk,
            "movie_id": movie.pk,
            "score": 8,
            "rated_at": None,
            "created_at": rating.created_at.isoformat().replace("+00:00", "Z"),
            "updated_at": rating.updated_at.isoformat().replace("+00:00", "Z"),
            "title": movie.title,
            "tmdb_id": movie.tmdb_id,
        }
    ]
    assert document["favorites"][0].items() >= {"title": movie.title, "movie_id": movie.pk}.items()
    assert document["taste"][0].items() >= {"revision": 2, "listed_revision": 1}.items()
    key = {"key": "k", "status": 201, "answer": '{"id":1}'}
    assert document["idempotency_keys"][0].items() >= key.items()
    assert document["mails"][0]["purpose"] == "verify_email"
    assert document["recommendations"][0]["results"] == [
        {
            "movie_id": own.movie_ids[0],
            "score": 2.0,
            "source": "personal",
            "propensity": 0.25,
            "because": [{"movie_id": movie.pk, "contribution": 0.412}],
        },
        {
            "movie_id": own.movie_ids[1],
            "score": 1.0,
            "source": "personal",
            "propensity": 1.0,
            "because": [],
        },
    ]


def test_an_export_names_what_was_watched_and_what_is_not_wanted(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    watched_at = datetime(2026, 5, 1, 20, 15, tzinfo=UTC)
    person, genre = make_person(name="Ridley Scott"), make_genre("Film Noir")
    for moment in (watched_at, None):
        make_watch_entry(user=viewer, movie=movie, watched_at=moment, progress=55)
    for subject in ({"person": person}, {"genre": genre}, {"movie": movie}):
        make_not_interested(user=viewer, **subject)

    document = exported(viewer_client)

    told = [(row["watched_at"], row["progress"], row["title"]) for row in document["watch_history"]]
    assert told == [("2026-05-01T20:15:00Z", 55, movie.title), (None, 55, movie.title)]
    names = ("title", "tmdb_id", "person_name", "genre_name")
    assert [tuple(row[name] for name in names) for row in document["not_interested"]] == [
        (movie.title, movie.tmdb_id, None, None),
        (None, None, None, "Film Noir"),
        (None, None, "Ridley Scott", None),
    ]
    ids = ("movie_id", "person_id", "genre_id")
    assert [tuple(row[name] for name in ids) for row in document["not_interested"]] == [
        (movie.pk, None, None),
        (None, None, genre.pk),
        (None, person.pk, None),
    ]


def test_an_export_is_a_file_that_nobody_on_the_way_keeps(viewer_client: APIClient) -> None:
    response = viewer_client.get(EXPORT, headers={"x-request-id": "export-0001"})
    content = b"".join(response.streaming_content)

    assert response.streaming
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"] == 'attachment; filename="nexus-export.json"'
    assert response["Content-Length"] == str(len(content))
    assert response["Cache-Control"] == "no-store"
    assert response["X-Request-ID"] == "export-0001"


def test_head_tells_the_length_and_sends_nothing(viewer_client: APIClient) -> None:
    response = viewer_client.head(EXPORT)

    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b""
    assert int(response["Content-Length"]) > 100


def test_an_export_holds_no_secret_and_nothing_of_others(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    stranger = make_user()
    for user in (viewer, stranger):
        furnish(user, movie)
        session = session_of(user)
        SpentRefreshToken.objects.create(jti=uuid4(), session=session, spent_at=timezone.now())

    content = json.dumps(exported(viewer_client))

    viewer.refresh_from_db()
    secrets = [viewer.password, *(str(mail.pk) for mail in AccountMail.objects.all())]
    secrets += [str(session.refresh_jti) for session in Session.objects.all()]
    secrets += [str(token.pk) for token in SpentRefreshToken.objects.all()]
    secrets += [str(session.pk) for session in stranger.sessions.all()]
    assert [secret for secret in [*secrets, stranger.email] if secret in content] == []


def test_every_section_holds_the_viewers_rows_and_no_others(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    furnish(viewer, movie)
    stranger, alone = make_user(), exported(viewer_client)
    furnish(stranger, movie)
    # Rows without an id are told apart by what differs.
    Taste.objects.filter(user=stranger).update(revision=77)

    beside, others = exported(viewer_client), exported(client_of(stranger))

    models = {section: model for model, (section, _) in SECTIONS.items()}
    for section in personal_data.sections():
        rows = models[section]._default_manager  # noqa: SLF001  # Django's API
        owner = OWNED_THROUGH.get(models[section], "user")
        own = rows.filter(**{owner: viewer}).values_list("pk", flat=True)
        assert len(beside[section]) == len(own) == 1, section
        assert {str(row.get("id", own[0])) for row in beside[section]} == {str(own[0])}, section
        assert beside[section] == alone[section], section
        assert len(others[section]) == 1, section
        assert others[section] != alone[section], section


def test_a_mail_that_no_worker_has_looked_up_yet_is_exported_to_its_address(
    viewer: User, viewer_client: APIClient
) -> None:
    for email in (viewer.email, "nobody@example.com"):
        mails.request_mail(
            purpose=AccountMail.Purpose.RESET_PASSWORD, email=email, at=timezone.now()
        )

    assert [mail["email"] for mail in exported(viewer_client)["mails"]] == [viewer.email]


def test_an_account_without_anything_exports_empty_sections(viewer_client: APIClient) -> None:
    document = exported(viewer_client)

    sections = document.keys() - {"exported_at", "account", "sessions"}
    assert {name: document[name] for name in sections} == {name: [] for name in sections}


def test_many_rows_cost_no_more_queries_and_are_read_chunk_by_chunk(viewer: User) -> None:
    client = client_of(viewer)
    exported(client)
    few, _ = measured(client)
    films = Movie.objects.bulk_create(Movie(title=f"Film {number}") for number in range(4_000))
    Rating.objects.bulk_create(Rating(user=viewer, movie=film, score=7) for film in films)
    del films

    many, peak = measured(client)

    assert len(many) == len(few)
    assert len([statement for statement in many if statement.startswith("DECLARE")]) == 14
    # One chunk of rows at a time; as objects, all of them take six million bytes.
    assert peak < 3_000_000
    assert len(exported(client)["ratings"]) == 4_000


def measured(client: APIClient) -> tuple[list[str], int]:
    """Statements and the peak of memory while an export is read and thrown away."""
    tracemalloc.start()
    try:
        with captured_queries() as statements:
            for _ in client.get(EXPORT).streaming_content:
                pass
        return statements, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_failure_amid_the_rows_is_answered_as_an_error(
    viewer_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(user_id: int) -> Iterator[dict[str, Any]]:
        yield {"id": user_id}
        raise RuntimeError("the rows cannot be read")

    monkeypatch.setitem(personal_data._sections, "taste", failing)  # noqa: SLF001  # nothing else fails at will

    refused(viewer_client.get(EXPORT), 500, "internal_error")


def test_operators_export_their_accounts_too(movie: Movie) -> None:
    operator = make_user(is_staff=True)
    operator.groups.add(Group.objects.create(name="operators"))

    assert exported(client_of(operator))["account"]["is_staff"] is True
