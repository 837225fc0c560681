"""Every page under a database that refuses writes, in every mode it has; a route without a sample fails.

The modes of a hand-over's page that come up as it goes on are in test_handover_battery.
"""

from __future__ import annotations

import pytest
from django.conf import settings

from routes import routes
from world import BY_TICKET, Place, World, address, letter, only_reading

pytestmark = pytest.mark.xdist_group("everybody")

FILE = ("", "as=file", "page=2&size=20")
SAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    # route: who, and what is asked for; a who with a dash is at the early case
    "account": (("anquan", ""),),
    "heads": (("shenji", ""), ("shenji", "page=9&size=20")),
    "sessions": (("anquan", ""), ("anquan", "page=9")),
    "accounts": (("anquan", ""), ("anquan", "state=paused_until&order=-seen")),
    "add-party": (("zhencha-", ""), ("anguan", "")),
    "approvals": tuple(("juzhang", query) for query in FILE),
    "audit": tuple(
        ("shenji", query)
        for query in (*FILE, "before=9&size=20", "group=signing&result=refused", "first=2026-01-01&last=x&group=x")
    ),
    "looks": tuple(("shenji", query) for query in (*FILE, "days=7", "days=x")),
    "calendar": (("zhencha", ""), ("anguan", "month=2026-03"), ("lian", "week=2026-03-12"), ("jiandu", "")),
    "calendar-file": (("zhencha", ""), ("anguan", "week=x")),
    "case": (
        *((who, f"tab={tab}") for who in ("zhencha-", "zhencha", "anguan", "lian", "kanshou", "jiandu", "jiandu+")
          for tab in ("people", "dossier", "documents", "handovers", "limits", "ledger")),
        ("anguan", "tab=ledger&act=case.register&before=9"), ("zhencha-", "tab=dossier&place=ev-suspect.interrogation"),
    ),
    "cases": (("anguan", ""), ("anguan", "q=盗窃&stage=trial&role=handling&due=soon&held=yes&mine=1&order=number"), ("zhencha", "page=9")),
    "checklist": (("zhencha-", ""), ("anguan", ""), ("lian", "")),
    "compare": (("zhencha-", ""), ("anguan", "from=1&to=9"), ("lian", "from=x")),
    "components": (("xitong", ""),),
    "counts": (("anguan", ""), ("xitong", "")),
    "delegations": (("anguan", ""), ("xitong", "")),
    "desk": (
        *((who, f"tab={tab}{more}") for who in ("zhencha", "juzhang", "anguan", "lian") for tab in ("mine", "waiting", "limits", "done")
          for more in ("", "&as=file")),
        ("jiandu", ""), ("anguan", "kind=receive&held=yes&due=day&order=-since"),
    ),
    "destructions": tuple((who, query) for who in ("juzhang", "jiandu") for query in (*FILE, "state=done", "text=x")),
    "destruction": (("juzhang-", ""), ("jianchazhang", "")),
    "propose-destruction": (("anguan", ""), ("lian", "")),
    "document": (("zhencha-", ""), ("anguan", ""), ("lian", "")),
    "drafts": (("zhencha", "place=/cases/new"), ("zhencha", "place=/nowhere")),
    "duty": (("lian", ""), ("anguan", "")),
    "duty-state": (("lian", ""), ("anguan", "")),
    "edit-case": (("zhencha-", ""), ("anguan", "")),
    "edit-document": (("zhencha-", ""), ("anguan", "")),
    "edit-party": (("zhencha-", ""), ("anguan", "")),
    "export-cases": (("anguan", ""), ("jiandu", "stage=trial")),
    "pledge": (("anguan", ""), ("anquan", "next=/units")),
    "pledges": tuple(("anquan", query) for query in FILE),
    "certificate": (("", ""), ("anguan", "next=/cases")),
    "factor": (("anguan", ""), ("xitong", "next=/units")),
    "file-changes": (("zhencha", ""), ("anguan", ""), ("anguan", "from=x&to=y"), ("lian", "")),
    "guide": (("anguan", ""), ("xitong", "")),
    "hand-on": (("anguan", ""), ("anguan", "from=x"), ("lian", "from=00000000-0000-7000-8000-000000000001")),
    "handover": (("zhencha-", ""), ("juzhang-", ""), ("jiandu-", ""), ("anguan", ""), ("lian", ""), ("jiandu", "")),
    "health": (("", ""),),
    "help": (("", ""), ("anguan", "")),
    "home": (("", ""), ("anguan", ""), ("xitong", "")),
    "inbox": tuple(("lian", f"{tab}{query}") for tab in ("", "tab=done&") for query in FILE),
    "issue-token": (("xitong", ""), ("xitong", "unit=")),
    "login": (("", ""), ("", "next=/cases"), ("anguan", "")),
    "metrics": (("", ""),),
    "new-case": (("zhencha", ""),),
    "new-document": (("zhencha-", ""), ("zhencha-", "kind=suspect-rights"), ("anguan", "kind=none")),
    "notices": tuple((who, query) for who in ("anguan", "xitong") for query in (*FILE, "unread=1&kind=nudge")),
    "openapi": (("", ""), ("anguan", "")),
    "operations": (("anguan", ""), ("xitong", "")),
    "page-facts": (("zhencha-", ""), ("lian", ""), ("jiandu+", "")),
    "page-image": (("zhencha-", ""), ("lian", ""), ("jiandu+", "")),
    "parts": (("zhencha-", ""), ("anguan", "")),
    "password": (("anguan", ""), ("xitong", "next=/cases")),
    "new-report": (("zhencha", ""), ("xitong", "")),
    "reports": tuple((who, query) for who in ("anguan", "xitong") for query in (*FILE, "state=open&kind=fault")),
    "phrases": (("anguan", ""), ("lian", "")),
    "pick-categories": (("zhencha", "q=dq"), ("anguan", "")),
    "pick-charges": (("zhencha", "q=dq"), ("anguan", "")),
    "pick-units": (("zhencha", "flow=arrest-request"), ("zhencha", "flow=arrest-request&q=qlx"), ("anguan", "flow=none")),
    "paper-pages": (("zhencha-", ""), ("anguan", "from=x&count=5&up"), ("jiandu+", "from=9&down")),
    "print-index": (("zhencha-", ""), ("zhencha", ""), ("lian", ""), ("kanshou", "")),
    "print-sheet": (("zhencha-", ""), ("zhencha", ""), ("lian", ""), ("kanshou", "")),
    "print-summary": (("zhencha-", ""), ("zhencha", ""), ("lian", ""), ("kanshou", "")),
    "progress": (("zhencha-", ""), ("jiandu", "")),
    "read-log": tuple(("jianchazhang", query) for query in FILE),
    "read-of-mine": tuple(("anguan", query) for query in (*FILE, "days=7&what=taken")),
    "read-of-ours": tuple(("jianchazhang", query) for query in (*FILE, "days=x&what=api")),
    "readers": tuple(("shenji", query) for query in (*FILE, "days=7&order=pages")),
    "reading": (("zhencha-", ""), ("zhencha", ""), ("lian", "page=x"), ("kanshou", ""), ("jiandu", ""), ("jiandu+", "")),
    "ready": (("", ""),),
    "recording": (("zhencha-", ""), ("jiandu+", "")),
    "room-doubt": (("zhencha-", ""), ("lian", "from=3"), ("kanshou", ""), ("jiandu+", "")),
    "room-pages": (("zhencha-", "unread"), ("lian", "from=x&unread"), ("kanshou", "unread"), ("jiandu+", "")),
    "receipt": (("zhencha-", ""), ("anguan", ""), ("lian", ""), ("jiandu", "")),
    "roster": (("anguan", ""), ("anguan", "week=2026-03-12"), ("anguan", "week=x")),
    "registers": (("anguan", ""), ("zhencha", "kind=sent"), ("anguan", "first=2026-01-01&last=2026-06-01&as=file")),
    "moved-limits": (("zhencha", ""), ("jiandu", "days=365"), ("anguan", "days=x&as=file")),
    "rotation": (("anguan", ""), ("jianchazhang", "days=30&only=1"), ("lian", "as=file&days=x")),
    "rotations": (("jiandu", ""), ("jiandu", "days=365&unit=x&only=1"), ("jiandu", "as=file")),
    "sent": tuple(("anguan", query) for query in (*FILE, "state=open&flow=prosecution&order=-changed")),
    "sheet": (("zhencha-", ""), ("zhencha", ""), ("lian", ""), ("kanshou", "")),
    "alarm": (("zhencha", ""), ("kanshou", ""), ("jiandu", "")),
    "alarms": tuple((who, query) for who in ("zhencha", "jiandu") for query in (*FILE, "kind=no_basis&answered=no&order=-since")),
    "custody": tuple((who, query) for who in ("kanshou", "jiandu") for query in (*FILE, "near=none&told=apart&order=-agency")),
    "custody-person": (("kanshou", ""), ("jiandu", "asked=no")),
    "supervision": tuple(
        ("jiandu", query) for query in (*FILE, "tab=units", "tab=flows&as=file", "only=late&order=-nudges", "only=held&flow=提起公诉")
    ),
    "import-people": (("xitong", ""),),
    "new-person": (("xitong", ""),),
    "people": (("xitong", ""), ("xitong", "state=free&page=9"), ("xitong", "state=held&size=20"), ("xitong", "state=off")),
    "people-template": (("xitong", ""),),
    "person": (("xitong", ""),),
    "pick-posts": (("xitong", "q=青岚 检察官"), ("xitong", "")),
    "new-unit": (("xitong", ""),),
    "pick-any-unit": (("xitong", "q=qlx"), ("xitong", "")),
    "unit": tuple(("xitong", f"tab={tab}") for tab in ("", "posts", "counterparts", "about", "roster&week=2026-03-12")),
    "new-webhook": (("xitong", ""), ("xitong", "unit=")),
    "webhook": (("xitong", ""), ("anquan", "")),
    "webhooks": (("xitong", ""), ("anquan", "state=waiting&order=unit"), ("xitong", "state=ended&text=x")),
    "new-terminal": (("xitong", ""),),
    "terminal": (("", ""), ("anguan", "")),
    "terminal-rules": (("xitong", ""), ("anquan", "only=yes&page=9")),
    "terminals": tuple(("xitong", query) for query in (*FILE, "state=in_force&order=-used", "state=x&order=until")),
    "tokens": (("xitong", ""), ("anquan", "state=waiting&order=-until")),
    "units": (("xitong", ""), ("xitong", "kind=court&order=-people")),
}  # fmt: skip


def asked(world: World, name: str, who: str, query: str) -> tuple[Place, str, str]:
    """Return the case, the person and the address of a sample."""
    place = world.early if who.endswith("-") else world.late
    return place, who.rstrip("-"), f"{address(name, place)}?{query}"


def test_every_page_has_its_samples() -> None:
    pages = {route.name for route in routes() if "GET" in route.callback.methods}  # type: ignore[attr-defined]
    assert set(SAMPLES) == pages


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_writes_nothing(world: World, name: str) -> None:
    for sample in SAMPLES[name]:
        place, who, url = asked(world, name, *sample)
        if name in BY_TICKET:
            url += f"&t={world.ticket(place, who)}"
        client = world.client(who)
        cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
        with only_reading():
            answer = client.get(url)
            assert letter(answer) == ".", (sample, answer.status_code)
            list(answer) if answer.streaming else answer.content
            assert letter(client.head(url)) == ".", sample
        assert client.cookies.get(settings.SESSION_COOKIE_NAME) == cookie
