import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommendations", "0025_freshness"),
        ("users", "0006_private_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="StreamTicket",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("expires_at", models.DateTimeField()),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="stream_tickets",
                        to="users.session",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="streamticket_expires_idx")],
            },
        ),
    ]
