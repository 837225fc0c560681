"""What pages tell about a file, a limit, a receiver: nothing cut off in silence, nothing rounded up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong.dossier import selectors as dossier
from antong.dossier.models import Original, Page
from antong.flow import actions
from antong.kernel import clock
from antong.web.templatetags.antong import left
from walking import hand_over

People = dict[str, Any]
SignIn = Callable[[str], Client]


def test_a_page_was_uploaded_in_the_time_of_china(investigated: UUID) -> None:
    late = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)
    page = Page.objects.filter(dossier_id=investigated).first()
    assert page is not None
    Original.objects.filter(id=page.original_id).update(uploaded_at=late)
    assert dossier.page_facts(investigated, page.id)["uploaded"].startswith("2026-03-02T01:30")


def test_doubtful_pages_are_counted_with_their_reason_wherever_they_are_listed(
    people: People, investigated: UUID, sign_in: SignIn
) -> None:
    Page.objects.filter(dossier_id=investigated).update(
        doubtful=True, checks={"findings": ["resolution", "blank"]}
    )
    number = len(dossier.tree(investigated).doubtful)
    assert number > 6
    made = actions.compose(people["zhencha"], case_id=investigated, flow="arrest-request")
    path = f"/handovers/{made.handover_id}/"
    pages = [sign_in("zhencha").get(path).content.decode()]
    assert f"等 {number} 处" in re.sub(r"<div class=\"weak\">.*?</div>", "", pages[0])
    done = actions.submit(people["zhencha"], handover_id=made.handover_id, version=made.version)
    pages += [sign_in("juzhang").get(path).content.decode(), sign_in("zhencha").get(path).content.decode()]
    done = actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    actions.send(people["zhencha"], handover_id=done.handover_id, version=done.version)
    pages.append(sign_in("anguan").get(path).content.decode())
    for page in pages:
        assert f'<div class="weak">等 {number} 处</div>' in page
        assert "（分辨率低于 200 dpi、空白页）" in page


@pytest.mark.parametrize(
    ("hours", "words", "colour"),
    [
        (26, "剩 1 天 2 时", "orange"), (74, "剩 3 天", "yellow"), (50, "剩 2 天 2 时", "orange"), (23.5, "剩 23 时 30 分", "red"),
        (7 * 24 - 1, "剩 6 天", "yellow"), (7 * 24 + 2, "剩 7 天", "blue"), (-30, "逾期 1 天", "overdue"),
    ],
)  # fmt: skip
def test_what_is_left_is_never_more_than_there_is(hours: float, words: str, colour: str) -> None:
    with clock.set_to(datetime(2026, 3, 1, 9, tzinfo=UTC)):
        assert left(clock.now() + timedelta(hours=hours)) == (words, colour)


@pytest.mark.parametrize(("who", "proposed"), [("anguan", "jianchaguan"), ("jianchaguan", "jianchaguan")])
def test_who_takes_in_for_others_gives_it_to_them(
    people: People, investigated: UUID, sign_in: SignIn, who: str, proposed: str
) -> None:
    done = hand_over(people, investigated, "arrest-request")
    client = sign_in(who)
    for path in (f"/handovers/{done.handover_id}/", "/inbox"):
        chosen = re.findall(
            r'<option value="([^"]+)" selected>\s*(?:分给 )?', client.get(path).content.decode()
        )
        assert str(people[proposed].person_id) in chosen, path


def test_an_empty_desk_speaks_of_ones_own_cases(sign_in: SignIn) -> None:
    assert "您的案件 30 天内没有期限届满" in sign_in("jiandu").get("/desk").content.decode()
