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


JPEG_HEAD = b"\xff\xd8\xff\xe0\x00\x04\x00\x00"
JPEG_SIZE = b"\xff\xc0\x00\x0b\x08\x40\x01\x40\x01\x01\x01\x11\x00"
JPEG_SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
"""Parts of a JPEG of 16,385 × 16,385 pixels."""


def many_scans(side: int, scans: int) -> bytes:
    """A progressive JPEG with empty refinements: each is decoded over the whole image."""
    content = encoded(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    blocks = ((side + 7) // 8) ** 2
    table = b"\xff\xc4\x00\x14\x10" + bytes([1] + [0] * 15) + b"\xe0"
    bits = ("0" + "10" * 7) * -(-blocks // ((1 << 14) + 0b10101010101010))
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x10" + data.replace(b"\xff", b"\xff\x00")
    return content[:-2] + table + scan * scans + b"\xff\xd9"
