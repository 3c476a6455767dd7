import django.db.models.deletion
from django.db import migrations, models

# As the rows of 0022 do, these go with their parent also where a release deletes it that does not
# know them.
_TO_MODELS = """
ALTER TABLE recommendations_questionnaire ADD COLUMN model_version_id bigint;
UPDATE recommendations_questionnaire AS questionnaire
    SET model_version_id = generation.model_version_id
    FROM recommendations_generation AS generation
    WHERE generation.id = questionnaire.generation_id;
DELETE FROM recommendations_questionnaire AS older
    USING recommendations_questionnaire AS newer
    WHERE newer.model_version_id = older.model_version_id
      AND newer.generation_id > older.generation_id;
ALTER TABLE recommendations_questionnaire
    DROP COLUMN generation_id,
    ADD PRIMARY KEY (model_version_id),
    ADD CONSTRAINT recommendations_questionnaire_model_version_id_fk
        FOREIGN KEY (model_version_id) REFERENCES recommendations_modelversion (id)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
"""
_TO_GENERATIONS = """
ALTER TABLE recommendations_questionnaire
    DROP CONSTRAINT recommendations_questionnaire_model_version_id_fk,
    DROP CONSTRAINT recommendations_questionnaire_pkey,
    ADD COLUMN generation_id bigint;
INSERT INTO recommendations_questionnaire (generation_id, model_version_id, movie_ids, arrays)
    SELECT generation.id, generation.model_version_id, movie_ids, arrays
    FROM recommendations_questionnaire AS questionnaire
    JOIN recommendations_generation AS generation
        ON generation.model_version_id = questionnaire.model_version_id;
DELETE FROM recommendations_questionnaire WHERE generation_id IS NULL;
ALTER TABLE recommendations_questionnaire
    DROP COLUMN model_version_id,
    ADD PRIMARY KEY (generation_id),
    ADD CONSTRAINT recommendations_questionnaire_generation_id_fk
        FOREIGN KEY (generation_id) REFERENCES recommendations_generation (id)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    """A model has the questionnaire that its newest generation had, and back each of them has it.

    The key of the table changes, which Django's operations cannot do in place.
    """

    dependencies = [("recommendations", "0023_experiments")]

    operations = [
        migrations.RunSQL(
            _TO_MODELS,
            _TO_GENERATIONS,
            state_operations=[
                migrations.RenameField("questionnaire", "generation", "model_version"),
                migrations.AlterField(
                    "questionnaire",
                    "model_version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="questionnaire",
                        serialize=False,
                        to="recommendations.modelversion",
                    ),
                ),
            ],
        ),
    ]
