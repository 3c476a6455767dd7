"""All documents are made anew. By itself, as migration 0013."""

from django.db import migrations

# What is noted last is made first: the best known films.
_ALL = """
INSERT INTO movies_stalefilms (movie_ids)
SELECT array_agg(id) FROM (
    SELECT id, (row_number() OVER (ORDER BY vote_count DESC, id) - 1) / 250 AS note
    FROM movies_movie
) AS numbered GROUP BY note ORDER BY note DESC
"""


class Migration(migrations.Migration):
    dependencies = [("movies", "0017_indexes_of_filters")]

    operations = [migrations.RunSQL(_ALL, migrations.RunSQL.noop)]
