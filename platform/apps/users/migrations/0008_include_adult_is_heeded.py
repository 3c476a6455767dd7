from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0007_generated_viewers"),
    ]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="include_adult",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether lists, searches and recommendations show films for adults, too.",
            ),
        ),
    ]
