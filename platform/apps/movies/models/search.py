"""What searches read: a document for each film, the words of all of them, and what is to be redone.

Rows of these tables follow from the catalogue. `services.catalog.search_documents` writes them.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from .films import Movie

# Films with a weight of at least so much are in the tier of the same place; the others in the last.
# A search goes from tier to tier until it has enough, so that words of very many films cost little.
LEAST_WEIGHTS = (3.0, 2.3, 1.7, 1.3)
TIERS = range(len(LEAST_WEIGHTS) + 1)
# Those for adults, whatever their weight: a search visits it for those who asked for them alone.
ADULT_TIER = TIERS.stop


def _tier_indexes() -> list[GinIndex]:
    return [
        GinIndex(
            fields=["document"],
            name=f"searchdocument_tier_{tier}_idx",
            condition=models.Q(tier=tier),
            fastupdate=False,
        )
        for tier in (*TIERS, ADULT_TIER)
    ]


class SearchDocument(models.Model):
    """A film that lists may show, as searches find it. See ADR 0045."""

    movie = models.OneToOneField(
        Movie, models.CASCADE, primary_key=True, related_name="search_document"
    )
    # Lexemes with the weights A (title, original title), B (other titles, and what is derived of
    # titles), C (people) and D (keywords, year). `apps.movies.search.lexemes` says what they are.
    document = SearchVectorField()
    # log10 of its votes and popularity, from 1 on, in steps of .1: `movies_search_weight`.
    weight = models.FloatField()
    tier = models.PositiveSmallIntegerField()
    title_words = models.PositiveSmallIntegerField()
    # What filters ask for: `apps.movies.filtering.facts` says which lexemes stand for what.
    facts = SearchVectorField(db_default="")
    # The film's own, so that whoever filters by facts need not read the film's wide row as well.
    year = models.PositiveSmallIntegerField(null=True)
    release_date = models.DateField(null=True)
    runtime = models.PositiveSmallIntegerField(null=True)
    vote_average = models.FloatField(null=True)
    vote_count = models.PositiveIntegerField(db_default=0)

    class Meta:
        indexes = [
            GinIndex(fields=["facts"], name="searchdocument_facts_idx", fastupdate=False),
            # Of the million titles that nobody voted for, few are asked for by their votes.
            models.Index(
                fields=["vote_count"],
                condition=models.Q(vote_count__gt=0),
                name="searchdocument_votes_idx",
            ),
            # When it is out at the latest, as `apps.movies.filtering` asks for it.
            models.Index(
                models.functions.Coalesce(
                    "release_date",
                    models.Func(
                        "year",
                        models.Value(12),
                        models.Value(31),
                        function="make_date",
                        output_field=models.DateField(),
                    ),
                ),
                name="searchdocument_released_idx",
            ),
            *_tier_indexes(),
        ]

    def __str__(self) -> str:
        return f"document of {self.movie_id}"


class StaleFilms(models.Model):
    """Films that a statement changed, whose documents are to be made anew; triggers write it.

    A film may be in several rows, so that nobody who writes one waits for another who does. A row
    has at most 250 films, since PostgreSQL would put a longer one aside and fetch it for each look.
    """

    id = models.BigAutoField(primary_key=True)
    movie_ids = ArrayField(models.IntegerField())

    def __str__(self) -> str:
        return f"note {self.pk} of {len(self.movie_ids)} films"


class StaleDocument(models.Model):
    """A name that is in documents and has changed; triggers write it.

    The version before noted films here as well, one in each row.
    """

    id = models.BigAutoField(primary_key=True)
    movie_id = models.IntegerField(null=True, db_index=True)
    person_id = models.IntegerField(null=True)
    keyword_id = models.IntegerField(null=True)

    def __str__(self) -> str:
        return f"note {self.pk}"


class SearchWord(models.Model):
    """A word of the documents. New ones come with their films; all are counted every night."""

    # In the order of code points, by which words that begin so lie together.
    word = models.TextField(primary_key=True, db_collation="C")
    films = models.PositiveIntegerField(help_text="How many films have it, when last counted.")
    weight = models.FloatField(help_text="The highest weight of a film that has it.")
    # In so many films that it tells nothing of any.
    is_common = models.BooleanField(default=False)

    class Meta:
        indexes = [
            GinIndex(OpClass("word", name="gin_trgm_ops"), name="searchword_trigram_idx"),
            models.Index(
                models.Func("word", function="dmetaphone", output_field=models.TextField()),
                name="searchword_sound_idx",
            ),
        ]

    def __str__(self) -> str:
        return self.word


class WordCount(models.Model):
    """How many documents were made since words were last counted. One row."""

    ROW_ID = 1

    id = models.SmallIntegerField(primary_key=True, default=ROW_ID)
    changes = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="wordcount_single_row_check"),
        ]

    def __str__(self) -> str:
        return f"{self.changes} changes since words were counted"
