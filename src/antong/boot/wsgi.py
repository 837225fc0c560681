"""The web server's entry point."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from antong.boot import environment
from antong.boot.proxies import believing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "antong.boot.settings")
application = believing(get_wsgi_application(), environment.read().proxies)

from antong.boot import calendars  # noqa: E402 - its tables are there once Django is set up

calendars.follow()
