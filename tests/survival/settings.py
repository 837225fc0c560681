"""The house's settings with fail points: of the tests' processes alone, named by DJANGO_SETTINGS_MODULE."""

from __future__ import annotations

from typing import Any

from antong.boot import settings as house

globals().update({name: getattr(house, name) for name in dir(house) if name.isupper()})
MIDDLEWARE = ["survival.arming.Arm", *house.MIDDLEWARE]
DATABASES: dict[str, dict[str, Any]] = {
    "default": {**house.DATABASES["default"], "ENGINE": "survival.engine"},
}
