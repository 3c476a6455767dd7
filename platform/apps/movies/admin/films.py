"""Films: corrections that outlive each sync, and asking TMDb again."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.core.admin_display import list_link, side_by_side
from apps.core.admin_filters import NumberFilter
from apps.core.events import collected_answers
from apps.core.model_admins import as_id
from apps.core.operator_actions import (
    NotDoneError,
    OperatorActionsAdmin,
    operator_action,
    user_id,
)
from apps.movies import actions
from apps.movies.models import Genre, Movie

from .film_form import FilmForm
from .runs import REQUEST, asked_text, refusals_told

RESYNC = "Resync from TMDb"
_VOTES = ("vote_average", "vote_count", "popularity")


class GenreFilter(admin.SimpleListFilter):
    title = "genre"
    parameter_name = "genre"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002  # the signature is Django's
        return [(genre.slug, genre.name) for genre in Genre.objects.order_by("name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> QuerySet[Movie]:  # noqa: ARG002  # the signature is Django's
        if not self.value():
            return queryset
        genre = Genre.objects.filter(slug=self.value()).first()
        of_genre = Movie.genres.through.objects.filter(genre=genre, movie=OuterRef("pk"))
        return queryset.filter(Exists(of_genre))


def _is_of_tmdb(movie: Movie) -> bool:
    return movie.tmdb_id is not None


@admin.register(Movie)
class MovieAdmin(OperatorActionsAdmin):
    form = FilmForm
    list_display = ("title", "year", "tmdb_id", "imdb_id", "vote_count", "popularity")
    list_filter = (GenreFilter, ("year", NumberFilter), ("collection", NumberFilter))
    sortable_by = ("title", "year")
    search_fields = ("title",)
    search_help_text = "The beginning of a title in any case, a TMDb id or an IMDb id (tt0078748)."
    filter_horizontal = ("genres",)
    raw_id_fields = ("collection",)
    formfield_overrides: ClassVar[dict[type[models.Field[Any, Any]], dict[str, Any]]] = {
        models.URLField: {"assume_scheme": "https"}
    }
    actions = ("resync_chosen",)
    change_actions = ("resync",)
    readonly_fields = (
        *("rows", "created_at", "updated_at"),
        *("synced_at", "listed_at", "tombstoned_at", "blanked_at"),
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("title", "original_title", "original_language"),
                    *("tagline", "overview", "genres", "collection"),
                )
            },
        ),
        (
            "Ids",
            {
                "description": "Where the film is known elsewhere. Imports and syncs find it by "
                "these.",
                "fields": ("tmdb_id", "imdb_id"),
            },
        ),
        (
            "Release",
            {
                "fields": (
                    *("release_date", "year", "status", "runtime", "adult", "video"),
                    *("homepage", "budget", "revenue"),
                )
            },
        ),
        (
            "Images",
            {
                "description": "Paths as TMDb writes them, such as /abc123.jpg; the API adds the "
                "host and a size.",
                "fields": ("poster_path", "backdrop_path"),
            },
        ),
        (
            "Votes",
            {
                "description": "What TMDb's public says, not the ratings given here. Those of "
                "a film from TMDb are written by syncs alone.",
                "fields": _VOTES,
            },
        ),
        (
            "Locks",
            {
                "description": "Saving this page locks what you changed on it, as far as it "
                "stands here: no sync writes it any more. Take a tick away to leave the field to "
                "TMDb again, from the next sync on.",
                "fields": ("locked_fields",),
            },
        ),
        (
            "TMDb",
            {
                "description": "When its details and a row of its lists were last stored, when "
                "TMDb removed it, and when its facts were emptied for being too old.",
                "fields": ("synced_at", "listed_at", "tombstoned_at", "blanked_at"),
            },
        ),
        ("Here", {"fields": ("rows", "created_at", "updated_at")}),
    )

    def search(self, queryset: QuerySet[Movie], term: str) -> QuerySet[Movie]:
        found = Q(title__istartswith=term) | Q(imdb_id=term.lower())
        number = as_id(term)
        return queryset.filter(found if number is None else found | Q(tmdb_id=number))

    def get_fieldsets(
        self,
        request: HttpRequest,  # noqa: ARG002  # the signature is Django's
        obj: Movie | None = None,
    ) -> Any:
        """A film that is being added has no history yet."""
        return self.fieldsets if obj else self.fieldsets[:-2]

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002  # the signature is Django's
        obj: Movie | None = None,
    ) -> Any:
        return (*self.readonly_fields, *_VOTES) if obj and obj.from_tmdb else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Movie, form: FilmForm, change: bool) -> None:  # noqa: FBT001  # the signature is Django's
        if not change:
            obj.save()
        lock, unlock = form.ticked()
        actions.correct_film(movie=obj, changed=form.corrected(), lock=lock, unlock=unlock)
        if change and "tmdb_id" in form.corrected():
            self._fetch_other_title(request, obj)

    def _fetch_other_title(self, request: HttpRequest, movie: Movie) -> None:
        """What stands here is that of another title."""
        if movie.tmdb_id is None or not self.has_resync_permission(request):
            return
        try:
            self.message_user(request, self._resync(request, [movie]))
        except NotDoneError as error:
            text = f"TMDb was not asked for the title with this id. {error}"
            self.message_user(request, text, messages.WARNING)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001  # the signature is Django's
        """Genres that the operator left alone may have come from a sync meanwhile."""
        if "genres" in form.changed_data:
            super().save_related(request, form, formsets, change)

    @admin.display(description="Related rows")
    def rows(self, movie: Movie) -> SafeString:
        return side_by_side(
            list_link("Ratings", "favorites_rating", movie=movie.pk),
            list_link("Favourites", "favorites_favorite", movie=movie.pk),
            list_link("Watch history", "favorites_watchentry", movie=movie.pk),
            list_link("Watchlists", "favorites_watchlistentry", movie=movie.pk),
            list_link("Not interested", "favorites_notinterested", movie=movie.pk),
            list_link("Source titles", "movies_sourcetitle", movie=movie.pk),
            list_link("Ranks", "movies_listentry", movie=movie.pk),
        )

    @operator_action(
        label=RESYNC,
        description="Fetch what TMDb knows of this film now",
        permission=REQUEST,
        offered=_is_of_tmdb,
    )
    def resync(self, request: HttpRequest, movie: Movie) -> str:
        return self._resync(request, [movie])

    def has_resync_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(REQUEST)

    @admin.action(description=RESYNC, permissions=["resync"])
    def resync_chosen(self, request: HttpRequest, chosen: QuerySet[Movie]) -> None:
        try:
            with collected_answers() as answers:
                known = chosen.filter(tmdb_id__isnull=False).order_by("pk")
                text = self._resync(request, list(known[: actions.MAX_SELECTED + 1]))
        except NotDoneError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.report(request, text, all_sent=answers.all_sent)

    @transaction.atomic
    def _resync(self, request: HttpRequest, movies: list[Movie]) -> str:
        if not movies:
            raise NotDoneError("Nothing was done: none of these films has a TMDb id.")
        tmdb_ids = [movie.tmdb_id for movie in movies if movie.tmdb_id is not None]
        with refusals_told():
            asked = actions.request_movies(tmdb_ids=tmdb_ids, requested_by_id=user_id(request))
        entry = f"Asked TMDb again, by {asked.run}."
        LogEntry.objects.log_actions(user_id(request), movies, CHANGE, entry)
        return asked_text(asked)
