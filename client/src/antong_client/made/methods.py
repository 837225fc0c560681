"""Each operation of the interface. Made by tools/client.py from docs/openapi.json: change that, not this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from antong_client.carrying import Answer, Caller, Content, Headers, new_key, quoted
from antong_client.made import types as t

_LIST_CASES: Answer[t.PageCaseRow] = Answer(t.PageCaseRow)
_REGISTER_CASE: Answer[t.Registered] = Answer(t.Registered)
_FIND_CASES: Answer[t.PageCaseRow] = Answer(t.PageCaseRow)
_READ_CASE: Answer[t.Case] = Answer(t.Case)
_AMEND_CASE: Answer[t.Entered] = Answer(t.Entered)
_LIST_DOCUMENTS: Answer[list[t.Document]] = Answer(list[t.Document])
_DRAFT_DOCUMENT: Answer[t.Document] = Answer(t.Document)
_ISSUE_DOCUMENT: Answer[t.Document] = Answer(t.Document)
_REVISE_DOCUMENT: Answer[t.Document] = Answer(t.Document)
_VOID_DOCUMENT: Answer[t.Document] = Answer(t.Document)
_READ_ENTRIES: Answer[t.Entries] = Answer(t.Entries)
_READ_FILE: Answer[t.File] = Answer(t.File)
_LIST_HANDOVERS: Answer[list[t.HandOver]] = Answer(list[t.HandOver])
_READ_LIMITS: Answer[list[t.Limit]] = Answer(list[t.Limit])
_READ_ORIGINAL: Answer[Content] = Answer(Content)
_READ_PAGE: Answer[t.PageFacts] = Answer(t.PageFacts)
_READ_PAGE_IMAGE: Answer[Content] = Answer(Content)
_ADD_PARTIES: Answer[t.Entered] = Answer(t.Entered)
_AMEND_PARTY: Answer[t.Entered] = Answer(t.Entered)
_BEGIN_UPLOAD: Answer[t.Incoming] = Answer(t.Incoming)
_UPLOAD_SCANS: Answer[t.Uploaded] = Answer(t.Uploaded)
_LIST_TABLES: Answer[list[str]] = Answer(list[str])
_READ_CODES: Answer[list[t.Code]] = Answer(list[t.Code])
_LIST_DOCUMENT_KINDS: Answer[list[t.DocumentKind]] = Answer(list[t.DocumentKind])
_LIST_EVENTS: Answer[t.Events] = Answer(t.Events)
_LIST_FLOWS: Answer[list[t.Flow]] = Answer(list[t.Flow])
_READ_FLOW: Answer[t.Flow] = Answer(t.Flow)
_COMPOSE: Answer[t.Done] = Answer(t.Done)
_READ_HANDOVER: Answer[t.HandOver] = Answer(t.HandOver)
_ACCEPT: Answer[t.Done] = Answer(t.Done)
_AMEND: Answer[t.Done] = Answer(t.Done)
_PROPOSE_ANSWER: Answer[t.Done] = Answer(t.Done)
_APPROVE: Answer[t.Done] = Answer(t.Done)
_APPROVE_ANSWER: Answer[t.Done] = Answer(t.Done)
_ASSIGN: Answer[t.Done] = Answer(t.Done)
_NUDGE: Answer[t.Nudged] = Answer(t.Nudged)
_READ_ANSWER: Answer[None] = Answer(None)
_RESOLVE_REASON: Answer[t.Done] = Answer(t.Done)
_RETURN_FILE: Answer[t.Done] = Answer(t.Done)
_BEGIN_ROUND: Answer[t.Done] = Answer(t.Done)
_SEND: Answer[t.Done] = Answer(t.Done)
_SUBMIT: Answer[t.Done] = Answer(t.Done)
_WITHDRAW: Answer[t.Done] = Answer(t.Done)
_READ_INBOX: Answer[t.PageInboxRow] = Answer(t.PageInboxRow)
_LIST_PEOPLE: Answer[list[t.Person]] = Answer(list[t.Person])
_READ_SELF: Answer[t.Self] = Answer(t.Self)
_READ_SHEET_SCHEMA: Answer[dict[str, Any]] = Answer(dict[str, Any])
_LIST_UNITS: Answer[list[t.Unit]] = Answer(list[t.Unit])
_END_UPLOAD: Answer[None] = Answer(None)
_READ_UPLOAD: Answer[t.Incoming] = Answer(t.Incoming)
_ASK_UPLOAD: Answer[Headers] = Answer(Headers)
_SEND_PART: Answer[Headers] = Answer(Headers)


class Operations(Caller):
    """What may be asked and done; every method raises `Refused`."""

    def list_cases(
        self,
        *,
        stage: t.Stage | None = None,
        role: t.GrantRole | None = None,
        category: str = "",
        due: Literal["", "overdue", "day", "three", "week", "later", "soon", "none"] = "",
        held: Literal["", "yes", "no"] = "",
        mine: bool = False,
        order: Literal["due", "changed", "number", "stage"] = "due",
        page: int = 1,
        size: int = 50,
    ) -> t.PageCaseRow:
        """List the cases that the unit sees, filtered and paged."""
        return self._call(
            "GET",
            "/api/v1/cases",
            _LIST_CASES,
            query={
                "stage": stage,
                "role": role,
                "category": category,
                "due": due,
                "held": held,
                "mine": mine,
                "order": order,
                "page": page,
                "size": size,
            },
        )

    def register_case(self, body: t.Register, *, key: str | None = None) -> t.Registered:
        """Register a case (受案)."""
        return self._call("POST", "/api/v1/cases", _REGISTER_CASE, body=body, key=key or new_key())

    def find_cases(self, body: t.Find) -> t.PageCaseRow:
        """Find cases by a text; a POST that changes nothing, so that no name stands in an address or a log."""
        return self._call("POST", "/api/v1/cases/find", _FIND_CASES, body=body)

    def read_case(self, case_id: UUID) -> t.Case:
        """Read a case: its sheet (案卡) as the unit sees it. The reading is recorded."""
        return self._call("GET", f"/api/v1/cases/{case_id}", _READ_CASE)

    def amend_case(self, case_id: UUID, body: t.AmendCase, *, key: str | None = None) -> t.Entered:
        """Change place, brief, category or source."""
        return self._call(
            "POST", f"/api/v1/cases/{case_id}/amend", _AMEND_CASE, body=body, key=key or new_key()
        )

    def list_documents(self, case_id: UUID) -> list[t.Document]:
        """List the legal documents that the unit may know of, newest first. The reading is recorded."""
        return self._call("GET", f"/api/v1/cases/{case_id}/documents", _LIST_DOCUMENTS)

    def draft_document(self, case_id: UUID, body: t.NewDocument, *, key: str | None = None) -> t.Document:
        """Draft a document from the case's data and the fields given."""
        return self._call(
            "POST", f"/api/v1/cases/{case_id}/documents", _DRAFT_DOCUMENT, body=body, key=key or new_key()
        )

    def issue_document(
        self, case_id: UUID, document_id: UUID, body: t.Issue, *, key: str | None = None
    ) -> t.Document:
        """Number and set a draft that needs no hand-over; `fields`, where given, are saved first."""
        return self._call(
            "POST",
            f"/api/v1/cases/{case_id}/documents/{document_id}/issue",
            _ISSUE_DOCUMENT,
            body=body,
            key=key or new_key(),
        )

    def revise_document(
        self, case_id: UUID, document_id: UUID, body: t.Issue, *, key: str | None = None
    ) -> t.Document:
        """Change the fields of a draft of the unit."""
        return self._call(
            "POST",
            f"/api/v1/cases/{case_id}/documents/{document_id}/revise",
            _REVISE_DOCUMENT,
            body=body,
            key=key or new_key(),
        )

    def void_document(
        self, case_id: UUID, document_id: UUID, body: t.Void, *, key: str | None = None
    ) -> t.Document:
        """Void a document that no hand-over rests on."""
        return self._call(
            "POST",
            f"/api/v1/cases/{case_id}/documents/{document_id}/void",
            _VOID_DOCUMENT,
            body=body,
            key=key or new_key(),
        )

    def read_entries(
        self,
        case_id: UUID,
        *,
        act: str = "",
        before: int | None = None,
        after: int | None = None,
        most: int = 50,
    ) -> t.Entries:
        """Read the ledger of a case, newest first: all of a case that is seen whole, else what the unit did itself."""
        return self._call(
            "GET",
            f"/api/v1/cases/{case_id}/entries",
            _READ_ENTRIES,
            query={"act": act, "before": before, "after": after, "most": most},
        )

    def read_file(self, case_id: UUID) -> t.File:
        """Read what is in the file: volumes, entries, pages. The reading is recorded."""
        return self._call("GET", f"/api/v1/cases/{case_id}/file", _READ_FILE)

    def list_handovers(self, case_id: UUID) -> list[t.HandOver]:
        """List the hand-overs of a case that the unit may know of, newest first. The reading is recorded."""
        return self._call("GET", f"/api/v1/cases/{case_id}/handovers", _LIST_HANDOVERS)

    def read_limits(self, case_id: UUID) -> list[t.Limit]:
        """Read the time limits of a case, running ones first. The reading is recorded."""
        return self._call("GET", f"/api/v1/cases/{case_id}/limits", _READ_LIMITS)

    def read_original(self, case_id: UUID, original_id: UUID) -> Content:
        """Fetch an original as it was uploaded, or a document as it was issued; a POST, since the reading is recorded.

        A `Range` gives a part of it, at most 8 MB at a time.
        """
        return self._call("POST", f"/api/v1/cases/{case_id}/originals/{original_id}/content", _READ_ORIGINAL)

    def read_page(self, case_id: UUID, page_id: UUID) -> t.PageFacts:
        """Read what was measured of a page, and what is doubtful about it. The reading is recorded."""
        return self._call("GET", f"/api/v1/cases/{case_id}/pages/{page_id}", _READ_PAGE)

    def read_page_image(self, case_id: UUID, page_id: UUID) -> Content:
        """Fetch the image of a page (JPEG); a POST, since the reading is recorded. 404 until its job has made it."""
        return self._call("POST", f"/api/v1/cases/{case_id}/pages/{page_id}/image", _READ_PAGE_IMAGE)

    def add_parties(self, case_id: UUID, body: t.AddParties, *, key: str | None = None) -> t.Entered:
        """Add parties."""
        return self._call(
            "POST", f"/api/v1/cases/{case_id}/parties", _ADD_PARTIES, body=body, key=key or new_key()
        )

    def amend_party(
        self, case_id: UUID, party_id: UUID, body: t.AmendParty, *, key: str | None = None
    ) -> t.Entered:
        """Change what is known of a party."""
        return self._call(
            "POST",
            f"/api/v1/cases/{case_id}/parties/{party_id}/amend",
            _AMEND_PARTY,
            body=body,
            key=key or new_key(),
        )

    def begin_upload(
        self, case_id: UUID, *, upload_length: int, upload_metadata: str, key: str | None = None
    ) -> t.Incoming:
        """Begin an upload of `Upload-Length` bytes; `Upload-Metadata` says the filename and where it goes."""
        return self._call(
            "POST",
            f"/api/v1/cases/{case_id}/resumable-uploads",
            _BEGIN_UPLOAD,
            headers={"Upload-Length": upload_length, "Upload-Metadata": upload_metadata},
            key=key or new_key(),
        )

    def upload_scans(
        self,
        case_id: UUID,
        files: Sequence[tuple[str, bytes]],
        *,
        catalogue_key: str = "",
        entry_id: UUID | None = None,
        replace_page_id: UUID | None = None,
        title: str = "",
        key: str | None = None,
    ) -> t.Uploaded:
        """Take scans in (PDF, JPEG, PNG, TIFF; multipart, several `files`): good ones are taken, bad ones named with why."""
        return self._call(
            "POST",
            f"/api/v1/cases/{case_id}/uploads",
            _UPLOAD_SCANS,
            files=files,
            form={
                "catalogue_key": catalogue_key,
                "entry_id": entry_id,
                "replace_page_id": replace_page_id,
                "title": title,
            },
            key=key or new_key(),
        )

    def list_tables(self) -> list[str]:
        """List the code tables."""
        return self._call("GET", "/api/v1/codes", _LIST_TABLES)

    def read_codes(self, table: str) -> list[t.Code]:
        """Read a code table."""
        return self._call("GET", f"/api/v1/codes/{quoted(table)}", _READ_CODES)

    def list_document_kinds(self) -> list[t.DocumentKind]:
        """List the kinds of legal document and what each asks for."""
        return self._call("GET", "/api/v1/document-kinds", _LIST_DOCUMENT_KINDS)

    def list_events(self, *, after: int = -1, most: int = 200) -> t.Events:
        """List what happened to the unit's hand-overs: arrived, accepted, returned, answered, withdrawn, nudged, overdue.

        By ids alone: read the hand-over for the rest. Each is listed within seconds of its act, and none is missed.
        """
        return self._call("GET", "/api/v1/events", _LIST_EVENTS, query={"after": after, "most": most})

    def list_flows(self) -> list[t.Flow]:
        """List the flows in force."""
        return self._call("GET", "/api/v1/flows", _LIST_FLOWS)

    def read_flow(self, flow: str) -> t.Flow:
        """Read a flow."""
        return self._call("GET", f"/api/v1/flows/{quoted(flow)}", _READ_FLOW)

    def compose(self, body: t.Compose, *, key: str | None = None) -> t.Done:
        """Begin a hand-over; its documents that follow from the case and from `texts` are drafted."""
        return self._call("POST", "/api/v1/handovers", _COMPOSE, body=body, key=key or new_key())

    def read_handover(self, handover_id: UUID) -> t.HandOver:
        """Read a hand-over: state, version, receipts, reasons, what the checks found. The reading is recorded."""
        return self._call("GET", f"/api/v1/handovers/{handover_id}", _READ_HANDOVER)

    def accept(self, handover_id: UUID, body: t.Accept, *, key: str | None = None) -> t.Done:
        """Accept (受理) or sign for a hand-over."""
        return self._call(
            "POST", f"/api/v1/handovers/{handover_id}/accept", _ACCEPT, body=body, key=key or new_key()
        )

    def amend(self, handover_id: UUID, body: t.Amend, *, key: str | None = None) -> t.Done:
        """Change a draft; only what is given changes."""
        return self._call(
            "POST", f"/api/v1/handovers/{handover_id}/amend", _AMEND, body=body, key=key or new_key()
        )

    def propose_answer(self, handover_id: UUID, body: t.Answer, *, key: str | None = None) -> t.Done:
        """Propose how a request is answered, one outcome a person."""
        return self._call(
            "POST",
            f"/api/v1/handovers/{handover_id}/answer",
            _PROPOSE_ANSWER,
            body=body,
            key=key or new_key(),
        )

    def approve(self, handover_id: UUID, body: t.Decide, *, key: str | None = None) -> t.Done:
        """Approve, or send back with a comment, in the name of the person whose duty the token acts on."""
        return self._call(
            "POST", f"/api/v1/handovers/{handover_id}/approve", _APPROVE, body=body, key=key or new_key()
        )

    def approve_answer(self, handover_id: UUID, body: t.Decide, *, key: str | None = None) -> t.Done:
        """Approve a proposed answer, or send it back, in the name of the person whose duty the token acts on."""
        return self._call(
            "POST",
            f"/api/v1/handovers/{handover_id}/approve-answer",
            _APPROVE_ANSWER,
            body=body,
            key=key or new_key(),
        )

    def assign(self, handover_id: UUID, body: t.Assign, *, key: str | None = None) -> t.Done:
        """Give a hand-over to another person of the unit (分案)."""
        return self._call(
            "POST", f"/api/v1/handovers/{handover_id}/assign", _ASSIGN, body=body, key=key or new_key()
        )

    def nudge(self, handover_id: UUID, body: t.Nudge, *, key: str | None = None) -> t.Nudged:
        """Remind whoever has to act (催办)."""
        return self._call(
            "POST", f"/api/v1/handovers/{handover_id}/nudge", _NUDGE, body=body, key=key or new_key()
        )

    def read_answer(self, handover_id: UUID, *, key: str | None = None) -> None:
        """Sign for an answer; once is enough."""
        return self._call(
            "POST", f"/api/v1/handovers/{handover_id}/read-answer", _READ_ANSWER, key=key or new_key()
        )

    def resolve_reason(
        self, handover_id: UUID, reason_id: UUID, body: t.Resolve, *, key: str | None = None
    ) -> t.Done:
        """Answer a reason of the last return."""
        return self._call(
            "POST",
            f"/api/v1/handovers/{handover_id}/reasons/{reason_id}",
            _RESOLVE_REASON,
            body=body,
            key=key or new_key(),
        )

    def return_file(self, handover_id: UUID, body: t.Return, *, key: str | None = None) -> t.Done:
        """Return a file with its reasons (退回), to be mended by a day."""
        return self._call(
            "POST", f"/api/v1/handovers/{handover_id}/return", _RETURN_FILE, body=body, key=key or new_key()
        )

    def begin_round(self, handover_id: UUID, body: t.Versioned, *, key: str | None = None) -> t.Done:
        """Begin to mend a returned file."""
        return self._call(
            "POST", f"/api/v1/handovers/{handover_id}/round", _BEGIN_ROUND, body=body, key=key or new_key()
        )

    def send(self, handover_id: UUID, body: t.Act, *, key: str | None = None) -> t.Done:
        """Send what was approved."""
        return self._call(
            "POST", f"/api/v1/handovers/{handover_id}/send", _SEND, body=body, key=key or new_key()
        )

    def submit(self, handover_id: UUID, body: t.Submit, *, key: str | None = None) -> t.Done:
        """Check a draft and send it up for approval; what the law demands cannot be explained away."""
        return self._call(
            "POST", f"/api/v1/handovers/{handover_id}/submit", _SUBMIT, body=body, key=key or new_key()
        )

    def withdraw(self, handover_id: UUID, body: t.Withdraw, *, key: str | None = None) -> t.Done:
        """Withdraw what nobody has accepted, with a reason."""
        return self._call(
            "POST", f"/api/v1/handovers/{handover_id}/withdraw", _WITHDRAW, body=body, key=key or new_key()
        )

    def read_inbox(
        self, *, done: bool = False, flow: str = "", page: int = 1, size: int = 50
    ) -> t.PageInboxRow:
        """List what the unit has received: what waits, most urgent first, or what it has taken."""
        return self._call(
            "GET",
            "/api/v1/inbox",
            _READ_INBOX,
            query={"done": done, "flow": flow, "page": page, "size": size},
        )

    def list_people(self) -> list[t.Person]:
        """List who holds posts in the unit: who a case can be given to."""
        return self._call("GET", "/api/v1/people", _LIST_PEOPLE)

    def read_self(self) -> t.Self:
        """Say who the token acts as, and what it allows."""
        return self._call("GET", "/api/v1/self", _READ_SELF)

    def read_sheet_schema(self) -> dict[str, Any]:
        """Read the JSON schema of the case sheet (案卡)."""
        return self._call("GET", "/api/v1/sheet-schema", _READ_SHEET_SCHEMA)

    def list_units(self, *, kind: t.UnitKind | None = None) -> list[t.Unit]:
        """List the units in force, of a kind when given."""
        return self._call("GET", "/api/v1/units", _LIST_UNITS, query={"kind": kind})

    def end_upload(self, upload_id: UUID) -> None:
        """End an upload that has not come whole; what came is removed."""
        return self._call("DELETE", f"/api/v1/uploads/{upload_id}", _END_UPLOAD)

    def read_upload(self, upload_id: UUID) -> t.Incoming:
        """Read what became of an upload: open, taking, taken with its pages, or refused with why."""
        return self._call("GET", f"/api/v1/uploads/{upload_id}", _READ_UPLOAD)

    def ask_upload(self, upload_id: UUID) -> Headers:
        """Ask how far an upload has come: `Upload-Offset`."""
        return self._call("HEAD", f"/api/v1/uploads/{upload_id}", _ASK_UPLOAD)

    def send_part(
        self, upload_id: UUID, part: bytes, *, upload_offset: int, upload_checksum: str = ""
    ) -> Headers:
        """Send a part from `Upload-Offset` on; what was answered is on disk, and the last part has the file taken in."""
        return self._call(
            "PATCH",
            f"/api/v1/uploads/{upload_id}",
            _SEND_PART,
            headers={"Upload-Offset": upload_offset, "Upload-Checksum": upload_checksum},
            part=part,
            once=True,
        )
