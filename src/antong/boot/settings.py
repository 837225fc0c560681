"""Django settings of every process of the house, from boot/environment.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from antong.boot import environment, logs

ENV = environment.read()

SECRET_KEY = ENV.secret_key
DEBUG = False
ALLOWED_HOSTS = list(ENV.hosts)
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "antong.ledger",
    "antong.org",
    "antong.cases",
    "antong.custody",
    "antong.dossier",
    "antong.flow",
    "antong.watch",
    "antong.archive",
    "antong.web",
    "antong.boot",
]
MIDDLEWARE = [
    "antong.web.metering.Meter",
    "antong.web.middleware.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "antong.web.middleware.Refusals",
]
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "antong.boot.database",
        **ENV.database(),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # Values travel apart from statements, and a statement asked often is planned once: half the database's work.
        # A pooler between us and PostgreSQL must know prepared statements (PgBouncer 1.21 does).
        "OPTIONS": {"application_name": "antong", "server_side_binding": True, "prepare_threshold": 5},
        "TEST": {"NAME": ENV.test_database},
    }
}
AUTH_USER_MODEL = "org.Person"
ROOT_URLCONF = "antong.boot.urls"
WSGI_APPLICATION = "antong.boot.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent.parent / "web" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "antong.web.shell.context",
            ],
            "builtins": [
                "antong.web.templatetags.antong",
                "antong.web.templatetags.rows",
                "django.templatetags.static",
            ],
        },
    }
]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = [
    "antong.org._hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "antong_session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENV.tls
CSRF_COOKIE_SECURE = ENV.tls
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # scripts take the token from the page
CSRF_FAILURE_VIEW = "antong.web.middleware.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True

STATIC_URL = "/static/"
STATIC_ROOT = ENV.state / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [Path(__file__).parent.parent / "web" / "static"]
if (ENV.assets / "web").is_dir():
    STATICFILES_DIRS.append(ENV.assets / "web")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "antong.web.staticfiles.Storage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False

FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 << 20
DATA_UPLOAD_MAX_NUMBER_FILES = 500
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

ANTONG_STATE = ENV.state
ANTONG_ASSETS = ENV.assets
ANTONG_BLOBS = ENV.state / "blobs"
ANTONG_S3 = ENV.s3
ANTONG_MASTER_KEY = ENV.keys / "master"
ANTONG_HEAD_KEY = ENV.keys / "head.pem"
ANTONG_SPOOL = ENV.state / "spool"
ANTONG_INCOMING = ENV.state / "incoming"
ANTONG_MOST_SCAN = 2 << 30
ANTONG_MOST_RECORDING = 50 << 30
ANTONG_MOST_UNFINISHED = 200 << 30
ANTONG_DEMO = ENV.demo
ANTONG_PROXIES = ENV.proxies
ANTONG_SECOND_FACTOR = ENV.second_factor
ANTONG_CLIENT_CA = ENV.client_ca
ANTONG_CLIENT_CRL = ENV.client_crl
ANTONG_CERTIFICATE_PORT = ENV.certificate_port
ANTONG_PAGES_PORT = ENV.pages_port
ANTONG_WEBHOOK_HOSTS = ENV.webhook_hosts
ANTONG_CONVENTIONS = ENV.conventions
ANTONG_METRICS_TOKEN = ENV.metrics_token
ANTONG_OTEL_ENDPOINT = ENV.otel_endpoint

LOGGING = logs.configuration(ENV.state, ENV.log)
