"""Settings that every environment shares. What differs is read from the environment."""

import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext

from apps.core import content_security
from apps.core.logs import CONSOLE_FORMAT
from movie_backend import environment_check
from movie_backend.env import env, log_format
from movie_backend.environment_rules import (
    DEFAULT_CACHE_DAYS,
    DEFAULT_CANARY_SECONDS,
    DEFAULT_MAX_AGE_SECONDS,
    DEFAULT_REFRESH_DAYS,
)
from movie_backend.mail_url import mail_settings

environment_check.exit_on_faults()
django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parents[3]

SECRET_KEY: str
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])

INSTALLED_APPS = [
    "apps.core.admin_site.NexusAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "corsheaders",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_object_actions",
    "apps.core",
    "apps.users",
    "apps.movies",
    "apps.favorites",
    "apps.recommendations",
    "workers",
]

MIDDLEWARE = [
    "apps.core.middleware.RequestIDMiddleware",
    # Around everything that may refuse a request, so that no refusal goes out without them.
    "apps.core.content_security.ContentSecurityPolicyMiddleware",
    "apps.core.probes.ProbeMiddleware",
    "apps.core.request_log.RequestLogMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "apps.core.middleware.ErrorShapeMiddleware",
    "apps.core.middleware.CallersAnswerMiddleware",
    "apps.core.compression.CompressionMiddleware",
    "apps.core.conditional.ConditionalMiddleware",
    "apps.core.locales.LocaleMiddleware",
    "apps.core.middleware.PermanentRedirectMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "apps.core.middleware.BodyLimitMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.page_middleware.PageSessionMiddleware",
    "apps.core.middleware.SlashAppendingMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "apps.core.page_middleware.PageAuthenticationMiddleware",
    "apps.core.page_middleware.PageMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.core.throttles.RateLimitMiddleware",
]

ROOT_URLCONF = "movie_backend.urls"
WSGI_APPLICATION = "movie_backend.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


# 0 sets no limit, which is what commands want; web processes set one before they read this.
STATEMENT_TIMEOUT_MS = env.int("STATEMENT_TIMEOUT_MS", 0)
LOCK_TIMEOUT_MS = env.int("LOCK_TIMEOUT_MS", 0)


def database(url: str) -> dict[str, Any]:
    """Connection settings for PostgreSQL."""
    return {
        **dj_database_url.parse(
            url, engine="apps.core.postgresql", conn_max_age=600, conn_health_checks=True
        ),
        "OPTIONS": {
            "connect_timeout": 5,
            "application_name": "nexus",
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
            f" -c lock_timeout={LOCK_TIMEOUT_MS}",
            # A server that vanished without a word is noticed within half a minute.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            # The same for one that vanished while we waited for its answer.
            "tcp_user_timeout": 25_000,
        },
    }


DATABASES: dict[str, dict[str, Any]] = {}
REDIS_URL: str

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "users.User"
PASSWORD_HASHERS = ["apps.users.hashers.LeanArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT: Path | None = Path(env.str("STATIC_ROOT", str(ROOT / "staticfiles")))

# The largest write of this API is 1,000 events, each of 100 to 200 bytes.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

CONTENT_SECURITY_POLICY = {"DIRECTIVES": content_security.PAGES}

# Web pages of these origins may call the API with their own tokens; there are no cookies to send.
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = (
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-none-match",
    "last-event-id",
    "x-request-id",
)
CORS_ALLOW_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CORS_EXPOSE_HEADERS = (
    "Content-Disposition",
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-ID",
)

# Only the admin has sessions. One lasts for a day's work at most, and not beyond the browser's.
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.users.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["apps.core.throttles.DefaultThrottle"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.parsers.NestingSafeJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.pagination.PagePagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "DEFAULT_METADATA_CLASS": "apps.core.metadata.AllowOnlyMetadata",
    # The answer is JSON whatever `?format=` says: that is an unknown parameter like any other.
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "apps.core.throttles.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SIMPLE_JWT: dict[str, Any] = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=30),
    "ALGORITHM": "HS256",
    "UPDATE_LAST_LOGIN": False,
}

# How many proxies stand in front and add to X-Forwarded-For; 0 trusts nothing that clients send.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)

# How often each of these may be done, such as "10/minute;100/hour"; several limits hold together.
# `address` is a client's IPv4 address or IPv6 network, `account` an e-mail address, known or not.
THROTTLE_RATES: dict[str, str] = {
    "user": env.str("THROTTLE_USER", "6000/minute"),
    "anonymous": env.str("THROTTLE_ANONYMOUS", "3000/minute"),
    "login_account": env.str("THROTTLE_LOGIN_ACCOUNT", "10/minute;100/hour"),
    "login_address": env.str("THROTTLE_LOGIN_ADDRESS", "60/minute;600/hour"),
    "register_account": env.str("THROTTLE_REGISTER_ACCOUNT", "5/minute;20/hour"),
    "register_address": env.str("THROTTLE_REGISTER_ADDRESS", "30/minute;200/hour"),
    "mail_account": env.str("THROTTLE_MAIL_ACCOUNT", "3/minute;10/hour"),
    "mail_address": env.str("THROTTLE_MAIL_ADDRESS", "30/minute;200/hour"),
    "mail_token_address": env.str("THROTTLE_MAIL_TOKEN_ADDRESS", "30/minute;200/hour"),
    "password_user": env.str("THROTTLE_PASSWORD_USER", "10/minute;50/hour"),
    "export_user": env.str("THROTTLE_EXPORT_USER", "10/hour"),
    "explanation_user": env.str("THROTTLE_EXPLANATION_USER", "120/minute"),
    "events_user": env.str("THROTTLE_EVENTS_USER", "120/minute"),
    "feedback_user": env.str("THROTTLE_FEEDBACK_USER", "120/minute"),
    "refresh_user": env.str("THROTTLE_REFRESH_USER", "10/minute;100/hour"),
    "stream_user": env.str("THROTTLE_STREAM_USER", "120/minute"),
}
# A request waits at most this long for Redis to count it.
THROTTLE_TIMEOUT_SECONDS = 0.1

# A home page is kept for so long for the viewer who asks for it again; 0: never. Whatever the
# viewer writes meanwhile shows at once.
HOME_CACHE_SECONDS = env.int("HOME_CACHE_SECONDS", 60)
# They take at most so much of Redis together; what does not fit is made for each request.
HOME_CACHE_BYTES = env.int("HOME_CACHE_MEGABYTES", 100) * 1024**2

# Answers of the API are compressed for clients that accept it; False where a proxy does it.
COMPRESS_ANSWERS = env.bool("COMPRESS_ANSWERS", True)

# Each web process keeps so much of films as they stand in answers.
FILM_CACHE_BYTES = env.int("FILM_CACHE_MEGABYTES", 32) * 1024**2

# Push. Where clients find the push process, if a proxy does not bring its paths there: tickets name
# it, and the web process redirects there what it does not answer itself.
PUSH_URL = env.str("PUSH_URL", "").rstrip("/")
# A stream says that it is alive this often, and so often what it tells of is read without a nudge.
PUSH_HEARTBEAT_SECONDS = env.float("PUSH_HEARTBEAT_SECONDS", 15.0)
# Streams and waits that a push process keeps open, in all and for one viewer.
PUSH_MAX_STREAMS = env.int("PUSH_MAX_STREAMS", 5_000)
PUSH_MAX_STREAMS_PER_VIEWER = env.int("PUSH_MAX_STREAMS_PER_VIEWER", 10)
# Requests that a push process answers at once; each may use a connection to PostgreSQL.
PUSH_THREADS = env.int("PUSH_THREADS", 4)

# Mail. Workers send it; a process that cannot send says so in its log and tries again.
_email = mail_settings(env.str("EMAIL_URL", "console:"))
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email["EMAIL_HOST"]
EMAIL_PORT = _email["EMAIL_PORT"]
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _email["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _email["EMAIL_USE_SSL"]
EMAIL_FILE_PATH = _email["EMAIL_FILE_PATH"]
# For each step of the conversation. A server that hangs must not hold a worker for long.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Nexus <nexus@localhost>")
# Where a frontend lets a viewer go on, with {token} in it; empty: the mail shows the token itself.
EMAIL_VERIFICATION_URL = env.str("EMAIL_VERIFICATION_URL", "")
PASSWORD_RESET_URL = env.str("PASSWORD_RESET_URL", "")
EMAIL_VERIFICATION_LIFETIME = timedelta(days=3)
PASSWORD_RESET_LIFETIME = timedelta(hours=1)
# Whom alerts are mailed to, in one mail; nobody by default: they are in the log, the admin and
# /metrics all the same.
_addressees: list[str] = env.list("ALERT_EMAILS", [])
ALERT_EMAILS = [each.strip() for each in _addressees if each.strip()]

SPECTACULAR_SETTINGS = {
    "TITLE": "Nexus API",
    "DESCRIPTION": (ROOT / "platform/apps/core/api_description.md").read_text(encoding="utf-8"),
    "VERSION": "1.0.0",
    "CONTACT": {"name": "The Nexus authors"},
    "LICENSE": {"name": "MIT"},
    "SERVERS": [{"url": "/", "description": "This platform."}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # Fields of one name with different values, which would be told apart by a hash.
    "ENUM_NAME_OVERRIDES": {
        "SourceEnum": "apps.recommendations.serializers.SOURCES",
        "HomeSourceEnum": "apps.recommendations.home_serializers.SOURCES",
        "RankingSourceEnum": "apps.movies.rankings.Source",
        "StateEnum": "apps.movies.models.SyncRun.State",
        "ExperimentStateEnum": "apps.recommendations.models.Experiment.State",
        "GenerationStateEnum": "apps.recommendations.models.Generation.State",
        "KindEnum": "apps.movies.models.SyncRun.Kind",
        "VariantKindEnum": "apps.recommendations.models.Variant.Kind",
        "HomeRowKindEnum": "apps.recommendations.home.rows.Kind",
        "NotInterestedKindEnum": "apps.favorites.serializers.not_interested.KINDS",
    },
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.core.rate_limit_schema.describe_rate_limits",
        "apps.core.conditional_schema.describe_tags",
        "apps.core.locale_schema.describe_languages",
        "apps.core.schema.fill_in_details",
        "apps.core.schema.complete_document",
    ],
    "TAGS": [
        {"name": "auth", "description": "Accounts, sessions and their tokens."},
        {"name": "profile", "description": "What the platform keeps of you."},
        {"name": "movies", "description": "The catalogue; open to everyone."},
        {"name": "people", "description": "Who made the films, and who is in them."},
        {"name": "favorites", "description": "Your favourites."},
        {"name": "ratings", "description": "Your ratings, from 1 to 10."},
        {"name": "watch-history", "description": "What you watched, and when."},
        {"name": "watchlist", "description": "What you mean to watch."},
        {"name": "not-interested", "description": "Films, people and genres that you do not want."},
        {"name": "saved-searches", "description": "What you list and search films by again."},
        {"name": "library", "description": "All that is kept of you and films, at once."},
        {"name": "recommendations", "description": "Your lists, computed beforehand."},
        {"name": "onboarding", "description": "The films to rate first."},
        {"name": "operations", "description": "For operators: syncs with TMDb, and the lists."},
    ],
}

# Processes of one host that count together keep their numbers here; empty: each for itself.
METRICS_DIR = env.str("METRICS_DIR", "")
# Whose folder below METRICS_DIR: processes that share it take turns by locks, which must reach
# from each to the others. Hosts do not share locks; the containers of one host do.
METRICS_NAME = env.str("METRICS_NAME", "") or socket.gethostname()
# `/metrics` asks for it as a bearer token; empty: everybody who reaches the port may read.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

# Whether `prepare_platform` adds simulated viewers, so that there is something to learn from.
SIMULATED_VIEWERS = env.bool("SIMULATED_VIEWERS", False)

# Where `load_movielens` downloads the data sets from, and where it keeps them.
GROUPLENS_URL = env.str("GROUPLENS_URL", "https://files.grouplens.org/datasets/movielens")
DATASETS_DIR = Path(env.str("DATASETS_DIR", str(ROOT / ".local" / "datasets")))

# TMDb. Its token goes before its key; with neither, the catalogue is what is here already.
TMDB_API_TOKEN = env.str("TMDB_API_TOKEN", "")
TMDB_API_KEY = env.str("TMDB_API_KEY", "")
TMDB_URL = env.str("TMDB_URL", "https://api.themoviedb.org/3")
TMDB_EXPORT_URL = env.str("TMDB_EXPORT_URL", "https://files.tmdb.org/p/exports")
# Of all processes and hosts together. TMDb refuses "somewhere in the 40 requests per second range".
TMDB_REQUESTS_PER_SECOND = env.float("TMDB_REQUESTS_PER_SECOND", 30.0)
TMDB_LANGUAGE = env.str("TMDB_LANGUAGE", "en-US")
# Films' posters are kept in these languages, which are those of most viewers of films, in
# TMDB_LANGUAGE's, and without a language.
_poster_languages: list[str] = env.list(
    "TMDB_POSTER_LANGUAGES",
    [
        *("ar", "cs", "de", "el", "en", "es", "fr", "he", "hi", "hu", "id", "it", "ja", "ko"),
        *("nl", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh"),
    ],
)
TMDB_POSTER_LANGUAGES = [each.strip() for each in _poster_languages if each.strip()]
TMDB_CONNECT_TIMEOUT_SECONDS = env.float("TMDB_CONNECT_TIMEOUT_SECONDS", 3.0)
TMDB_READ_TIMEOUT_SECONDS = env.float("TMDB_READ_TIMEOUT_SECONDS", 10.0)
# The country whose releases TMDb's lists are about; empty: TMDb's own choice.
TMDB_REGION = env.str("TMDB_REGION", "")
# Pages of 20 films that a sync takes from each of TMDb's lists.
TMDB_LIST_PAGES = env.int("TMDB_LIST_PAGES", 5)
# Trending is fetched anew every hour instead of every night. Read when the schedules are first
# written; after that the admin decides.
TMDB_TRENDING_HOURLY = env.bool("TMDB_TRENDING_HOURLY", False)
# Requests that a process of a catalog worker has under way at once; the rate bounds all together.
TMDB_FETCH_THREADS = env.int("TMDB_FETCH_THREADS", 8)
# `prepare_platform` asks for the details of so many titles, the most popular, the first time that
# there is a credential.
TMDB_FIRST_TITLES = env.int("TMDB_FIRST_TITLES", 1_000)
# Details older than this are fetched anew; what could not be within TMDb's terms is blanked.
TMDB_REFRESH_DAYS = env.int("TMDB_REFRESH_DAYS", DEFAULT_REFRESH_DAYS)
TMDB_CACHE_DAYS = env.int("TMDB_CACHE_DAYS", DEFAULT_CACHE_DAYS)

# Model arrays are cached here, one folder per host, and memory-mapped by its workers.
RECOMMENDER_CACHE_DIR = Path(env.str("RECOMMENDER_CACHE_DIR", str(ROOT / ".local" / "models")))

# A model learns from ratings once this many viewers have rated this many films each; before that
# it compares the films' own facts.
RECOMMENDER_MIN_USERS = env.int("RECOMMENDER_MIN_USERS", 20)
RECOMMENDER_MIN_RATINGS_PER_USER = env.int("RECOMMENDER_MIN_RATINGS_PER_USER", 5)
# Settings of models, and of the way from scores to lists, by name, where they are not the default;
# each model keeps those that it is trained with (docs/ALGORITHM.md, "The gate").
RECOMMENDER_MODEL = env.json("RECOMMENDER_MODEL", {})
RECOMMENDER_PIPELINE = env.json("RECOMMENDER_PIPELINE", {})
# For so many days it is kept what viewers were shown, and what they clicked.
IMPRESSION_RETENTION_DAYS = env.int("IMPRESSION_RETENTION_DAYS", 180)
# Lists whose first places change by more than this share, for viewers who wrote nothing meanwhile,
# are not published by themselves (docs/ALGORITHM.md, "What holds lists back").
RECOMMENDER_MAX_CHURN = env.float("RECOMMENDER_MAX_CHURN", 0.4)
# By what share of its ndcg@20 other settings may be worse than those that lists are read of.
RECOMMENDER_GATE_MARGIN = env.float("RECOMMENDER_GATE_MARGIN", 0.03)
# A list should be there so many seconds after it is due, for 95 of 100 (docs/RUNBOOK.md).
FRESHNESS_OBJECTIVE_SECONDS = env.float("FRESHNESS_OBJECTIVE_SECONDS", 1.0)
# By so much workers for lists of all users and for the catalogue give way to all else; 0: not.
BACKGROUND_NICENESS = env.int("BACKGROUND_NICENESS", 10)
# And between their steps they wait so long, at most, for lists that viewers wait for; 0: not.
BACKGROUND_PATIENCE_SECONDS = env.float("BACKGROUND_PATIENCE_SECONDS", 1.0)

# Queues and workers. Queues, routes and schedules are code: workers/queues.py, workers/schedule.py.
# A task is confirmed when it is done, so a killed worker's task runs again.
CELERY_TASK_ACKS_LATE = True
# A task that kills its process runs at most `max_retries` times more instead of for ever.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
# An unknown queue is a mistake, not a new queue that nobody reads.
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
# Results are rows of our own; a key in Redis for each task would only fill it.
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None
# Longer work is done in slices. The soft limit lets a slice record why it ended.
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# A worker takes no message that another one could begin with now.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Memory that a child process does not give back ends with the child.
CELERY_WORKER_MAX_TASKS_PER_CHILD = 10_000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 3 * 1024 * 1024  # KiB
# On SIGQUIT (and SIGTERM with REMAP_SIGTERM=SIGQUIT) running tasks get this many seconds to end;
# then their messages return to the queue. Shorter than the grace of containers, ten seconds.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 8
# A task goes on while the broker is away: its rows count, not its confirmation.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Flower shows what these events tell.
CELERY_WORKER_SEND_TASK_EVENTS = True
CELERY_TASK_SEND_SENT_EVENT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A database connection outlives its task; workers/task.py drops those that are broken.
CELERY_DB_REUSE_MAX = 100_000
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "workers.scheduler:LockedScheduler"
# The last run of a schedule is saved at once, so that a standby which takes over repeats nothing.
CELERY_BEAT_SYNC_EVERY = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A message that nobody confirmed goes to another worker: above every time limit and countdown
    # (a system check compares them).
    "visibility_timeout": 900,
    # How often workers look for such messages; the default is every hundred rounds.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # The lock of a worker that died while looking.
    "unacked_mutex_expire": 15,
    # A hung broker becomes an error, and the worker connects again.
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
    "retry_on_timeout": False,
}
# A request waits at most this long for the broker, and the sweep sends what it could not.
PUBLISHER_TRANSPORT_OPTIONS = {
    **CELERY_BROKER_TRANSPORT_OPTIONS,
    "socket_timeout": 0.1,
    "socket_connect_timeout": 0.1,
    # Otherwise kombu sleeps two seconds and connects again, whatever `retry` says.
    "max_retries": 0,
}
# The sweep adds no message to the realtime queue beyond this many: at 5 ms each, half a second.
REALTIME_HIGH_WATER_MARK = env.int("REALTIME_HIGH_WATER_MARK", 200)
# Seconds after which an hourly purge that has not begun is dropped for the next one.
PURGE_EXPIRES_SECONDS = 600

# A queue, or beat, that showed no sign of life for this long fails its health check. It must be
# well above the intervals of the signs.
HEALTH_MAX_AGE_SECONDS = env.int("HEALTH_MAX_AGE_SECONDS", DEFAULT_MAX_AGE_SECONDS)
# Beat sends a canary through each queue this often. Read when the schedules are first written;
# from then on the admin's word counts.
HEALTH_CANARY_SECONDS = env.int("HEALTH_CANARY_SECONDS", DEFAULT_CANARY_SECONDS)
# Beat notes that it is alive at most this often.
HEALTH_BEAT_SECONDS = env.int("HEALTH_BEAT_SECONDS", 5)
# Whoever asks for health waits no longer than this for an answer.
HEALTH_TIMEOUT_SECONDS = env.float("HEALTH_TIMEOUT_SECONDS", 2.0)

LOG_FORMAT = log_format("console")
LOGGING_CONFIG = "apps.core.logs.configure"
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "console": {
            "()": "apps.core.logs.ConsoleFormatter",
            "format": CONSOLE_FORMAT,
            "style": "{",
        },
        "json": {"()": "apps.core.logs.JSONFormatter"},
    },
    "filters": {"context": {"()": "apps.core.logs.ContextFilter"}},
    "handlers": {
        "stream": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["context"],
        },
    },
    "root": {"handlers": ["stream"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Django's own handlers would say everything twice, or by mail.
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "propagate": True},
        # Our access line tells of every refused request; this one only of tracebacks.
        "django.request": {"level": "ERROR"},
        # Where the pool of a worker's processes tells of each step of its life.
        "multiprocessing": {"level": "WARNING"},
        # Two lines for each message would drown the rest; Flower shows the messages.
        **{
            name: {"level": env.str("CELERY_LOG_LEVEL", "WARNING")}
            for name in ("celery.app.trace", "celery.beat", "celery.worker.strategy")
        },
    },
}
