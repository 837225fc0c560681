"""The words of definitions are those of the rooms that act on them."""

from __future__ import annotations

from antong.cases.types import GrantRole, MeasureKind, Stage
from antong.catalog import vocabulary as words
from antong.flow import _checks
from antong.org.types import ROLE_PERMISSIONS, Level, Permission, Role, UnitKind


def test_units_and_levels() -> None:
    assert {kind.value for kind in UnitKind} == words.UNIT_KINDS
    assert {level.value for level in Level} == words.LEVELS


def test_whoever_a_definition_lets_approve_holds_the_permission() -> None:
    may = {role.value for role in Role if Permission.HANDOVER_APPROVE in ROLE_PERMISSIONS[role]}
    assert may == words.LEADERS


def test_stages_measures_and_grants() -> None:
    assert {stage.value: stage.label for stage in Stage} == words.STAGES
    assert {kind.value: kind.label for kind in MeasureKind} == words.MEASURES
    assert {role.value for role in GrantRole} == words.GRANT_ROLES


def test_every_check_test_is_one_that_the_engine_knows() -> None:
    assert set(_checks._TESTS) == set(words.TESTS)
