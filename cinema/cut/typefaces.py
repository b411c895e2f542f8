"""Type for the storyboard: any script's letters, on machines that may have no fonts at all."""
# reportlab has no types.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false, reportUnknownParameterType=false

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

Style = Literal["regular", "bold", "italic"]

_VERA: dict[Style, str] = {"regular": "Vera", "bold": "VeraBd", "italic": "VeraIt"}
_UNKNOWN = "?"
_LIKELY = (
    *("dejavusans.", "notosans-regular", "notosans", "arial unicode", "arialuni", "unifont", "droidsansfallback", "wqy"),
    *(
        "malgun",
        "msyh",
        "simsun",
        "msgothic",
        "meiryo",
        "yugoth",
        "ipag",
        "stheiti",
        "applegothic",
        "arial",
        "segoeui",
        "freesans",
    ),
)
_MOST_FONTS_TRIED = 60
_EAST_ASIAN = {"HANGUL": "HYSMyeongJo-Medium", "HIRAGANA": "HeiseiMin-W3", "KATAKANA": "HeiseiMin-W3"}
_HAN = {"ja": "HeiseiMin-W3", "ko": "HYSMyeongJo-Medium"}


@dataclass(frozen=True, kw_only=True)
class Run:
    """A piece of text in one font."""

    font: str
    text: str


class Typefaces:
    """Sets text in Vera (which reportlab carries: Western European), and each other letter in a font that has it.

    Other fonts come from the system's font folders; Chinese, Japanese and Korean fall back on the fonts that PDF readers
    bring along. A letter that no font has is set as "?". `warnings` tell what could not be set as written.
    """

    def __init__(self, texts: Iterable[str], *, language: str = "en", folders: Iterable[Path] | None = None) -> None:
        for name in _VERA.values():
            _register(name, Path(reportlab.__file__).parent / "fonts" / f"{name}.ttf")
        letters = {letter for text in texts for letter in text if letter.isprintable() and not letter.isspace()}
        self._font_of: dict[str, str] = {}
        known = _letters_of("Vera")
        missing = {letter for letter in letters if ord(letter) not in known}
        if missing:
            self._find_system_fonts(missing, font_folders() if folders is None else folders)
        for letter in sorted(missing - set(self._font_of)):
            self._font_of[letter] = _reader_font(letter, language)
        self.warnings = tuple(self._complaints(letters, missing))

    def runs(self, text: str, style: Style) -> list[Run]:
        """The text as it will be set: what no font has is "?", every space is one blank."""
        plain = _VERA[style]
        if text.isprintable() and self._font_of.keys().isdisjoint(text):
            return [Run(font=plain, text=text)]
        fonts = [(self._font_of.get(letter, plain) or plain, self._letter(letter)) for letter in text]
        return [
            Run(font=font, text="".join(letter for _, letter in group)) for font, group in groupby(fonts, lambda item: item[0])
        ]

    def width(self, text: str, style: Style, size: float) -> float:
        """In points."""
        return sum(pdfmetrics.stringWidth(run.text, run.font, size) for run in self.runs(text, style))

    def draw(self, canvas: Any, x: float, y: float, text: str, style: Style, size: float) -> float:
        """Set one line from `x` on the baseline `y`; gives where it ends."""
        for run in self.runs(text, style):
            canvas.setFont(run.font, size)
            canvas.drawString(x, y, run.text)
            x += pdfmetrics.stringWidth(run.text, run.font, size)
        return x

    def wrap(self, text: str, style: Style, size: float, width: float, *, first_indent: float = 0) -> list[str]:
        """The text in lines of at most `width` points, broken at blanks, else between letters; the first is indented."""
        lines: list[str] = []
        line, room = "", width - first_indent
        for word in _words(text):
            candidate = line + word
            if self.width(candidate.rstrip(), style, size) <= room:
                line = candidate
                continue
            if line.strip():
                lines.append(line.rstrip())
                room = width
            line = word.lstrip()
            while self.width(line.rstrip(), style, size) > room and len(line) > 1:
                fits = self._longest(line, style, size, room)
                lines.append(line[:fits])
                line, room = line[fits:], width
        return [*lines, line.rstrip()] if line.strip() else lines

    def clip(self, text: str, style: Style, size: float, width: float) -> str:
        """The text, or as much of it as fits into `width` points with an ellipsis."""
        if self.width(text, style, size) <= width:
            return text
        room = width - self.width("…", style, size)
        return text[: self._longest(text, style, size, room)].rstrip() + "…"

    def _longest(self, text: str, style: Style, size: float, width: float) -> int:
        """How many letters fit (at least one)."""
        low, high = 1, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(text[:middle], style, size) <= width:
                low = middle
            else:
                high = middle - 1
        return low

    def _letter(self, letter: str) -> str:
        if letter.isspace():
            return " "
        if not letter.isprintable() or self._font_of.get(letter) == "":
            return _UNKNOWN
        return letter

    def _find_system_fonts(self, missing: set[str], folders: Iterable[Path]) -> None:
        left = set(missing)
        for path in _candidates(folders)[:_MOST_FONTS_TRIED]:
            if not left:
                return
            name = f"system-{path.stem}"
            if not _register(name, path):
                continue
            covered = {letter for letter in left if ord(letter) in _letters_of(name)}
            self._font_of.update(dict.fromkeys(covered, name))
            left -= covered

    def _complaints(self, letters: set[str], missing: set[str]) -> Iterator[str]:
        unset = sorted(letter for letter in missing if not self._font_of[letter])
        if unset:
            shown = " ".join(unset[:8])
            yield (
                f"{len(unset)} letters of the script ({shown}) are set as '?' in the storyboard, since no font of this machine "
                "has them; install one, for example Noto Sans."
            )
        if any(font and not font.startswith("system-") for font in self._font_of.values()):
            yield (
                "East Asian letters of the storyboard are left to the PDF reader's own fonts, since no font of this machine "
                "has them; install one, for example WenQuanYi or MS Gothic."
            )
        if any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in letters):
            yield "Right-to-left text stands in the storyboard letter by letter, left to right and unjoined."


def font_folders() -> tuple[Path, ...]:
    """Where this system keeps its fonts."""
    home = Path.home()
    if sys.platform == "darwin":
        return (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    if sys.platform == "win32":
        return (Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts", home / r"AppData\Local\Microsoft\Windows\Fonts")
    shared = [Path(folder) / "fonts" for folder in os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share").split(":")]
    return (*shared, home / ".local/share/fonts", home / ".fonts")


def _candidates(folders: Iterable[Path]) -> list[Path]:
    """Font files, the most likely to help first. OpenType fonts with PostScript outlines cannot be embedded by reportlab."""
    found = [
        path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.suffix.lower() in {".ttf", ".ttc"}
    ]

    def unlikely(path: Path) -> tuple[int, bool, str]:
        name = path.name.lower()
        rank = next((index for index, part in enumerate(_LIKELY) if name.startswith(part)), len(_LIKELY))
        heavy = any(word in name for word in ("bold", "italic", "oblique", "mono", "condensed", "light", "black"))
        return rank + heavy * len(_LIKELY), heavy, str(path)

    return sorted(found, key=unlikely)


@lru_cache(maxsize=128)
def _register(name: str, path: Path) -> bool:
    try:
        pdfmetrics.registerFont(TTFont(name, str(path)))
    except Exception:  # a damaged font raises whatever its tables lead to; it means "not this one"
        return False
    return True


def _letters_of(name: str) -> Any:
    face: Any = pdfmetrics.getFont(name)
    return face.face.charToGlyph


def _reader_font(letter: str, language: str) -> str:
    """The font that PDF readers bring along for an East Asian letter, or ""."""
    script = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
    name = _EAST_ASIAN.get(script) or (
        _HAN.get(language, "STSong-Light") if script in {"CJK", "IDEOGRAPHIC", "FULLWIDTH"} else ""
    )
    if name:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return name


def _words(text: str) -> Iterator[str]:
    """Words with the blank before them; East Asian letters one by one."""
    word = ""
    for letter in text:
        if letter.isspace():
            if word.strip():
                yield word
            word = " "
        elif unicodedata.east_asian_width(letter) in {"W", "F"}:
            if word.strip():
                yield word
                word = ""
            yield word + letter
            word = ""
        else:
            word += letter
    if word.strip():
        yield word
