"""Somebody at a browser, over real HTTP to a running house; without scripts."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request


class Visitor:
    """What a person's browser does: keeps cookies, takes the form's token along, follows."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def get(self, path: str) -> tuple[int, str, str]:
        """Return status, where one has been led, and what is shown."""
        return self._open(urllib.request.Request(self.base + path))  # noqa: S310 - our own address

    def post(self, path: str, *, at: str = "", **fields: str) -> tuple[int, str, str]:
        """Send a form that stands on `path`, to `at` where it leads elsewhere."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path)[2])
        assert token is not None
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        own = {"Referer": self.base + path, "Origin": self.base}
        return self._open(urllib.request.Request(self.base + (at or path), body, own))  # noqa: S310 - our own address

    def _open(self, request: urllib.request.Request) -> tuple[int, str, str]:
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, urllib.parse.urlsplit(answer.url).path, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, urllib.parse.urlsplit(error.url or "").path, error.read().decode()
