#!/usr/bin/env python
"""Django's command line, with the local settings unless told otherwise."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

HINT = "Is the platform up? `make up` starts it."


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "movie_backend.settings.local")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        sys.exit(f"The database does not answer: {str(error).splitlines()[0]}\n{HINT}")
    except ImproperlyConfigured as error:
        if "settings.DATABASES" not in str(error):
            raise
        sys.exit(f"No database is named: neither DATABASE_URL nor a running stack.\n{HINT}")


if __name__ == "__main__":
    main()
