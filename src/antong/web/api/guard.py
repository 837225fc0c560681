"""Who calls, and what the token allows: every operation declares its permission by `auth=Bearer(Permission.X)`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja.security import HttpBearer
from pydantic import BaseModel

from antong.catalog import loader
from antong.flow import selectors as flow
from antong.kernel.refusal import BadInput, NotPermitted
from antong.org import access as org_access
from antong.org import actions as org
from antong.org.types import Caller, Permission
from antong.web import reading


class ApiRequest(HttpRequest):
    """A request of a system that was recognised."""

    auth: Caller


class Bearer(HttpBearer):
    """Recognises the token of a request and refuses what it does not allow; nobody else is let in.

    `takes` is what the operation asks an address for: a misspelt filter is refused, never passed over.
    """

    def __init__(self, permission: Permission, takes: type[BaseModel] | None = None) -> None:
        super().__init__()
        self.permission = permission
        self.takes = frozenset(takes.model_fields if takes else ())

    def __call__(self, request: HttpRequest) -> Caller:
        """Return who calls; raises NotRecognised, NotPermitted."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        caller = org.recognise(
            secret.strip() if scheme.lower() == self.openapi_scheme else "",
            request.META.get("REMOTE_ADDR", ""),
        )
        if not caller.noted:
            reading.spool_use(caller.token_id)
        org_access.require_permission(caller.actor, self.permission)
        unknown = sorted(set(request.GET) - self.takes)
        if unknown:
            raise BadInput(
                f"没有办成：地址里有 {len(unknown)} 项不认识。",
                code="fields",
                basis=("案通对接规则：按接口说明调用",),
                remedy="去掉或改正这些项后重试。",
                fields={name[:200].replace("\0", ""): "没有这一项" for name in unknown},
            )
        if any("\0" in text for _, row in request.GET.lists() for text in row):
            raise BadInput(
                "没有办成：地址里有不能保存的字符（NUL）。",
                code="unreadable",
                basis=("案通登记规则：只收文字",),
                remedy="去掉这些字符后重试。",
            )
        return caller

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Nothing: the token is recognised above, with where it comes from."""
        raise NotImplementedError


def within(caller: Caller, key: str) -> None:
    """Refuse a flow that the token was not given; no statement."""
    if caller.may_use(key):
        return
    known = loader.load().flow(key)
    raise NotPermitted(
        f"不能办理：令牌没有“{known.name if known else key[:60]}”这个流程。",
        code="token-flow",
        basis=("案通对接规则：令牌只办签发时选定的流程",),
        remedy="请系统管理员按需要的流程另行签发令牌。",
        who="系统管理员签发，安全管理员启用",
    )


def within_handover(caller: Caller, handover_id: UUID) -> None:
    """Refuse a hand-over of a flow that the token was not given; one statement, none where it has all."""
    if caller.flows:
        within(caller, flow.flow_of(caller.actor, handover_id))
