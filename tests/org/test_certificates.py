"""Certificates that people sign in by: whose, of which authority, in force, revoked there or here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions, selectors
from antong.org.models import Certificate, Person
from issuing import Authorities, Issued, issue

People = dict[str, Actor]


@pytest.fixture
def house(db: None, tmp_path: Path, settings: Any) -> Authorities:
    made = Authorities(tmp_path)
    settings.ANTONG_CLIENT_CA, settings.ANTONG_CLIENT_CRL = made.file, made.lists
    return made


@pytest.fixture
def given(house: Authorities, people: People) -> Issued:
    """A judge's certificate, registered."""
    one = issue("秦延溯", house.middle)
    actions.register_certificate(people["anquan"], person_id=people["faguan"].person_id, content=one.pem)
    return one


def test_a_registered_certificate_signs_its_owner_in(given: Issued, people: People) -> None:
    signed = actions.sign_in_by_certificate(given.der)
    assert signed.person_id == people["faguan"].person_id
    assert not signed.must_change_password
    assert not signed.second_factor
    by = actions.note_certificate(given.der)
    assert by.startswith("certificate:")
    row = selectors.certificates_of(people["faguan"].person_id)[0]
    assert row.used_at is not None
    assert (row.subject, row.issuer) == ("CN=秦延溯", "CN=政法专网登录")
    assert ledger.entries(SYSTEM_CHAIN)[0].act == "org.register-certificate"
    assert selectors.notices(people["faguan"])[0][0].title == "登记了一张您的数字证书"


def code(act: Callable[[], Any]) -> str:
    """Return the code of the refusal, which must say how to mend it and who does."""
    with pytest.raises((BadInput, NotPermitted)) as refused:
        act()
    assert refused.value.remedy
    assert refused.value.who
    return refused.value.code


def test_what_will_not_do_is_refused_each_by_its_name(house: Authorities, given: Issued) -> None:
    shown = {
        "certificate-none": b"",
        "certificate-unreadable": b"?",
        "certificate-unknown": issue("秦延溯", house.middle).der,
        "certificate-expired": issue("过期", house.middle, days=(-30, -1)).der,
        "certificate-early": issue("未到", house.middle, days=(1, 30)).der,
    }
    for expected, content in shown.items():
        assert code(lambda content=content: actions.sign_in_by_certificate(content)) == expected
    strangers = (
        issue("秦延溯", house.stranger),
        issue("秦延溯"),
        issue("秦延溯", given),
        issue("服务器", house.middle, use=ExtendedKeyUsageOID.SERVER_AUTH),
        house.middle,
    )
    for one in strangers:
        assert code(lambda one=one: actions.sign_in_by_certificate(one.der)) == "certificate-stranger"


def test_what_its_authority_has_revoked_opens_nothing_from_that_minute(
    house: Authorities, given: Issued
) -> None:
    actions.sign_in_by_certificate(given.der)
    house.revoke(given)
    assert code(lambda: actions.sign_in_by_certificate(given.der)) == "certificate-revoked"
    house.revoke()
    actions.sign_in_by_certificate(given.der)


def test_lists_that_are_old_missing_or_of_somebody_else_answer_nothing(
    house: Authorities, given: Issued, settings: Any
) -> None:
    from issuing import revocations

    good = house.lists.read_bytes()
    for content in (
        b"",
        b"nonsense",
        revocations(house.middle, until=7),  # none of the root
        revocations(house.root) + revocations(house.stranger),
    ):
        house.lists.write_bytes(content)
        assert code(lambda: actions.sign_in_by_certificate(given.der)) == "certificate-lists"
    house.revoke(until=-1)
    assert code(lambda: actions.sign_in_by_certificate(given.der)) == "certificate-lists"
    house.lists.unlink()
    assert code(lambda: actions.sign_in_by_certificate(given.der)) == "certificate-lists"
    settings.ANTONG_CLIENT_CRL = None
    actions.sign_in_by_certificate(given.der)
    house.lists.write_bytes(good)


def test_a_revoked_authority_takes_all_with_it(house: Authorities, given: Issued) -> None:
    from issuing import revocations

    house.lists.write_bytes(revocations(house.root, house.middle) + revocations(house.middle))
    assert code(lambda: actions.sign_in_by_certificate(given.der)) == "certificate-revoked"


def test_without_authorities_nobody_signs_in(house: Authorities, given: Issued, settings: Any) -> None:
    for path in (house.folder / "none", house.lists):
        settings.ANTONG_CLIENT_CA = path
        assert code(lambda: actions.sign_in_by_certificate(given.der)) in {
            "certificate-authorities",
            "certificate-stranger",
        }


def test_it_ends_with_its_day(given: Issued) -> None:
    with clock.set_to(clock.now() + timedelta(days=301)):
        assert code(lambda: actions.sign_in_by_certificate(given.der)) == "certificate-expired"


def test_taken_back_closed_or_without_a_post_it_opens_nothing(given: Issued, people: People) -> None:
    judge, security = people["faguan"], people["anquan"]
    Person.objects.filter(id=judge.person_id).update(is_active=False)
    assert code(lambda: actions.sign_in_by_certificate(given.der)) == "certificate-taken-back"
    Person.objects.filter(id=judge.person_id).update(is_active=True)
    mine = selectors.certificates_of(judge.person_id)[0].id
    for reason in ("", "  ", "长" * 121):
        assert_bad = pytest.raises(BadInput)
        with assert_bad:
            actions.revoke_certificate(security, certificate_id=mine, reason=reason)
    actions.revoke_certificate(security, certificate_id=mine, reason="介质遗失")
    assert code(lambda: actions.sign_in_by_certificate(given.der)) == "certificate-taken-back"
    with pytest.raises(NotFound):
        actions.revoke_certificate(security, certificate_id=mine, reason="再次")
    with pytest.raises(Refusal, match="已经登记过"):
        actions.register_certificate(security, person_id=judge.person_id, content=given.pem)


def test_one_certificate_is_one_persons_and_a_person_has_several(
    house: Authorities, given: Issued, people: People
) -> None:
    security, other = people["anquan"], people["jianchaguan"].person_id
    with pytest.raises(Refusal, match="只归一人"):
        actions.register_certificate(security, person_id=other, content=given.der)
    for _ in range(2):
        one = issue("秦延溯", house.middle)
        actions.register_certificate(security, person_id=people["faguan"].person_id, content=one.der)
        assert actions.sign_in_by_certificate(one.der).person_id == people["faguan"].person_id
    assert Certificate.objects.filter(person_id=people["faguan"].person_id).count() == 3


def test_nobody_registers_what_nobody_could_sign_in_by(house: Authorities, people: People) -> None:
    security, judge = people["anquan"], people["faguan"].person_id
    for content in (b"", b"x", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", house.middle.pem,
                    issue("他", house.stranger).pem, issue("旧", house.middle, days=(-9, -1)).pem):  # fmt: skip
        with pytest.raises((BadInput, NotPermitted)):
            actions.register_certificate(security, person_id=judge, content=content)
    good = issue("她", house.middle).pem
    for who in ("xitong", "shenji", "faguan"):
        with pytest.raises(NotPermitted):
            actions.register_certificate(people[who], person_id=judge, content=good)
    with pytest.raises(NotFound):
        actions.register_certificate(security, person_id=security.person_id, content=good)
    assert not Certificate.objects.exists()
