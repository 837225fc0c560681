"""What pages tell about a file, a limit, a receiver: nothing cut off in silence, nothing rounded up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong import web
from antong.dossier import selectors as dossier
from antong.dossier.models import Original, Page, Placement
from antong.flow import actions, selectors
from antong.flow.types import Outcome, Reason
from antong.kernel import clock
from antong.web.templatetags.antong import left
from walking import hand_over

People = dict[str, Any]
SignIn = Callable[[str], Client]
STATIC = Path(web.__file__).parent / "static" / "antong"


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


def test_a_reason_has_one_wording_wherever_it_is_shown(
    people: People, investigated: UUID, sign_in: SignIn
) -> None:
    done = hand_over(people, investigated, "arrest-request")
    page_id = dossier.tree(investigated).volumes[0].entries[0].pages[0].id
    done = actions.return_file(
        people["anguan"],
        handover_id=done.handover_id,
        version=done.version,
        reasons=[Reason(text="缺末页", page_id=page_id)],
    )
    actions.begin_round(people["zhencha"], handover_id=done.handover_id, version=done.version)
    reason = selectors.handover(people["zhencha"], done.handover_id)[0].reasons[0]
    client, path = sign_in("zhencha"), f"/handovers/{done.handover_id}/"
    form = {"reason": reason.id, "state": "explained", "resolution": ""}
    refused = client.post(f"{path}reason", {**form, "_draft": f"{path}#rr-{reason.id}"})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert 'data-to-field="resolution"' in page
    assert f'"form": "rr-{reason.id}"' in page
    assert "补正须逐条回应" in page
    assert "怎样补" in page
    answered = client.post(f"{path}reason", {**form, "resolution": "原件如此"})
    assert answered.headers["Location"] == f"{path}#last-reasons"
    for where in (path, f"/cases/{investigated}/reading"):
        told = client.get(where).content.decode()
        assert "有说明" in told, where
        assert "已改" not in told, where


def test_a_wrong_password_leaves_the_caret_where_it_is_mended(people: People) -> None:
    client = Client()
    first = client.get("/login").content.decode()
    again = client.post("/login", {"username": "zhencha", "password": "x"}).content.decode()
    assert "autofocus" in re.findall(r'<input[^>]*id="username"[^>]*>', first)[0]
    assert "autofocus" not in re.findall(r'<input[^>]*id="username"[^>]*>', again)[0]
    assert "autofocus" in re.findall(r'<input[^>]*id="password"[^>]*>', again)[0]


@pytest.mark.parametrize(
    ("wrong", "rules"),
    [
        ({"brief": ""}, ["必填的写全"]), ({"p0_sex": "女"}, ["身份信息互相一致"]),
        ({"p0_sex": "女", "brief": ""}, ["身份信息互相一致", "必填的写全"]),
    ],
)  # fmt: skip
def test_a_refused_registration_names_the_rules_that_were_offended(
    sign_in: SignIn, wrong: dict[str, str], rules: list[str]
) -> None:
    values = {
        "secret": "no", "source": "01", "category": "050200", "occurred_at": "2026-01-01T10:00", "place": "河西路", "brief": "盗窃。",
        "p0_name": "纪白", "p0_kind": "suspect", "p0_id_type": "resident", "p0_id_number": "110105199003071036", **wrong,
    }  # fmt: skip
    page = sign_in("zhencha").post("/cases/new", values).content.decode()
    assert "data-refusal" in page
    assert [rule for rule in ("身份信息互相一致", "必填的写全") if rule in page] == rules


def test_of_a_secret_case_nothing_is_kept(sign_in: SignIn) -> None:
    client, place = sign_in("zhencha"), "/cases/new#new-case"
    client.post("/drafts", {"place": place, "values": json.dumps({"secret": ["no"], "place": ["河西路"]})})
    assert client.get("/drafts", {"place": place}).json()["values"]["place"] == ["河西路"]
    kept = client.post(
        "/drafts", {"place": place, "values": json.dumps({"secret": ["yes"], "place": ["河"]})}
    )
    assert kept.json() == {"saved": ""}
    assert client.get("/drafts", {"place": place}).json()["values"] is None


def test_what_is_checked_is_counted_by_the_pages_of_the_file(investigated: UUID) -> None:
    done, _, every = dossier.progress(investigated)
    assert every == dossier.tree(investigated).page_count
    place = Placement.objects.filter(entry__volume__dossier_id=investigated, active=True).first()
    assert place is not None
    Placement.objects.filter(id=place.id).update(active=False, ended_reason="已替换")
    assert dossier.progress(investigated) == (done - 1, 0, every - 1)


def test_pages_still_looked_at_are_waited_for_not_scanned_again(
    people: People, investigated: UUID, sign_in: SignIn
) -> None:
    Page.objects.filter(dossier_id=investigated).update(state="waiting")
    made = actions.compose(people["zhencha"], case_id=investigated, flow="arrest-request")
    page = sign_in("zhencha").get(f"/handovers/{made.handover_id}/").content.decode()
    assert "页还在检查" in page
    assert "等检查完成" in page
    assert "重扫存疑的页面" not in page
    Page.objects.filter(dossier_id=investigated).update(doubtful=True)
    page = sign_in("zhencha").get(f"/handovers/{made.handover_id}/").content.decode()
    assert "重扫存疑的页面" in page


def test_the_count_of_a_tab_can_be_brought_up_to_date(investigated: UUID, sign_in: SignIn) -> None:
    page = sign_in("zhencha").get(f"/cases/{investigated}/?tab=dossier").content.decode()
    number = dossier.tree(investigated).page_count
    assert re.search(rf'<a id="tab-dossier"[^§]*?<span class="many">{number} 页<', page)
    assert "tab-dossier" in (STATIC / "dossier.js").read_text("utf-8")


def test_what_was_proposed_and_sent_back_is_told_to_its_own_side_alone(
    people: People, investigated: UUID, sign_in: SignIn
) -> None:
    sent = hand_over(people, investigated, "arrest-request")
    office, chief = people["anguan"], people["jianchazhang"]
    done = actions.accept(office, handover_id=sent.handover_id, version=sent.version)
    whom = [one.party_id for one in selectors.handover(office, done.handover_id)[0].subjects]
    outcomes = [Outcome(party_id=one, outcome="refused", reason="内部意见一") for one in whom]
    done = actions.propose_answer(
        office, handover_id=done.handover_id, version=done.version, outcomes=outcomes
    )
    path = f"/handovers/{sent.handover_id}/"
    assert "内部意见一" in sign_in("anguan").get(path).content.decode()
    assert "内部意见一" not in sign_in("zhencha").get(path).content.decode()
    actions.approve_answer(
        chief, handover_id=done.handover_id, version=done.version, approved=False, comment="内部意见二"
    )
    assert "内部意见二" in sign_in("anguan").get(path).content.decode()
    assert "内部意见二" not in sign_in("zhencha").get(path).content.decode()
