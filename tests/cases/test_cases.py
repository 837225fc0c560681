"""Registering: what is refused, what is derived, who sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from antong.cases import access, actions, selectors
from antong.cases.types import NewParty, PartyKind
from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Stale
from antong.law import identity
from antong.org.types import Permission

People = dict[str, Any]


def numbered(tail: str = "101") -> str:
    digits = "99012119910614" + tail
    return digits + identity.check_character(digits)


def test_unknown_identity_foreigner_unit_and_elsewhere(people: People, new_case: Callable[..., UUID]) -> None:
    case_id = new_case(())
    actions.add_parties(
        people["zhencha"],
        case_id=case_id,
        parties=[
            NewParty(kind=PartyKind.SUSPECT, name="", identity_unknown=True),
            NewParty(kind=PartyKind.SUSPECT, name="ALEX", foreigner=True, nationality="某国"),
            NewParty(kind=PartyKind.UNIT_SUSPECT, name="某贸易公司", legal_representative="某人"),
            NewParty(kind=PartyKind.SUSPECT, name="在逃者", absconded=True),
            NewParty(
                kind=PartyKind.SUSPECT, name="另案者", handled_elsewhere=True, elsewhere_reason="另案侦查"
            ),
        ],
    )
    sheet = selectors.living_sheet(case_id)
    assert [party.name for party in sheet.parties][:2] == ["身份不明人员", "ALEX"]
    assert sheet.parties[4].state == "elsewhere"


def test_the_identity_number_fills_birth_and_sex(people: People, new_case: Callable[..., UUID]) -> None:
    case_id = new_case(())
    actions.add_parties(
        people["zhencha"],
        case_id=case_id,
        parties=[NewParty(kind=PartyKind.SUSPECT, name="甲", id_number=numbered())],
    )
    (party,) = selectors.living_sheet(case_id).parties
    assert party.born_on == date(1991, 6, 14)
    assert party.sex == "男"
    assert party.id_warning


@pytest.mark.parametrize(("facts", "field"), [
    ({"name": ""}, "name"), ({"name": "甲", "id_number": "123"}, "id_number"), ({"name": "甲", "id_number": numbered()[:-1] + "9"}, "id_number"),
    ({"name": "甲", "id_number": numbered(), "sex": "女"}, "sex"), ({"name": "甲", "id_number": numbered(), "born_on": date(1990, 1, 1)}, "born_on"),
    ({"name": "甲", "foreigner": True}, "nationality"), ({"name": "甲", "handled_elsewhere": True}, "elsewhere_reason"), ({"name": "甲", "charge_codes": ("X",)}, "charge_codes"),
])  # fmt: skip
def test_contradictions_are_refused_by_field(
    people: People, new_case: Callable[..., UUID], facts: dict[str, Any], field: str
) -> None:
    case_id = new_case(())
    if field == "id_number" and numbered()[-1] == "9":
        pytest.skip("the check character is 9 itself")
    with pytest.raises(BadInput) as refused:
        actions.add_parties(
            people["zhencha"], case_id=case_id, parties=[NewParty(kind=PartyKind.SUSPECT, **facts)]
        )
    assert f"parties.0.{field}" in refused.value.fields
    assert selectors.living_sheet(case_id).parties == ()


def test_duplicates_are_offered_only_among_what_one_sees(
    people: People, new_case: Callable[..., UUID]
) -> None:
    case_id = new_case(())
    actions.add_parties(
        people["zhencha"],
        case_id=case_id,
        parties=[NewParty(kind=PartyKind.SUSPECT, name="甲", id_number=numbered())],
    )
    assert [one.party_name for one in selectors.duplicates(people["zhencha"], id_number=numbered())] == ["甲"]
    assert selectors.duplicates(people["anguan"], id_number=numbered()) == []


def test_a_stale_form_is_refused_and_nothing_changes(people: People, new_case: Callable[..., UUID]) -> None:
    case_id = new_case()
    with pytest.raises(Stale):
        actions.amend_case(people["zhencha"], case_id=case_id, version=1, changes={"place": "别处"})
    assert selectors.living_sheet(case_id).body["case"]["place"] == "河西路"


def test_who_sees_a_new_case(people: People, new_case: Callable[..., UUID]) -> None:
    case_id = new_case()
    for who in ("zhencha", "fuzhu", "juzhang", "fazhi", "jiandu"):
        assert access.case_for(people[who], case_id, Permission.CASE_READ).id == case_id
    for who in ("anguan", "lian", "kanshou", "jianyu", "jiaozheng"):
        with pytest.raises(NotFound):
            access.case_for(people[who], case_id, Permission.CASE_READ)


def test_a_supervisor_changes_nothing(people: People, new_case: Callable[..., UUID]) -> None:
    with pytest.raises(NotPermitted):
        access.case_for(people["jiandu"], new_case(), Permission.CASE_EDIT)


def test_the_list_filters_and_counts(people: People, new_case: Callable[..., UUID]) -> None:
    new_case(("卓听澜",))
    actor = people["zhencha"]
    assert selectors.list_cases(actor, selectors.CaseFilter(text="ztl")).total == 1
    assert selectors.list_cases(actor, selectors.CaseFilter(text="卓听澜", stage="trial")).total == 0
    assert selectors.list_cases(people["lian"], selectors.CaseFilter()).total == 0


def test_the_sheet_fits_its_schema(new_case: Callable[..., UUID]) -> None:
    import jsonschema

    jsonschema.validate(selectors.living_sheet(new_case()).body, selectors.sheet_schema())


def test_a_late_registration_needs_its_reason(people: People) -> None:
    with pytest.raises(BadInput):
        actions.register(
            people["zhencha"], source="01", category="050200", occurred_at=clock.now() - timedelta(days=9), place="x", brief="x", parties=[],
            happened_at=clock.now() - timedelta(days=3),
        )  # fmt: skip


def test_who_was_a_minor_at_the_offence_stays_one(people: People, new_case: Callable[..., UUID]) -> None:
    """刑法第17条: the age at the offence counts, however late the record is mended."""
    case_id = new_case(("韩序舟",))
    party = selectors.living_sheet(case_id).suspects[0]
    born = clock.today().replace(day=1) - timedelta(days=1)
    born = born.replace(year=born.year - 17)
    with clock.set_to(clock.now() + timedelta(days=800)):
        version = access.case_for(people["zhencha"], case_id, Permission.CASE_READ).version
        actions.amend_party(
            people["zhencha"],
            case_id=case_id,
            party_id=party.id,
            version=version,
            party=NewParty(kind=PartyKind.SUSPECT, name=party.name, born_on=born),
        )
    assert selectors.living_sheet(case_id).suspects[0].minor


def test_every_case_stands_on_some_page_also_beyond_what_is_counted(
    people: People, new_case: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {new_case() for _ in range(5)}
    monkeypatch.setattr("antong.cases._lists.COUNT_STOPS_AT", 3)
    found: list[UUID] = []
    for page in range(1, 7):
        shown = selectors.list_cases(people["zhencha"], selectors.CaseFilter(), page=page, size=1)
        assert shown.more
        found += [row.case_id for row in shown.rows if row.case_id in made]
    assert made <= set(found)
    monkeypatch.undo()
    beyond = selectors.list_cases(people["zhencha"], selectors.CaseFilter(), page=99, size=2)
    assert beyond.rows
    assert beyond.page == beyond.pages
