"""Files that nobody may upload, each with the code by which it is refused."""

from __future__ import annotations

import io

import pikepdf
from PIL import Image


def pdf(*, script: str = "", password: str = "", attached: bool = False) -> bytes:
    """Return a PDF of one page; `script` runs on opening, in the page, or from a name tree."""
    document = pikepdf.new()
    document.add_blank_page()
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    if script == "open":
        document.Root.OpenAction = action
    elif script == "page":
        document.pages[0].obj.AA = pikepdf.Dictionary(O=action)
    elif script == "names":
        names = pikepdf.Array([pikepdf.String("x"), action])
        document.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=names))
    if attached:
        document.attachments["a.txt"] = b"hidden"
    out = io.BytesIO()
    document.save(out, encryption=pikepdf.Encryption(owner=password, user=password) if password else False)
    return out.getvalue()


def bomb(kind: str, *, frames: int = 1) -> bytes:
    """Return a small file that would be 256 million pixels (in its last frame)."""
    out = io.BytesIO()
    large = Image.new("1", (16000, 16000))
    if kind == "PNG":
        large.save(out, "PNG")
    elif frames == 1:
        large.save(out, "TIFF", compression="group4")
    else:
        small = Image.new("1", (100, 100))
        small.save(out, "TIFF", save_all=True, append_images=[large], compression="group4")
    return out.getvalue()


def picture(kind: str) -> bytes:
    """Return a small good picture."""
    out = io.BytesIO()
    Image.new("RGB", (200, 280), "white").save(out, kind)
    return out.getvalue()


BAD: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.jpg", b"", "empty"),
    "office": ("a.docx", b"PK\x03\x04" + b"x" * 100, "office"),
    "unknown": ("a.pdf", b"hello", "unknown"),
    "jpeg-named-pdf": ("a.pdf", picture("JPEG"), "extension"),
    "png-named-jpg": ("a.jpg", picture("PNG"), "extension"),
    "no-extension": ("scan", picture("JPEG"), "extension"),
    "damaged-pdf": ("a.pdf", b"%PDF-1.7\n" + b"x" * 400, "damaged"),
    "cut-pdf": ("a.pdf", pdf()[:120], "damaged"),
    "cut-jpeg": ("a.jpg", picture("JPEG")[:300], "damaged"),
    "cut-png": ("a.png", picture("PNG")[:60], "damaged"),
    "encrypted": ("a.pdf", pdf(password="geheim"), "encrypted"),
    "scripted-open": ("a.pdf", pdf(script="open"), "scripted"),
    "scripted-page": ("a.pdf", pdf(script="page"), "scripted"),
    "scripted-names": ("a.pdf", pdf(script="names"), "scripted"),
    "attachment": ("a.pdf", pdf(attached=True), "scripted"),
    "bomb-png": ("a.png", bomb("PNG"), "bomb"),
    "bomb-tiff": ("a.tif", bomb("TIFF"), "bomb"),
    "bomb-tiff-second-frame": ("a.tif", bomb("TIFF", frames=2), "bomb"),
    "name-too-long": ("长" * 161 + ".jpg", picture("JPEG"), "name"),
}
