"""What fits on a lane: widths of words against shares of its width, so that no word is cut in the middle."""

from __future__ import annotations

from collections.abc import Sequence

HUNDRED = 100.0
NARROW, WIDE = 870, 1380
"""Pixels of a lane at 1366 and at 1920."""
HAN, LATIN, MARGIN = 11, 6.2, 14
"""Widths of characters at the size of a lane's words, and the space left and right of them."""


def narrow_room(width: float) -> float:
    """Return the pixels that a share of a lane has for words on a small screen."""
    return width * NARROW / HUNDRED - MARGIN


def wide_room(width: float) -> float:
    """Return the pixels that a share of a lane has for words on a large screen."""
    return width * WIDE / HUNDRED - MARGIN


def fitting(choices: Sequence[str], room: float) -> str:
    """Return the first of some words that fits, or nothing."""
    return next((words for words in choices if wide(words) <= room), "")


def wide(words: str) -> float:
    """Return how many pixels words take."""
    return sum(HAN if ord(letter) > 0x2E7F else LATIN for letter in words)  # noqa: PLR2004 - where Chinese begins
