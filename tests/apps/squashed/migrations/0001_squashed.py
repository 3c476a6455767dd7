"""What core's migrations would be once they had been squashed into one."""

from django.db import migrations


class Migration(migrations.Migration):
    replaces = [("core", "0001_heartbeat")]
    operations = []
