"""Recordings (audio, video): known by their first bytes, kept whole, and one page of the file, a card, for each."""

from __future__ import annotations

import io
from typing import Any

AUDIO, VIDEO = "audio/", "video/"
EXTENSIONS = {
    "video/mp4": {"mp4", "m4v", "m4a"},
    "video/webm": {"webm"},
    "video/x-matroska": {"mkv"},
    "audio/wav": {"wav"},
    "audio/mpeg": {"mp3"},
    "audio/ogg": {"ogg", "oga"},
}
"""What is taken, with the names it may have."""
HEAD = 4096
"""How much of a file says what it is."""
_CARD = (1000, 620)
_THUMB = (150, 93)
_EBML = b"\x1a\x45\xdf\xa3"


def kind(head: bytes) -> str:
    """Return the type of a recording by its first bytes, nothing where it is none."""
    if head[4:8] == b"ftyp" and head[8:12] not in {b"heic", b"heix", b"mif1", b"avif"}:
        return "video/mp4"
    if head.startswith(_EBML):
        return (
            "video/webm" if b"webm" in head[:64] else "video/x-matroska" if b"matroska" in head[:64] else ""
        )
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "audio/wav"
    if head.startswith(b"OggS\0"):
        return "audio/ogg"
    if head.startswith(b"ID3"):
        return "audio/mpeg"
    frame = int.from_bytes(head[:4], "big") if len(head) >= 4 else 0  # noqa: PLR2004 - the header of a frame
    sync, version, layer, rate = frame >> 21, frame >> 19 & 3, frame >> 17 & 3, frame >> 12 & 15
    return "audio/mpeg" if (sync, layer) == (0x7FF, 1) and version != 1 and rate != 15 else ""  # noqa: PLR2004 - MPEG layer III


def is_media(media_type: str) -> bool:
    """Whether something is a recording."""
    return media_type.startswith((AUDIO, VIDEO))


def extension_of(file_name: str) -> str:
    """Return what stands after the last dot of a name, nothing where there is none."""
    return file_name.rpartition(".")[2].lower() if "." in file_name else ""


def may_be(file_name: str) -> bool:
    """Whether a file is called as recordings are."""
    return any(extension_of(file_name) in names for names in EXTENSIONS.values())


def card(media_type: str) -> tuple[bytes, bytes, dict[str, Any]]:
    """Return the picture that stands for a recording, its thumbnail, and its measures."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - heavy, and wanted in the worker alone

    picture = Image.new("RGB", _CARD, "#eef1f5")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, _CARD[0] - 1, _CARD[1] - 1), outline="#8a97a8", width=4)
    if media_type.startswith(VIDEO):
        draw.rectangle((310, 190, 690, 430), outline="#3d4f66", width=10)
        draw.polygon([(455, 250), (455, 370), (560, 310)], fill="#3d4f66")
    else:
        for index, height in enumerate((60, 150, 240, 110, 200, 260, 130, 210, 90, 50)):
            left = 310 + index * 39
            draw.rectangle((left, 310 - height // 2, left + 20, 310 + height // 2), fill="#3d4f66")
    found = []
    for size in (_CARD, _THUMB):
        out = io.BytesIO()
        picture.resize(size).save(out, "JPEG", quality=85)
        found.append(out.getvalue())
    return found[0], found[1], {"findings": [], "media": media_type, "width": _CARD[0], "height": _CARD[1]}
