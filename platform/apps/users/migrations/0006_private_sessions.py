from django.db import migrations, models


class Migration(migrations.Migration):
    """Only a help text: the database has nothing to do."""

    dependencies = [("users", "0005_ended_sessions")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="is_private",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="No viewings are recorded meanwhile; what you say on purpose is: "
                "ratings, favourites, lists.",
            ),
        ),
    ]
