import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0007_movie_facts_index"),
        ("recommendations", "0020_gate"),
        ("users", "0006_private_sessions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Questionnaire",
            fields=[
                (
                    "generation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="questionnaire",
                        serialize=False,
                        to="recommendations.generation",
                    ),
                ),
                (
                    "movie_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=100
                    ),
                ),
                ("arrays", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Questions",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="questions",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("revision", models.BigIntegerField()),
                (
                    "movie_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=20
                    ),
                ),
                ("chosen_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "questions",
            },
        ),
        migrations.AddField(
            model_name="generation",
            name="popular_sources",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SmallIntegerField(),
                blank=True,
                db_default=[],
                default=list,
                size=None,
            ),
        ),
        migrations.CreateModel(
            name="OnboardingSkip",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "movie",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="onboarding_skips",
                        to="movies.movie",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="onboarding_skips",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "movie"), name="onboardingskip_user_movie_unique"
                    )
                ],
            },
        ),
    ]
