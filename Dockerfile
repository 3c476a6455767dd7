# One image for web, workers, beat, Flower and the release step; the command tells which it is.
# Every package of the lock file comes as a wheel, so no compiler is needed.

FROM python:3.13.13-slim-trixie AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONDONTWRITEBYTECODE=1

WORKDIR /app
COPY requirements/production.txt requirements/production.txt
# The environment is made without pip: what runs needs no installer.
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --require-hashes --only-binary :all: \
        --no-compile -r requirements/production.txt

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app:/app/platform
COPY . .
# Neither secrets nor servers are needed for this.
RUN DJANGO_SETTINGS_MODULE=movie_backend.settings.collectstatic \
        python manage.py collectstatic --no-input \
    && python -m compileall -q /opt/venv/lib /app


FROM python:3.13.13-slim-trixie

# A number, so that an orchestrator can see that it is not root. The folders exist and are its own
# before a volume is mounted over them: a new named volume takes over their owner and mode.
RUN groupadd --gid 10001 nexus \
    && useradd --uid 10001 --gid nexus --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin nexus \
    && install --directory --owner=nexus --group=nexus --mode=0700 \
        /var/lib/nexus/datasets /var/lib/nexus/metrics /var/lib/nexus/models

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app:/app/platform \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=movie_backend.settings.production \
    DATASETS_DIR=/var/lib/nexus/datasets \
    RECOMMENDER_CACHE_DIR=/var/lib/nexus/models \
    WEB_ADDRESS=0.0.0.0 \
    PORT=8000

COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app

WORKDIR /app
USER 10001:10001
EXPOSE 8000 8001

# Of the web server, which is what runs without a command; docker-compose.yml has one for each.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/live', timeout=5)"]

CMD ["python", "-m", "gunicorn", "--config", "python:movie_backend.gunicorn", "movie_backend.wsgi:application"]
