"""The words a definition may use. What each means: docs/catalog-flows.md.

`catalog` stands below the rooms that own these things, so the words are listed here and tests hold them against
the enums of `org` and `cases`.
"""

from __future__ import annotations

from typing import Final

UNIT_KINDS: Final = frozenset(
    {
        "committee",
        "court",
        "detention",
        "hub",
        "justice",
        "legal_aid",
        "police",
        "police_station",
        "prison",
        "procuratorate",
        "supervision",
    }
)
LEVELS: Final = frozenset({"prefecture", "county", "town"})
LEADERS: Final = frozenset(
    {
        "court_leader",
        "detention_leader",
        "justice_leader",
        "police_leader",
        "police_legal",
        "prison_leader",
        "procuratorate_leader",
    }
)
"""Roles that may approve."""

STAGES: Final = {
    "registered": "受案",
    "investigation": "侦查",
    "prosecution_review": "审查起诉",
    "supplementary": "补充侦查",
    "trial": "一审",
    "effective": "判决生效",
    "execution": "执行",
    "closed": "终结",
}
FIRST: Final = ("registered", "")
"""Stage and state of a suspect just entered."""
LAST: Final = "closed"
"""The stage that needs no way out."""

STATES: Final = {
    "": "未采取措施",
    "investigated": "侦查中",
    "detained": "已拘留",
    "arrest_requested": "提请批准逮捕",
    "arrest_approved": "已批准逮捕",
    "arrest_refused": "不批准逮捕",
    "arrested": "已逮捕",
    "bailed": "取保候审",
    "watched": "监视居住",
    "released": "已释放",
    "reviewed": "审查起诉中",
    "supplementing": "补充侦查中",
    "tried": "审理中",
    "sentenced_prison": "判处有期徒刑",
    "sentenced_detention": "判处拘役",
    "sentenced_probation": "宣告缓刑",
    "sentenced_exempt": "免予刑事处罚",
    "acquitted": "宣告无罪",
    "delivered": "已交付执行",
    "serving": "服刑中",
    "correcting": "社区矫正中",
    "not_filed": "不予立案",
    "not_pursued": "终止侦查",
    "not_prosecuted": "不起诉",
    "released_served": "刑满释放",
    "corrected": "解除社区矫正",
}
"""States of a suspect within a stage. How a suspect is held stands in the measures, not here."""

MEASURES: Final = {
    "summons": "拘传",
    "detention": "拘留",
    "arrest": "逮捕",
    "bail": "取保候审",
    "residential_surveillance": "监视居住",
    "imprisonment": "服刑",
    "probation": "缓刑考验",
}
GRANT_ROLES: Final = frozenset({"handling", "co_handling", "reviewing", "past", "supervision"})

TESTS: Final[dict[str, frozenset[str]]] = {
    "parties-named": frozenset(),
    "charges-present": frozenset(),
    "volumes-not-empty": frozenset({"volumes"}),
    "entries-present": frozenset({"entries"}),
    "measure-in-force": frozenset({"kinds"}),
    "limit-not-passed": frozenset({"rules"}),
    "pages-readable": frozenset(),
    "times-at-most": frozenset({"flow", "most"}),
    "none-open": frozenset({"flows"}),
    "days-ahead": frozenset({"field", "days"}),
    "day-not-ahead": frozenset({"field"}),
    "field-is": frozenset({"field", "value"}),
    "limit-run-out": frozenset({"rules"}),
    "limit-running": frozenset({"rules"}),
    "limit-suspended": frozenset({"rules"}),
    "served-on": frozenset({"flow", "units"}),
}
"""Check test -> the parameters it takes, all of them required."""

SIGNERS: Final = frozenset(
    {"officer", "suspect", "guarantor", "victim", "witness", "family", "recipient", "counsel"}
)
"""Who signs a document by hand."""

PLACEHOLDERS: Final = frozenset(
    {
        "unit",
        "case_name",
        "case_number",
        "suspects",
        "suspects_facts",
        "suspect",
        "suspect_facts",
        "charge",
        "charge_article",
        "brief",
        "place",
        "occurred",
        "receiver",
        "date",
        "person",
        "reason",
        "opinions",
        "evidence_titles",
    }
)
"""What the text of a document may name beside its own fields and those of a flow that carries it."""
