"""A worker's app with a task that carries more than it should: `celery -A` finds `app` here."""

import time

from django.db import DataError

from workers.celery import app


@app.task(name="maintenance.write_to_viewer", queue="maintenance")
def write_to_viewer(
    *, user_id: int, email: str, seconds: float = 0, fail: bool = False, refuse: bool = False
) -> str:
    time.sleep(seconds)
    if refuse:
        raise DataError(f'invalid input syntax for type integer: "{email}"\nLINE 1: {email}')
    if fail:
        raise ValueError("duplicate key\nDETAIL:  Key (email)=(" + email + ") already exists.")
    return email
