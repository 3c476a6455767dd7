"""What there is already has no document yet: the best known films get theirs first.

By itself, so that no lock of the triggers is held meanwhile. What an operator may have had noted
before is noted twice, which costs little.
"""

from django.db import migrations

_ALL = """
INSERT INTO movies_staledocument (movie_id)
SELECT id FROM movies_movie ORDER BY vote_count DESC, id
"""


class Migration(migrations.Migration):
    dependencies = [("movies", "0012_stale_document_triggers")]

    operations = [migrations.RunSQL(_ALL, migrations.RunSQL.noop)]
