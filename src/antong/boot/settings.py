"""Django settings of every process of the house (provisional skeleton; boot completes it)."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlparse

_url = urlparse(os.environ.get("DATABASE_URL", "postgresql://antong:antong@127.0.0.1:54329/antong"))

SECRET_KEY = os.environ.get("ANTONG_SECRET_KEY", "development-only")
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
ROOMS = ["ledger", "org", "cases", "dossier", "flow", "web", "demo", "boot"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    *[
        f"antong.{room}"
        for room in ROOMS
        if (Path(__file__).parent.parent / room / "apps.py").exists()
    ],
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path.lstrip("/"),
        "USER": unquote(_url.username or ""),
        "PASSWORD": unquote(_url.password or ""),
        "HOST": _url.hostname or "",
        "PORT": str(_url.port or 5432),
        "CONN_MAX_AGE": 600,
        "TEST": {"NAME": os.environ.get("ANTONG_TEST_DB", "test_antong")},
    }
}
if True:
    AUTH_USER_MODEL = "org.Person"
ROOT_URLCONF = "antong.boot.urls"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
