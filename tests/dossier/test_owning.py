"""Whose papers and volumes are whose; pages that cannot be read; what a PDF may not carry."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pikepdf
import pytest

from antong.dossier import actions, jobs, parser, selectors
from antong.dossier.types import Upload
from antong.flow import actions as flow
from antong.kernel.refusal import BadInput, NotPermitted, Refusal
from walking import hand_over

People = dict[str, Any]


@pytest.fixture
def at_procuratorate(people: People, investigated: UUID) -> UUID:
    sent = hand_over(people, investigated, "prosecution-transfer")
    flow.accept(people["anguan"], handover_id=sent.handover_id, version=sent.version)
    return investigated


def scanned(scan: bytes, name: str = "页.jpg") -> list[Upload]:
    return [Upload(file_name=name, content=io.BytesIO(scan + name.encode()))]


def test_no_unit_changes_the_volumes_and_papers_of_another(
    people: People, at_procuratorate: UUID, scan: bytes
) -> None:
    office, case_id = people["anguan"], at_procuratorate
    tree = selectors.tree(case_id)
    page = next(
        e.pages[0] for v in tree.volumes if v.catalogue_key == "evidence" for e in v.entries if e.pages
    )
    with pytest.raises(NotPermitted) as refused:
        actions.remove_page(office, case_id=case_id, page_id=page.id, reason="无用")
    assert refused.value.code == "volume-of-others"
    with pytest.raises(NotPermitted):
        actions.rotate_page(office, case_id=case_id, page_id=page.id)
    with pytest.raises(NotPermitted):
        actions.upload(office, case_id=case_id, catalogue_key="ev-victim.victim", files=scanned(scan))
    opinion = next(one for one in selectors.documents(case_id) if one.kind == "indictment-opinion")
    made = actions.upload(
        office, case_id=case_id, catalogue_key="pro.indictment", files=scanned(scan, "签.jpg")
    )
    with pytest.raises(NotPermitted) as refused:
        actions.attach_signed(office, document_id=opinion.id, original_ids=made.original_ids)
    assert refused.value.code == "not-issuer"
    assert not any(volume == "证据材料卷" for volume in selectors.catalogue(office.unit_kind))


def test_an_unknown_volume_is_refused(people: People, new_case: Callable[..., UUID]) -> None:
    with pytest.raises(BadInput):
        actions.add_volume(people["zhencha"], case_id=new_case(), catalogue_key="x" * 60, title="第二册")


class Last:
    """The context of a job's last try."""

    class job:  # noqa: N801 - as the queue names it
        id, attempts = 7, 4


def test_a_page_that_ends_the_parser_is_marked_and_can_be_tried_again(
    people: People, new_case: Callable[..., UUID], scan: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from procrastinate.contrib.django import app

    case_id = new_case()
    made = actions.upload(
        people["zhencha"], case_id=case_id, catalogue_key="ev-victim.victim", files=scanned(scan)
    )
    run = parser._run

    def dies(*_: Any) -> bytes:
        raise parser.ParserFailed("out of time")

    monkeypatch.setattr(parser, "_run", dies)
    task = app.tasks["dossier.derive-original"]
    with pytest.raises(parser.ParserFailed):
        task.func(Last, original_id=str(made.original_ids[0]))
    assert selectors.progress(case_id) == (0, 1, 1)
    assert selectors.stats(case_id).waiting == 0
    monkeypatch.setattr(parser, "_run", run)
    assert actions.retry_failed(people["zhencha"], case_id=case_id) == 1
    jobs.derive_original(str(made.original_ids[0]))
    assert selectors.progress(case_id) == (1, 0, 1)
    with pytest.raises(Refusal):
        actions.retry_failed(people["zhencha"], case_id=case_id)


def pdf(change: Callable[[pikepdf.Pdf], None]) -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def attached(document: pikepdf.Pdf) -> None:
    stream = document.make_stream(b"x")
    document.Root.Extra = pikepdf.Dictionary(EF=pikepdf.Dictionary(F=stream), F="a.exe")


def submits(document: pikepdf.Pdf) -> None:
    document.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F="http://x"))


def elsewhere(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.GoToR, F="other.pdf", D=pikepdf.Array([0]))


@pytest.mark.parametrize("change", [attached, submits, elsewhere])
def test_a_pdf_that_carries_or_sends_is_refused(
    people: People, new_case: Callable[..., UUID], change: Callable[[pikepdf.Pdf], None]
) -> None:
    file = Upload(file_name="a.pdf", content=io.BytesIO(pdf(change)))
    with pytest.raises(BadInput) as refused:
        actions.upload(people["zhencha"], case_id=new_case(), catalogue_key="ev-victim.victim", files=[file])
    assert refused.value.code == "scripted"


def test_a_pdf_that_only_speaks_of_scripts_is_taken(people: People, new_case: Callable[..., UUID]) -> None:
    def titled(document: pikepdf.Pdf) -> None:
        document.docinfo["/Title"] = "path /JS and /Launch"

    file = Upload(file_name="a.pdf", content=io.BytesIO(pdf(titled)))
    made = actions.upload(
        people["zhencha"], case_id=new_case(), catalogue_key="ev-victim.victim", files=[file]
    )
    assert len(made.page_ids) == 1
