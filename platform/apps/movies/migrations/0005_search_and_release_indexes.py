from django.db import migrations

# `MovieQuerySet.matching` searches by this very expression.
SEARCH = """
CREATE INDEX movie_search_idx ON movies_movie USING gin (
    to_tsvector(
        'simple',
        translate(title || ' ' || original_title, '-./:_<>&@''’', '           ')
        || ' ' || translate(title, '-./:_<>&@''’', '         ')
    )
)
"""
# Titles of the export have no date, and so cost this index nothing.
RELEASES = """
CREATE INDEX movie_release_date_idx ON movies_movie (release_date)
WHERE release_date IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("movies", "0004_tmdb_catalogue")]

    operations = [
        migrations.RunSQL(SEARCH, "DROP INDEX movie_search_idx"),
        migrations.RunSQL(RELEASES, "DROP INDEX movie_release_date_idx"),
    ]
