"""Holds a connection to each server, as a Celery worker would, and lives until told to end."""

import contextlib
import os
import time

import psycopg2
import redis

if reason := os.environ.get("LIGHT_WORKER_FAILS"):
    raise SystemExit(reason)

with (
    contextlib.closing(psycopg2.connect(os.environ["DATABASE_URL"])) as database,
    contextlib.closing(redis.Redis.from_url(os.environ["REDIS_URL"])) as broker,
):
    while True:
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
        broker.set("worker:pid", os.getpid(), px=500)
        time.sleep(0.05)
