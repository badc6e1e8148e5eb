"""Images as people and attackers send them, made while the test runs."""

import io
import struct
import zlib

from PIL import Image, ImageDraw, PngImagePlugin

GPS_IFD = 0x8825


def drawn(text: str = "Soup 4.50", size: tuple[int, int] = (320, 80)) -> Image.Image:
    """White paper with a text; another text is another image."""
    paper = Image.new("RGB", size, "white")
    ImageDraw.Draw(paper).text((10, 20), text, fill="black")
    return paper


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The image as a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(text: str = "Soup 4.50") -> bytes:
    """A small PNG."""
    return encoded(drawn(text))


def jpeg(text: str = "Soup 4.50") -> bytes:
    """A small JPEG."""
    return encoded(drawn(text), "JPEG")


def photograph(turn: int = 6, secret: str = "CANARY") -> bytes:
    """A JPEG with a place, a comment and an orientation in its metadata."""
    exif = Image.Exif()
    exif[0x0112] = turn
    exif[0x010E] = secret
    exif.get_ifd(GPS_IFD)[1] = "N"
    return encoded(drawn(), "JPEG", exif=exif, comment=secret.encode())


def noted_png(secret: str = "CANARY") -> bytes:
    """A PNG with a text chunk."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", secret)
    return encoded(drawn(), pnginfo=notes)


def claimed_png(width: int, height: int) -> bytes:
    """A PNG whose head claims a size and whose data is tiny."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 64)), (b"IEND", b""))
    )


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
