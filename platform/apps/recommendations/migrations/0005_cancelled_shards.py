from django.db import migrations, models


class Migration(migrations.Migration):
    """The choices of a shard's state; the table stays as it is."""

    dependencies = [
        ("recommendations", "0004_simulated_counts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="generationshard",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("running", "Running"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                ],
                default="waiting",
                max_length=12,
            ),
        ),
    ]
