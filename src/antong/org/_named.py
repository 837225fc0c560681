"""What an entry of the house's own record is about, in words: people, units, posts, tokens, certificates, terminals, callbacks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat

from antong.org.models import Certificate, Duty, Person, Post, SystemToken, Terminal, Unit, Webhook


def _words(rows: QuerySet[Any], ids: set[UUID], *parts: str) -> QuerySet[Any, Any]:
    """Return ids and words of rows; a part that is no field stands as it is."""
    fields = {field.name for field in rows.model._meta.get_fields()}  # noqa: SLF001 - Django's own way to a model's fields
    said = [
        Cast(F(part), CharField()) if part.split("__")[0] in fields else Value(part, output_field=CharField())
        for part in parts
    ]
    words = said[0] if len(said) == 1 else Concat(*said, output_field=CharField())
    found: QuerySet[Any, Any] = (
        rows.filter(id__in=ids).order_by().annotate(words=words).values_list("id", "words")
    )
    return found


def named(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what the things are called that entries name by id, as far as they are known here; one statement."""
    wanted = set(ids)
    if not wanted:
        return {}
    first, *rest = (
        _words(Person.objects.all(), wanted, "name"),
        _words(Unit.objects.all(), wanted, "name"),
        _words(Post.objects.all(), wanted, "unit__name", " ", "name"),
        _words(Duty.objects.all(), wanted, "post__unit__name", " ", "post__name", "（", "person__name", "）"),
        _words(SystemToken.objects.all(), wanted, "令牌 ", "prefix", "（", "system", "）"),
        _words(Certificate.objects.all(), wanted, "证书 ", "serial"),
        _words(Terminal.objects.all(), wanted, "终端 ", "name"),
        _words(Webhook.objects.all(), wanted, "回调 ", "url"),
    )
    return dict(first.union(*rest, all=True))
