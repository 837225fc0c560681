"""The parser's process: forked for one call, sets its own limits, then reads files by descriptor. Nothing here trusts its input."""

from __future__ import annotations

import ctypes
import functools
import importlib
import io
import json
import os
import resource
import signal
import socket
import struct
import sys
from contextlib import suppress
from typing import Any, BinaryIO

from antong.kernel.behind import stand_back

MEMORY = 2 << 30
CPU_SECONDS = 280
MAX_PIXELS = 120_000_000
MAX_PAGES = 5_000
BLOCK = 256 * 1024
KEPT = 32
"""How many blocks of a file that is asked for are kept."""
IMAGE_WIDTH = 1_400
THUMB_WIDTH = 150
LEAST_DPI = 200
BLUR_BELOW = 60.0
BLANK_BELOW = 0.0008
SHADED_ABOVE = 0.01
A4_INCHES = 8.27
OUR_CODES = "antong:d:"
NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000
"""Flags of unshare(2)."""
MESSAGE = 1 << 16
MOST_DESCRIPTORS = 253
LIBRARIES = {
    "inspect": ("pikepdf", "PIL.Image", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.TiffImagePlugin"),
    "derive": ("pypdfium2", "numpy", "PIL.ImageOps", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.TiffImagePlugin", "zxingcpp"),
}  # fmt: skip
"""What an operation needs is imported once, before the fork."""
_OFFICE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_KEYS = frozenset({"/AF", "/EF", "/EmbeddedFiles", "/JS", "/JavaScript", "/RichMediaContent", "/XFA"})
"""Keys under which a PDF carries scripts, forms that run, or files."""
_NAMES = frozenset({
    "/EmbeddedFile", "/FileAttachment", "/GoToE", "/GoToR", "/ImportData", "/JavaScript", "/Launch", "/RichMedia",
    "/RichMediaExecute", "/SubmitForm",
})  # fmt: skip
"""What an action does (/S), or a thing is (/Type, /Subtype), that no scan has."""
_DEPTH = 60


def confine() -> None:
    """Take limits on memory, time and files."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0)) if os.geteuid() != 0 else None


def leave_the_network() -> None:
    """Leave the network where the system allows, once for all that is forked: a network of one's own is dear to make."""
    libc = ctypes.CDLL(None)
    if libc.unshare(NEW_NETWORK) != 0:  # root may at once, others in a user namespace of their own
        libc.unshare(NEW_USER | NEW_NETWORK)


def media_type(head: bytes) -> str:
    """Return the type by content: never by name."""
    if head.startswith(b"%PDF-") or b"%PDF-" in head[:1024]:
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] in {b"II*\0", b"MM\0*"}:
        return "image/tiff"
    return "office" if head.startswith(_OFFICE) else "unknown"


def inspect(file: BinaryIO) -> dict[str, Any]:
    """Return what a file is, or why it is refused."""
    head = file.read(2048)
    if not head:
        return {"refused": "empty"}
    kind = media_type(head)
    if kind in {"office", "unknown"}:
        return {"refused": kind}
    file.seek(0)
    pages = pdf_pages(file) if kind == "application/pdf" else image_pages(file)
    if isinstance(pages, str):
        return {"refused": pages}
    if pages > MAX_PAGES:
        return {"refused": "too-many-pages"}
    return {"media_type": kind, "pages": pages}


def pdf_pages(file: BinaryIO) -> int | str:
    """Return the number of pages, or why a PDF is refused."""
    import pikepdf  # noqa: PLC0415 - after confine()

    try:
        with pikepdf.open(file) as pdf:
            if pdf.is_encrypted:
                return "encrypted"
            if any(_acts(thing, 0) for thing in pdf.objects):
                return "scripted"
            return len(pdf.pages) or "damaged"
    except pikepdf.PasswordError:
        return "encrypted"
    except Exception:  # noqa: BLE001 - whatever a malformed file makes a parser raise, it is damaged
        return "damaged"


def _acts(thing: Any, depth: int) -> bool:
    """Whether an object of a PDF, or one written inside it, runs, sends or carries something; texts are not looked at."""
    import pikepdf  # noqa: PLC0415 - after confine()

    if depth > _DEPTH:
        return True
    if isinstance(thing, pikepdf.Array):
        return any(_acts(item, depth + 1) for item in thing if _inside(item))
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return False
    held = dict((thing.stream_dict if isinstance(thing, pikepdf.Stream) else thing).items())
    says = {str(held[key]) for key in ("/S", "/Subtype", "/Type") if isinstance(held.get(key), pikepdf.Name)}
    if _KEYS & set(held) or _NAMES & says:
        return True
    return any(_acts(value, depth + 1) for value in held.values() if _inside(value))


def _inside(value: Any) -> bool:
    """Whether a value is written inside its object: what has a number of its own is looked at by itself."""
    import pikepdf  # noqa: PLC0415 - after confine()

    return isinstance(value, pikepdf.Array | pikepdf.Dictionary) and not value.is_indirect


def image_pages(file: BinaryIO) -> int | str:
    """Return the number of frames, or why an image is refused; sizes are read before anything is decoded."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - after confine()

    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(file) as image:
            frames = getattr(image, "n_frames", 1)
            for index in range(frames):
                image.seek(index)
                if image.width * image.height > MAX_PIXELS:
                    return "bomb"
            image.seek(0)
            if image.width * image.height < MAX_PIXELS // 4:
                image.load()
            return int(frames)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        return "damaged"


def derive(file: BinaryIO, kind: str, first: int, count: int) -> None:
    """Write image, thumbnail and measures of each page to standard output."""
    from PIL import Image  # noqa: PLC0415

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    for index in range(first, first + count):
        try:
            picture, dpi = page_picture(file, kind, index)
            checks = {**measure(picture, dpi), "codes": codes(picture)}
            image, thumb, error = encode(picture, IMAGE_WIDTH, 78), encode(picture, THUMB_WIDTH, 60), ""
        except Exception as problem:  # noqa: BLE001 - one bad page must not lose the others
            image, thumb, checks, error = b"", b"", {}, type(problem).__name__
        meta = json.dumps({"checks": checks, "error": error}).encode()
        out = sys.stdout.buffer
        out.write(struct.pack(">IIII", index, len(meta), len(image), len(thumb)))
        out.write(meta + image + thumb)


def page_picture(file: BinaryIO, kind: str, index: int) -> tuple[Any, float]:
    """Return the picture of a page and its effective resolution in dots per inch."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    file.seek(0)
    if kind == "application/pdf":
        import pypdfium2  # noqa: PLC0415

        document = pypdfium2.PdfDocument(file)
        page = document[index]
        images = [item for item in page.get_objects(max_depth=2) if item.type == 3]  # noqa: PLR2004 - FPDF_PAGEOBJ_IMAGE
        width = page.get_width() / 72
        dpi = (
            max((item.get_px_size()[0] for item in images), default=0) / max(width, 0.1) if images else 300.0
        )
        scale = 200 / 72
        return page.render(scale=scale).to_pil().convert("RGB"), dpi
    image = Image.open(file)
    image.seek(index)
    given = image.info.get("dpi", (0, 0))[0]
    picture = ImageOps.exif_transpose(image).convert("RGB")
    across = min(picture.width, picture.height)
    return picture, float(given) if given and given > 72 else across / A4_INCHES  # noqa: PLR2004 - 72 is "unknown"


def measure(picture: Any, dpi: float) -> dict[str, Any]:
    """Return resolution, ink share and sharpness of a page, and what is doubtful about it."""
    import numpy as np  # noqa: PLC0415

    small = picture.convert("L").resize((800, max(1, round(picture.height * 800 / picture.width))))
    grey = np.asarray(small, dtype=np.float32)
    ink = float((grey < 110).mean())  # noqa: PLR2004 - darker than mid grey is ink
    inner = grey[1:-1, 1:-1]
    edges = 4 * inner - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    sharpness = float(edges.var())
    findings = []
    if dpi < LEAST_DPI - 2:
        findings.append("resolution")
    if ink < BLANK_BELOW and _shaded(picture) < SHADED_ABOVE:
        findings.append("blank")
    elif sharpness < BLUR_BELOW:
        findings.append("blur")
    return {
        "dpi": round(dpi),
        "ink": round(ink * 10000),
        "sharpness": round(sharpness),
        "findings": findings,
        "width": picture.width,
        "height": picture.height,
    }


def _shaded(picture: Any) -> float:
    """Return the share of a page that is darker than its paper, seen from afar: writing too blurred to have any ink left."""
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    rows = max(1, round(picture.height * 100 / picture.width))
    cells = np.asarray(picture.convert("L").resize((100, rows), Image.Resampling.BOX), dtype=np.float32)
    return float((cells < np.median(cells) - 10).mean())


def codes(picture: Any) -> list[str]:
    """Return our own codes on a page (document, part, page), so that a signed scan finds its place."""
    import zxingcpp  # noqa: PLC0415

    found = zxingcpp.read_barcodes(
        picture.convert("L"), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return sorted({one.text for one in found if one.text.startswith(OUR_CODES)})[:4]


def encode(picture: Any, width: int, quality: int) -> bytes:
    """Return a JPEG no wider than `width`."""
    if picture.width > width:
        picture = picture.resize((width, max(1, round(picture.height * width / picture.width))))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


class Asked(io.RawIOBase):
    """A file that lies with the process that began this one: asked for over a socket, block by block."""

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__()
        self._line, self._size, self._at = socket.socket(fileno=descriptor).makefile("rwb"), size, 0
        self._block = functools.lru_cache(maxsize=KEPT)(self._ask)

    def _ask(self, number: int) -> bytes:
        self._line.write(struct.pack(">QQ", number * BLOCK, min(BLOCK, self._size - number * BLOCK)))
        self._line.flush()
        (length,) = struct.unpack(">Q", self._line.read(8))
        return self._line.read(length)

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def seekable(self) -> bool:
        """Any place of it may be read."""
        return True

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place."""
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer as far as the block goes."""
        if self._at >= self._size:
            return 0
        number, start = divmod(self._at, BLOCK)
        piece = self._block(number)[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def work(words: list[str], descriptors: list[int]) -> None:
    """Do one operation (`inspect`, or `derive` with type, first page, count, niceness and perhaps a size) on open files."""
    operation, *arguments = words
    if operation == "derive":
        kind, first, count, nice, *size = arguments
        stand_back(int(nice))
        if size:  # the file is asked for
            file: BinaryIO = io.BufferedReader(Asked(descriptors[0], int(size[0])), BLOCK)
        else:
            file = _opened(descriptors[0])
        derive(file, kind, int(first), int(count))
        return
    sys.stdout.write(json.dumps([inspect(_opened(descriptor)) for descriptor in descriptors]))


def _opened(descriptor: int) -> BinaryIO:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.fdopen(descriptor, "rb")


def child(words: list[str], said: int, state: int, descriptors: list[int]) -> None:
    """Be the parser of one call: say who it is, take the limits, work, say that it is done."""
    os.write(state, struct.pack(">I", os.getpid()))
    os.dup2(said, 1)
    os.close(said)
    confine()
    work(words, descriptors)
    sys.stdout.flush()
    os.write(state, b".")


def _reap(*_: Any) -> None:
    """Let go of children that have ended: what they said tells how; the system adds up what they used."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    """Wait for calls and fork a child for each, until the other end of the line closes; read no file."""
    leave_the_network()
    signal.signal(signal.SIGCHLD, _reap)
    line = socket.socket(fileno=int(sys.argv[1]))
    while True:
        message, given, _, _ = socket.recv_fds(line, MESSAGE, MOST_DESCRIPTORS)
        if not message:
            return
        words = json.loads(message)
        for name in LIBRARIES[words[0]]:
            importlib.import_module(name)
        if os.fork() == 0:
            code = 1
            try:
                line.close()
                child(words, given[0], given[1], given[2:])
                code = 0
            finally:
                os._exit(code)
        for descriptor in given:
            os.close(descriptor)


if __name__ == "__main__":
    main()
