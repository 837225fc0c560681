"""Files of a form, as the room takes them."""

from __future__ import annotations

from typing import BinaryIO, cast

from django.http import HttpRequest

from antong.dossier.types import Upload
from antong.kernel.refusal import BadInput


def uploads(request: HttpRequest) -> list[Upload]:
    """Return the files of a form; refuse a form without any."""
    files = [
        Upload(file_name=file.name or "", content=cast("BinaryIO", file.file))
        for file in request.FILES.getlist("files")
    ]
    if not files:
        raise BadInput(
            "不能上传：没有选文件。", code="no-files", remedy="选择或拖入 PDF、JPEG、PNG、TIFF 文件。"
        )
    return files
