"""Legal documents: drafted from the case, numbered without gaps or doubles, typeset, filed in their place."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from antong.cases import access as cases_access
from antong.cases.types import CaseAccess
from antong.catalog import loader
from antong.catalog.schema import DocumentKind
from antong.dossier import _derive, _document_rows, _files, _owning, _snapshot, _upload, typesetting
from antong.dossier.models import Document, Dossier, Original, Page, Placement
from antong.dossier.types import DocumentView, IssueFacts
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import Moment, moment
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal, Stale
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org import selectors as org
from antong.org.types import Permission

VOIDED = "文书已作废"
"""Why the pages of a voided document stand no longer in the file."""
LONGEST_NAME = 20
"""How much of a person's name stands in the title of a document in the file."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def kind_of(key: str) -> DocumentKind:
    """Return a kind of document, or refuse."""
    kind = loader.load().document(key)
    if kind is None:
        raise BadInput("不能起草：没有这种文书。", code="document-kind", remedy="从文书列表中选。")
    return kind


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled; an unknown one is left as a blank to write in."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1]) or "＿＿＿＿", text)


@ledger.acted
def draft(
    actor: Actor,
    *,
    case_id: UUID,
    kind: str,
    party_ids: Sequence[UUID] = (),
    fields: Mapping[str, str] | None = None,
    facts: Mapping[str, str] | None = None,
    key: UUID | None = None,
) -> DocumentView:
    """Draft a document; a field left out takes its default from the case. Refuses naming each missing field."""
    org_access.require(actor, Permission.DOCUMENT_DRAFT)
    cases_access.case_for(actor, case_id, Permission.DOCUMENT_DRAFT, lock=True)
    if (answered := ledger.first_answer(actor, key, "document.draft")) is not None:
        return _document_rows.view(Document.objects.get(id=answered["document"], dossier_id=case_id))
    definition = kind_of(kind)
    if not definition.may_draft(actor.unit_kind):
        raise NotPermitted(
            f"不能起草{definition.name}：本单位不制作这种文书。",
            code="not-issuer",
            basis=definition.articles or ("案通文书规则：由制作单位起草",),
            remedy="请制作单位起草；已经制作的，直接随附。",
        )
    filled = _fields(definition, fields or {}, facts or {})
    dossier = _files.locked(case_id)
    row = Document.objects.create(
        dossier=dossier,
        kind=kind,
        unit_id=actor.unit_id,
        party_ids=[str(party_id) for party_id in party_ids],
        fields=filled,
        drafted_by=actor.person_id,
        drafted_name=actor.person_name,
        drafted_at=clock.now(),
    )
    ledger.record(
        actor,
        chain_id=case_id,
        act="document.draft",
        moment=moment(),
        subjects=[row.id, *party_ids],
        after={"kind": kind, "fields": filled},
        key=key,
        answer={"document": row.id},
    )
    return _document_rows.view(row)


def _fields(kind: DocumentKind, given: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, str]:
    filled, missing = {}, {}
    for field in kind.fields:
        value = str(given.get(field.key, "")).strip() or fill(field.default, facts).strip()
        if field.required and (not value or "＿＿＿＿" in value):
            missing[field.key] = f"写明{field.label}"
        filled[field.key] = value
    if missing:
        raise BadInput(
            f"不能起草{kind.name}：有 {len(missing)} 项没有填。",
            code="document-fields",
            basis=kind.articles,
            remedy="补全标红的各项。",
            fields=missing,
        )
    return filled


@ledger.once("document.revise", found=_document_rows.answered)
@transaction.atomic
def revise(
    actor: Actor,
    *,
    document_id: UUID,
    version: int,
    fields: Mapping[str, str],
    facts: Mapping[str, str] | None = None,
    key: UUID | None = None,
) -> DocumentView:
    """Change the fields of a draft; a field left empty takes its default from the case's `facts`."""
    org_access.require(actor, Permission.DOCUMENT_DRAFT)
    _, row = locked(actor, document_id, Permission.DOCUMENT_DRAFT)
    if row.unit_id != actor.unit_id:
        raise NotFound
    if row.version != version:
        raise Stale("不能保存：文书在您打开后已有变动。", current_version=row.version)
    if row.state != "draft":
        raise Refusal(
            "不能改：文书已经签发。",
            code="document-issued",
            basis=("案通文书规则：签发后不得改动",),
            remedy="作废后重新起草。",
        )
    before = dict(row.fields)
    row.fields = _fields(kind_of(row.kind), fields, facts or {})
    row.version += 1
    Document.objects.filter(id=row.id).update(fields=row.fields, version=row.version)
    ledger.record(
        actor,
        chain_id=row.dossier_id,
        act="document.revise",
        moment=moment(),
        subjects=[row.id],
        before=before,
        after=row.fields,
        key=key,
        answer={"document": row.id},
    )
    return _document_rows.view(row)


def issue_many(
    actor: Actor, case_id: UUID, documents: Sequence[tuple[UUID, IssueFacts]], when: Moment
) -> list[dict[str, Any]]:
    """Number, typeset and file several drafts within the caller's act; returns what the ledger keeps of each.

    The number is taken under the lock of its series, so an act that fails leaves no gap. The caller has checked
    access. Documents that are issued already are left as they are.
    """
    if not documents:
        return []
    facts = dict(documents)
    rows = list(
        Document.objects.select_for_update(of=("self",))
        .filter(id__in=facts, dossier_id=case_id, state="draft")
        .order_by("id")
    )
    if not rows:
        return []
    dossier = _files.locked(case_id)
    key = _files.case_key(dossier)
    issued = []
    for row in rows:
        pdf = _set(row, facts[row.id], when)
        original = _file(actor, dossier, key, row, pdf, facts[row.id].values.get("suspect", ""))
        row.original, row.state, row.version = original, "issued", row.version + 1
        row.issued_at, row.happened_at = when.recorded_at, when.happened_at
        issued.append(
            {
                "id": row.id,
                "kind": row.kind,
                "number": row.number,
                "original": original.id,
                "sha256": bytes(original.blob.digest),
            }
        )
    Document.objects.bulk_update(
        rows,
        ["original", "state", "version", "issued_at", "happened_at", "number", "year", "seq", "text", "unit"],
    )
    _files.bump(dossier)
    for row in rows:
        ledger.enqueue(_derive.JOB, original_id=str(row.original_id))
    return issued


def _set(row: Document, facts: IssueFacts, when: Moment) -> bytes:
    kind = kind_of(row.kind)
    day = clock.local(when.happened_at).date()
    row.year, row.unit_id = day.year, facts.issue_unit_id
    if kind.series:
        row.seq = _next(facts.issue_unit_id, kind.key, day.year)
        row.number = kind.series.format(initials=facts.initials, year=day.year, seq=row.seq)
    setting = _setting(kind, facts, row.fields, day, row.number, row.id.hex[-12:])
    row.text = {"body": list(setting.body), "addressee": setting.addressee}
    return typesetting.typeset(setting)


def _setting(
    kind: DocumentKind, facts: IssueFacts, fields: Mapping[str, Any], day: date, number: str, short: str
) -> typesetting.Setting:
    """Return what the pages of a document say; `short` is the end of its id, which its codes carry."""
    values = {**facts.values, **{key: str(value) for key, value in fields.items()}}
    values["date"] = f"{day.year}年{day.month}月{day.day}日"
    values = {key: fill(text, values) if "{" in text else text for key, text in values.items()}
    return typesetting.Setting(
        unit=facts.unit_name,
        name=kind.name,
        number=number,
        addressee=fill(kind.addressee, values) if kind.addressee else "",
        body=[fill(paragraph, values) for paragraph in kind.body],
        closing=kind.closing,
        date=typesetting.chinese_date(day),
        parts=[
            typesetting.SetPart(title=part.title, to=part.to, code=f"antong:d:{short}:{part.key}")
            for part in kind.parts
        ],
    )


def draft_setting(kind_key: str, facts: IssueFacts, fields: Mapping[str, Any]) -> typesetting.Setting:
    """Return what the pages of a draft would say if it were issued today; its number is left open."""
    kind, today = kind_of(kind_key), clock.today()
    number = kind.series.format(initials=facts.initials, year=today.year, seq="＿＿") if kind.series else ""
    return _setting(kind, facts, fields, today, number, "draft")


def _next(unit_id: UUID, kind: str, year: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dossier_numbercounter AS c (unit_id, kind, year, last) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT (unit_id, kind, year) DO UPDATE SET last = c.last + 1 RETURNING last",
            [unit_id, kind, year],
        )
        (last,) = cursor.fetchone()
    return int(last)


def _file(actor: Actor, dossier: Dossier, key: bytes, row: Document, pdf: bytes, suspect: str) -> Original:
    kind = kind_of(row.kind)
    blob = _files.put_bytes(dossier, key, pdf, "application/pdf")
    original = Original.objects.create(
        dossier=dossier,
        blob=blob,
        file_name=f"{kind.name}.pdf",
        page_count=pdf_pages(pdf),
        uploaded_by=actor.person_id,
        uploaded_at=clock.now(),
    )
    whose = suspect[:LONGEST_NAME] if kind.per == "subject" else ""
    title = " ".join(part for part in (kind.name, whose, row.number) if part)
    entry = _upload.make_entry(dossier, kind.place, title, document_id=row.id)
    pages = [
        Page(id=new_id(), dossier=dossier, original=original, index=i) for i in range(original.page_count)
    ]
    Page.objects.bulk_create(pages)
    Placement.objects.bulk_create(
        [Placement(entry=entry, page=page, position=(i + 1) * 1024) for i, page in enumerate(pages)]
    )
    return original


def pdf_pages(pdf: bytes) -> int:
    """Return the number of pages of a PDF that we made ourselves."""
    import pikepdf  # noqa: PLC0415 - heavy, and wanted only when a document is issued

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


def locked(actor: Actor, document_id: UUID, permission: Permission) -> tuple[CaseAccess, Document]:
    """Lock the case of a document, then the document, in the order every act does; three statements.

    Raises NotFound to strangers.
    """
    case_id = Document.objects.filter(id=document_id).values_list("dossier_id", flat=True).first()
    if case_id is None:
        raise NotFound
    case = cases_access.case_for(actor, case_id, permission, lock=True)
    return case, Document.objects.select_for_update(of=("self",)).get(id=document_id)


@ledger.once("document.void", found=_document_rows.answered)
@transaction.atomic
def void(actor: Actor, *, document_id: UUID, reason: str, key: UUID | None = None) -> DocumentView:
    """Void a document, with a reason: its number stays used, its pages leave the file.

    Only the unit that made it does, while it handles the case, and not once it has been sent.
    """
    org_access.require(actor, Permission.DOCUMENT_DRAFT)
    case, row = locked(actor, document_id, Permission.DOCUMENT_DRAFT)
    if row.state == "void":
        raise NotFound
    if not reason.strip():
        raise BadInput(
            "不能作废：须写明理由。",
            code="reason-empty",
            basis=("案通文书规则：作废须有理由，文号不再使用",),
            remedy="写明为什么作废。",
            fields={"reason": "写明理由"},
        )
    _may_void(actor, case, row)
    Document.objects.filter(id=row.id).update(state="void", version=row.version + 1)
    row.state, row.version = "void", row.version + 1
    pages = Placement.objects.filter(entry__document_id=row.id, active=True)
    if pages.update(active=False, ended_reason=VOIDED):
        _files.bump(_files.locked(case.id))
    ledger.record(
        actor,
        chain_id=row.dossier_id,
        act="document.void",
        moment=moment(),
        subjects=[row.id],
        after={"reason": reason.strip(), "number": row.number},
        key=key,
        answer={"document": row.id},
    )
    return _document_rows.view(row)


def _may_void(actor: Actor, case: CaseAccess, row: Document) -> None:
    if not _owning.issued_by(actor, row):
        raise NotPermitted(
            "不能作废：文书由其他单位制作。",
            code="not-issuer",
            basis=("案通文书规则：由制作单位作废",),
            remedy="认为文书有误的，退回移送单位，或告知制作单位更正。",
            who=org.unit(row.unit_id).name,
        )
    if row.state == "draft":
        return
    if not case.living:
        raise cases_access.not_handling(case.role, "作废文书")
    if _snapshot.sent(row.dossier_id, row.id):
        raise Refusal(
            "不能作废：文书已随移送发出。",
            code="document-sent",
            basis=("案通文书规则：已发出的文书不得作废，以更正文书更正",),
            remedy="另行制作更正的文书发出；尚未受理的，先撤回移送。",
            who="本单位负责人",
        )


def refuse_void(documents: Sequence[DocumentView]) -> None:
    """Refuse documents of which one has been voided: it is approved and sent no more; no statement."""
    void_ = [document.kind for document in documents if document.state == "void"]
    if void_:
        raise _snapshot.not_in_force(void_)
