"""Reading a Dockerfile and a .dockerignore, as far as ours use their languages. No heredocs, no ONBUILD."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

_FLAG = re.compile(r"--([a-z-]+)(?:=(\S+))?\s+")
_ASSIGNED = re.compile(r"""([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)""")


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction: its line, its name in capitals, its flags, and the rest with continued lines joined."""

    line: int
    name: str
    flags: tuple[tuple[str, str], ...]
    text: str

    def flag(self, name: str) -> str | None:
        return dict(self.flags).get(name)

    @property
    def words(self) -> list[str]:
        return self.text.split()

    @property
    def listed(self) -> list[str] | None:
        """The exec form, `["a", "b"]`; None for the shell form."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return None
        return found if isinstance(found, list) and found and all(isinstance(one, str) for one in found) else None

    @property
    def assigned(self) -> dict[str, str]:
        """What ENV or ARG sets; an ARG without a value is empty."""
        found = {name: value.strip("\"'") for name, value in _ASSIGNED.findall(self.text)}
        return found or ({self.text.split()[0]: ""} if self.name == "ARG" else {})


@dataclass(frozen=True, kw_only=True)
class Stage:
    """From one FROM to the next."""

    line: int
    base: str
    name: str
    instructions: tuple[Instruction, ...]

    def all(self, *names: str) -> list[Instruction]:
        return [one for one in self.instructions if one.name in names]


def read_instructions(text: str) -> list[Instruction]:
    """Every instruction in order. Comment lines inside a continued instruction are left out, as Docker does."""
    found: list[Instruction] = []
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("#") or (not stripped and not parts):
            continue
        begun = begun if parts else number
        parts.append(stripped.removesuffix("\\").strip())
        if stripped.endswith("\\"):
            continue
        found.append(_instruction(begun, " ".join(part for part in parts if part)))
        parts = []
    return found


def _instruction(line: int, whole: str) -> Instruction:
    name, _, rest = whole.partition(" ")
    flags: list[tuple[str, str]] = []
    rest = rest.strip()
    while match := _FLAG.match(rest):
        flags.append((match[1], match[2] or ""))
        rest = rest[match.end() :]
    return Instruction(line=line, name=name.upper(), flags=tuple(flags), text=rest)


def read_stages(text: str) -> list[Stage]:
    """The stages; a stage without a name has its number."""
    stages: list[Stage] = []
    for one in read_instructions(text):
        if one.name == "FROM":
            words = one.words
            name = words[2] if len(words) == 3 and words[1].upper() == "AS" else str(len(stages))
            stages.append(Stage(line=one.line, base=words[0], name=name, instructions=()))
        elif stages:
            last = stages[-1]
            stages[-1] = Stage(line=last.line, base=last.base, name=last.name, instructions=(*last.instructions, one))
    return stages


def ignored(path: str, patterns: Sequence[str]) -> bool:
    """Whether a .dockerignore of those lines keeps `path` (relative, with slashes) from the builder: the last match decides."""
    verdict = False
    parts = PurePosixPath(path).parts
    for pattern in (line.strip() for line in patterns):
        if not pattern or pattern.startswith("#"):
            continue
        kept = pattern.startswith("!")
        wanted = PurePosixPath(pattern.removeprefix("!").strip("/")).parts
        if any(_matches(parts[:length], wanted) for length in range(1, len(parts) + 1)):
            verdict = not kept
    return verdict


def _matches(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_matches(parts[start:], wanted[1:]) for start in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], wanted[0]) and _matches(parts[1:], wanted[1:])
