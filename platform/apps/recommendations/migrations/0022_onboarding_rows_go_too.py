"""Workers write questions, and viewers skip films, while what these are of is being deleted."""

from django.db import migrations

from apps.core.operations import rows_go_with, rows_go_with_their_user


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0021_onboarding")]

    operations = [
        rows_go_with_their_user("recommendations_questions"),
        rows_go_with_their_user("recommendations_onboardingskip"),
        rows_go_with("recommendations_onboardingskip", column="movie_id", parent="movies_movie"),
        rows_go_with(
            "recommendations_questionnaire",
            column="generation_id",
            parent="recommendations_generation",
        ),
    ]
