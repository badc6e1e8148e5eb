"""Paper to draw on: texts at places, in a font, remembered as the truth."""

import importlib
import random
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

from sync_server.ocr.parsing.layout.lines import Box

# Families of free licences (OFL), each a regular and a bold of its own package.
FAMILIES = {
    "font_source_sans_pro": ("SourceSansPro", "SourceSansProBold"),
    "font_source_serif_pro": ("SourceSerifPro", "SourceSerifProBold"),
    "font_hanken_grotesk": ("HankenGrotesk", "HankenGroteskBold"),
    "font_manrope": ("Manrope", "ManropeBold"),
    "font_caladea": ("Caladea", "CaladeaBold"),
    "font_fredoka_one": ("FredokaOne", "FredokaOne"),
    "font_intuitive": ("Intuitive", "Intuitive"),
}
PLAIN = ("font_source_sans_pro", "font_source_serif_pro", "font_hanken_grotesk", "font_manrope",
         "font_caladea")  # fmt: skip


@dataclass(slots=True)
class Paper:
    """A page of `size` letters' height, and the texts on it."""

    family: str
    size: int
    width: int
    height: int
    texts: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    image: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.width, self.height), "white")

    def write(self, x: float, y: float, text: str, scale: float = 1.0, bold: bool = False) -> float:
        """Write a text with its top left there; where it ends to the right."""
        font = self._font(scale, bold)
        ImageDraw.Draw(self.image).text((x, y), text, fill=(25, 25, 25), font=font)
        self.texts.append(text)
        left, top, right, bottom = font.getbbox(text)
        self.boxes.append((x + left, y + top, x + right, y + bottom))
        return x + font.getlength(text)

    def write_right(self, x: float, y: float, text: str) -> float:
        """Write a text that ends there; where it begins."""
        left = x - self._font(1.0, False).getlength(text)
        self.write(left, y, text)
        return left

    def paragraph(self, x: float, y: float, width: float, text: str, scale: float = 1.0) -> float:
        """Write a text over lines of at most that width; the top of the next line."""
        font, line = self._font(scale, False), ""
        for word in text.split():
            longer = f"{line} {word}".lstrip()
            if line and font.getlength(longer) > width:
                self.write(x, y, line, scale)
                y, longer = y + 1.5 * scale * self.size, word
            line = longer
        self.write(x, y, line, scale)
        return y + 1.5 * scale * self.size

    def rule(self, left: float, right: float, y: float, thickness: int = 2) -> None:
        """Draw a horizontal line."""
        place = (round(left), round(y), round(right), round(y) + thickness)
        ImageDraw.Draw(self.image).rectangle(place, fill=(25, 25, 25))

    def length(self, text: str) -> float:
        """Width of a text."""
        return self._font(1.0, False).getlength(text)

    def dots(self, left: float, right: float, y: float) -> None:
        """Leaders, which are no text."""
        dot = self.length(".") * 1.6
        font = self._font(1.0, False)
        while left + dot < right:
            ImageDraw.Draw(self.image).text((left, y), ".", fill=(60, 60, 60), font=font)
            left += dot

    def _font(self, scale: float, bold: bool) -> ImageFont.FreeTypeFont:
        return font(self.family, round(self.size * scale), bold=bold)


def font(family: str, size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The letters of a family."""
    module = importlib.import_module(family)
    return ImageFont.truetype(getattr(module, FAMILIES[family][bold]), size)


def a_family(chance: random.Random) -> str:
    """One of the families; the fancy ones seldom."""
    return chance.choice(PLAIN if chance.random() < 0.8 else list(FAMILIES))
