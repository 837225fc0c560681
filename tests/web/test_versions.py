"""Two people on one form: what the other changed is shown beside what one typed, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong.cases import actions, selectors
from antong.cases.types import NewParty, PartyKind
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.flow import actions as flow_actions

OLD = {"source": "01", "category": "050200", "place": "河西路", "brief": "盗窃电动自行车。"}


@pytest.fixture
def police(sign_in: Callable[[str], Client]) -> Client:
    return sign_in("zhencha")


def hidden(page: str) -> dict[str, str]:
    """The version a form was shown, and the last entry that was there."""
    return dict(re.findall(r'name="(shown|seen)" value="(\d+)"', page))


def test_the_other_persons_change_is_taken_over_and_mine_is_kept(
    police: Client, people: dict[str, Any], new_case: Callable[..., UUID]
) -> None:
    case_id = new_case()
    url = f"/cases/{case_id}/edit"
    shown = hidden(police.get(url).content.decode())
    actions.amend_case(
        people["fuzhu"], case_id=case_id, version=int(shown["shown"]), changes={"place": "北门市场"}
    )
    mine = {**OLD, "brief": "盗窃电动自行车两辆。"}
    answer = police.post(url, {**mine, **shown})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert people["fuzhu"].person_name in page
    assert "北门市场" in page
    assert "没有改" in page, "a field that was not touched is not called mine"
    assert "盗窃电动自行车两辆。" in page
    assert 'id="f-place" name="place" value="北门市场"' in page
    again = police.post(url, {**mine, "place": "北门市场", **hidden(page)})
    assert again.status_code == 302
    body = selectors.living_sheet(case_id).body["case"]
    assert (body["place"], body["brief"]) == ("北门市场", "盗窃电动自行车两辆。")


def test_where_both_changed_one_field_mine_stands_until_i_choose(
    police: Client, people: dict[str, Any], new_case: Callable[..., UUID]
) -> None:
    case_id = new_case()
    url = f"/cases/{case_id}/edit"
    shown = hidden(police.get(url).content.decode())
    actions.amend_case(
        people["fuzhu"], case_id=case_id, version=int(shown["shown"]), changes={"place": "北门市场"}
    )
    answer = police.post(url, {**OLD, "place": "南门市场", **shown})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "1 项两边都改了" in page
    assert 'name="place" value="南门市场"' in page
    assert 'data-take="place" data-value="北门市场"' in " ".join(page.split())
    assert selectors.living_sheet(case_id).body["case"]["place"] == "北门市场"


def test_a_change_elsewhere_in_the_case_stops_nobody(
    police: Client, people: dict[str, Any], new_case: Callable[..., UUID]
) -> None:
    case_id = new_case()
    url = f"/cases/{case_id}/edit"
    shown = hidden(police.get(url).content.decode())
    victim = NewParty(kind=PartyKind.VICTIM, name="云若宁")
    actions.add_parties(people["fuzhu"], case_id=case_id, parties=[victim])
    assert police.post(url, {**OLD, "place": "南门市场", **shown}).status_code == 302
    assert selectors.living_sheet(case_id).body["case"]["place"] == "南门市场"


def test_a_party_changed_by_two(
    police: Client, people: dict[str, Any], new_case: Callable[..., UUID]
) -> None:
    case_id = new_case()
    party = selectors.living_sheet(case_id).suspects[0]
    url = f"/cases/{case_id}/parties/{party.id}"
    page = police.get(url).content.decode()
    shown = hidden(page)
    charge = f"{party.charges[0].code}:{party.charges[0].name}"
    theirs = NewParty(
        kind=PartyKind.SUSPECT, name=party.name, occupation="司机", absconded=True, charge_codes=(party.charges[0].code,)
    )  # fmt: skip
    actions.amend_party(
        people["fuzhu"], case_id=case_id, party_id=party.id, party=theirs, version=int(shown["shown"])
    )
    mine = {
        "p0_kind": "suspect",
        "p0_name": party.name,
        "p0_charge": charge,
        "p0_nationality": "中国",
        "p0_phone": "138",
    }
    answer = police.post(url, {**mine, **shown})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "职业" in page
    assert "司机" in page
    assert "在逃" in page
    again = police.post(url, {**mine, "p0_occupation": "司机", "p0_absconded": "on", **hidden(page)})
    assert again.status_code == 302
    saved = selectors.living_sheet(case_id).suspects[0]
    assert (saved.occupation, saved.phone, saved.absconded) == ("司机", "138", True)
    assert [one.name for one in saved.charges] == [one.name for one in party.charges]


def test_an_empty_name_and_a_wrong_date_are_refused_together(
    police: Client, new_case: Callable[..., UUID]
) -> None:
    case_id = new_case()
    answer = police.post(
        f"/cases/{case_id}/parties", {"p0_kind": "suspect", "p0_id_number": "", "p0_born_on": "昨夜"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#p0_name"' in page
    party = selectors.living_sheet(case_id).suspects[0]
    answer = police.post(
        f"/cases/{case_id}/parties/{party.id}",
        {"p0_kind": "suspect", "p0_name": "甲", "p0_id_number": "12", "p0_born_on": "昨夜"},
    )
    page = answer.content.decode()
    assert 'href="#p0_id_number"' in page
    assert 'href="#p0_born_on"' in page
    assert "昨夜" in page


def test_a_draft_changed_by_two(
    police: Client, people: dict[str, Any], new_case: Callable[..., UUID]
) -> None:
    case_id = new_case()
    draft = flow_actions.draft_document(
        people["zhencha"],
        case_id=case_id,
        kind="arrival-account",
        party_ids=[],
        fields={"account": "接报后传唤到案。"},
    )
    url = f"/cases/{case_id}/documents/{draft.id}/edit"
    shown = hidden(police.get(url).content.decode())
    key = next(iter(draft.fields))
    theirs = {**draft.fields, key: "别人改的内容"}
    dossier_actions.revise(people["fuzhu"], document_id=draft.id, version=draft.version, fields=theirs)
    answer = police.post(url, {f"field.{key}": "我改的内容", **shown})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert people["fuzhu"].person_name in page
    assert "我改的内容" in page
    assert "别人改的内容" in page
    assert police.post(url, {f"field.{key}": "我改的内容", **hidden(page)}).status_code == 302
    assert dossier.document(case_id, draft.id).fields[key] == "我改的内容"
