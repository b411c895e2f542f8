"""Where things lie: the facts and choices that travel with the package, and safe names."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Literal

from cinema.errors import InputError

_RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}


def data_dir(name: Literal["models", "configs"]) -> Path:
    """The folder of that name, from a wheel, a source checkout or an editable install.

    A wheel carries it as `cinema/_data/<name>`; in a checkout it lies beside the package.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / "_data" / name, package.parent / name):
        if candidate.is_dir():
            return candidate
    raise InputError(f"The folder {name!r} of this installation is missing; install Cinema again.")


def slug(text: str, fallback: str = "film") -> str:
    """A name safe on every file system: lower case ASCII letters, digits and single hyphens, ≤ 60 long."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:60].strip("-")
    return f"{name}-film" if name in _RESERVED else name or fallback


def inside(folder: Path, name: str) -> Path:
    """`folder / name`, refused when it would lie outside `folder`.

    Raises InputError for absolute names, `..`, drive letters, NUL, and links that lead out.
    """
    bad = "\0" in name or "\\" in name or re.match(r"^[A-Za-z]:", name) or Path(name).is_absolute()
    path = folder / name if not bad else folder
    if bad or not name or not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"The name {name!r} would leave the folder {str(folder)!r}; give a plain file name.")
    return path
