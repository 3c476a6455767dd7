"""The workers' Celery app: `celery -A workers worker|beat|flower`."""

import os

from celery import Celery

from . import logs, queues, transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "movie_backend.settings.local")
# Worker processes are the parallelism here; a second BLAS thread gains nothing on small systems.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

app = Celery(
    "nexus",
    task_cls="workers.task:Task",
    events="workers.events:Events",
    # Only a worker loads these, so that no other process imports the services and NumPy.
    include=[
        "workers.sessions",
        "workers.tasks.recommendations",
        "workers.tasks.catalog",
        "workers.tasks.mails",
        "workers.tasks.maintenance",
        "workers.tasks.canaries",
    ],
)
transport.register()
queues.configure(app)
logs.configure(app)
