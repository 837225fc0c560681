"""Who acts: a value passed to every action, the same for a page, an API client, a job or an envelope."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Channel(StrEnum):
    """The road by which an act reached the house."""

    PAGE = "page"
    API = "api"
    JOB = "job"
    COMMAND = "command"
    ENVELOPE = "envelope"


class Rank(StrEnum):
    """A or B duty of a post (AB岗)."""

    PRIMARY = "primary"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person acting on a duty of a post in a unit, by a channel.

    `duty_id` names the person's holding of the post (A or B), `permissions` what the post's role may do.
    `on_behalf_of` is the person for whom this one acts by delegation. `address` is where the act came from and `by` what
    let its doer in (a word of signing in, or a token); empty where nobody signed in.
    """

    person_id: UUID
    person_name: str
    duty_id: UUID
    post_id: UUID
    post_name: str
    rank: Rank
    role: str
    unit_id: UUID
    unit_name: str
    unit_kind: str
    unit_level: str
    permissions: frozenset[str]
    channel: Channel = Channel.PAGE
    on_behalf_of: UUID | None = None
    address: str = ""
    by: str = ""
