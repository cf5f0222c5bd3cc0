"""All settings, read once from the environment (docs/settings.md lists the variables).

Production is the default: it refuses to start on a missing secret, a demo key or DEBUG, and says which.
``TAPCHARGE_DEMO=1`` (set by ``make run`` and the tests) fills in values for a demo on this machine.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from evsite import env
from evsite.backoffice import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = re.findall(r"^## (\d\S*)", (BASE_DIR / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[:1]

DEMO = env.flag("TAPCHARGE_DEMO")
DEBUG = env.flag("DEBUG")
if DEBUG and not DEMO:
    raise ImproperlyConfigured("DEBUG is on; it is for a demo on a developer's machine only (TAPCHARGE_DEMO=1)")

VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

# Secrets

SECRET_KEYS = env.secrets("SECRET_KEY", "demo-secret-key-never-use-this-for-real-money" if DEMO else None)
SECRET_KEY, SECRET_KEY_FALLBACKS = SECRET_KEYS[0], SECRET_KEYS[1:]
#: Keys of the card fingerprints (HMAC-SHA-256), newest first.
FINGERPRINT_KEYS = env.secrets("FINGERPRINT_KEY", "demo-fingerprint-key-never-use-this-for-real" if DEMO else None)
#: Keys that encrypt terminal references at rest, newest first.
FIELD_KEYS = env.secrets("FIELD_KEY", "demo-field-key-never-use-this-for-real-money" if DEMO else None)
env.require_different(SECRET_KEY=SECRET_KEYS, FINGERPRINT_KEY=FINGERPRINT_KEYS, FIELD_KEY=FIELD_KEYS)

# Where it can be reached

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEMO else None)
#: What a driver's phone opens for a receipt, without a slash at the end.
PUBLIC_URL = env.text("PUBLIC_URL", "http://localhost:8000" if DEMO else None).rstrip("/")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")
#: Ports of the simulators that the demo page shows.
SIM_PORT = env.number("SIM_PORT", 8100)
#: Which terminal a demo simulates (hardware/terminal/simulators.py).
TERMINAL = env.text("TERMINAL", "payproxy")

SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_TLS_PROXY") else None
SECURE_SSL_REDIRECT = SECURE and not DEMO
SECURE_HSTS_SECONDS = 3600 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CSRF_FAILURE_VIEW = "kiosk.views.errors.csrf_failure"

# What it is made of

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "hardware",
    "payments",
    "kiosk",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "evsite.urls"
ASGI_APPLICATION = "evsite.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Records. SQLite takes its write lock when a transaction begins (never half-way through one) and waits for the
# disk at each commit, because a payment that was acknowledged must survive a power cut. Connections are kept: opening
# one costs as much as ten queries, and when SQLite's last one closes, it folds the whole log back into the file.

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'tapcharge.sqlite3'}"))
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;",
    }
DATABASES["default"]["CONN_MAX_AGE"] = 60

# Wake-ups. Nothing in here is a record.

REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0" if DEMO else None)
REDIS_PREFIX = env.text("REDIS_PREFIX", "tapcharge")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": REDIS_PREFIX},
    }
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": f"{REDIS_PREFIX}:celery:",
    "socket_timeout": 5,
    # Whoever sends a wake-up does not wait for a broker that is away. (Workers reconnect by a setting of their own.)
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.05,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # a wake-up that cannot be sent is found by the sweep
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
#: Seconds between sweeps; what a lost wake-up costs at the most.
SWEEP_SECONDS = env.number("SWEEP_SECONDS", 2)
CELERY_BEAT_SCHEDULE = {
    "payments": {
        "task": "payments.sweep",
        "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
    "kiosk": {
        "task": "kiosk.sweep",
        "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
    # Looks every minute whether a night is due (settings RECONCILE_*).
    "reconciliation": {
        "task": "payments.reconcile",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# Money

#: Days after which a hold must have been captured or released, by the terminal's word for the card's brand; "" for any
#: other. Visa's rule is the shortest that is known, 5 days; Mastercard's are 7 and more (partly inferred).
HOLD_DAYS = env.table("HOLD_DAYS", "5,ECMC=7,MAES=7")
#: Hours before that at which an open hold is warned about, raised, and called for the last time.
ESCALATE_HOURS = env.numbers("ESCALATE_HOURS", "72,24,4")
if len(ESCALATE_HOURS) != 3 or sorted(ESCALATE_HOURS, reverse=True) != ESCALATE_HOURS:
    raise ImproperlyConfigured("ESCALATE_HOURS needs three numbers, the largest first, as in '72,24,4'")
#: Seconds between questions to an idle terminal about how it is.
TERMINAL_POLL_SECONDS = env.number("TERMINAL_POLL_SECONDS", 5)

#: When each terminal's list is compared with our books, by the clock on the wall, and how many days at once.
RECONCILE_AT = env.clock("RECONCILE_AT", "03:30")
RECONCILE_DAYS = env.number("RECONCILE_DAYS", 7)

# Languages and places

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("nl", "Nederlands"), ("de", "Deutsch"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["evsite.formats"]
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "Europe/Amsterdam")
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
LOGIN_URL = reverse_lazy("admin:login")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "hardware.logs.Redact"}},
    "formatters": {"line": {"format": "{levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact"]}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "celery.app.trace": {"level": "WARNING"},  # one line for every sweep helps nobody
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # Naming them here takes away uvicorn's own handlers, which redact nothing; below INFO it logs whole frames.
        "uvicorn": {"level": "WARNING", "propagate": True},
        "uvicorn.error": {"level": "WARNING"},
        "uvicorn.access": {"level": "WARNING"},
        "websockets": {"level": "INFO"},
        "urllib3": {"level": "ERROR"},  # its warnings name whole URLs, which name transactions
        "ocpp": {"level": "WARNING"},
    },
}
