"""Days and minutes that somebody typed into the fields of flows and documents, as these keep them."""

from __future__ import annotations

from collections.abc import Mapping

from antong.catalog.schema import DocumentKind
from antong.kernel.refusal import BadInput
from antong.web import dates


def timed(label: str, name: str, kind: str, text: str, *, written: bool) -> str:
    """Return a typed day or minute as ISO, or as documents write it; other fields as they are.

    `kind` is the field's type; what cannot be read is refused under `f-<name>`.
    """
    if kind not in {"date", "datetime"} or not text.strip():
        return text
    try:
        found = dates.moment(text) if kind == "datetime" else dates.day(text)
    except dates.Unreadable as problem:
        raise BadInput(
            f"没有保存：“{label}”的时间读不出。",
            code="form",
            basis=("案通填写规则：时间写年月日和几时几分",),
            remedy="改正后再办；填写的其他内容还在。",
            who="填写人",
            fields={f"f-{name}": str(problem)},
        ) from None
    if written:
        return dates.words(found)
    return found.strftime("%Y-%m-%dT%H:%M") if kind == "datetime" else found.isoformat()


def readable_dates(kind: DocumentKind, fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields with their dates as documents write them; refuse those that cannot be read, all at once."""
    found, faults = dict(fields), {}
    for field in kind.fields:
        text = found.get(field.key, "").strip()
        if field.type not in {"date", "datetime"} or not text:
            continue
        try:
            read = dates.moment(text) if field.type == "datetime" else dates.day(text)
            found[field.key] = dates.words(read)
        except dates.Unreadable as problem:
            faults[field.key] = str(problem)
    if faults:
        raise BadInput(
            f"不能保存{kind.name}：有 {len(faults)} 处时间读不出。",
            code="document-dates",
            basis=kind.articles[:1] or ("案通填写规则：时间写年月日和几时几分",),
            remedy="改正标红的各项；其余内容还在。",
            who="起草人",
            fields=faults,
        )
    return found
