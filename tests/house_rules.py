"""The rules of the house, as functions over source text: each gives a list of what breaks it. Nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FILE_LINES, FUNCTION_LINES, PARAMETERS = 420, 65, 8

_FACES = {"ground", "weights", "media", "script", "plan", "schedule", "render", "cut", "film"}
ALLOWED: dict[str, set[str]] = {
    "ground": set(),
    "media": {"ground"},
    "script": {"ground"},
    "plan": {"ground", "script"},
    "schedule": {"ground", "script", "plan"},
    "weights": {"ground"},
    "adapters": {"ground", "media", "plan.task", "plan.staging", "weights.pickles", "weights.lock"},
    "render": {"ground", "media", "script", "plan", "schedule", "adapters.contract", "adapters.registry"},
    "cut": {"ground", "media", "script", "plan", "schedule"},
    "film": _FACES - {"film"},
    "faces": _FACES,
    "testing": {
        *_FACES - {"film"},
        "adapters.contract",
        "adapters.registry",
        "adapters.kokoro.network",
        "adapters.kit.precision",
    },
}
"""Which rooms (or single modules of a room) a room may import; its own modules always."""

GROUND = {"errors", "timebase", "units", "identity", "paths", "settings", "events", "catalog", "artefact", ""}
ROOMS = {"script", "plan", "schedule", "render", "cut", "adapters", "faces", "testing", "media", "weights"}

HEAVY = {"av", "cv2", "numpy", "scipy", "torch", "soundfile", "soxr", "opentimelineio", "reportlab", "jinja2", "imageio_ffmpeg"}
HEAVY |= {"huggingface_hub", "httpx2", "diffusers", "transformers", "accelerate", "pysubs2", "resvg_py", "espeakng_loader"}
MODEL_LIBRARIES = {
    "torch",
    "torchvision",
    "torchaudio",
    "diffusers",
    "transformers",
    "accelerate",
    "spandrel",
    "TTS",
    "bitsandbytes",
}
VIDEO_LIBRARIES = {"av", "imageio_ffmpeg"}
ENTRIES = ("cinema", "cinema.__main__", "cinema.faces.cli")
"""What `cinema --help` imports."""


@dataclass(frozen=True)
class Import:
    """An import of `target` (a dotted name, perhaps of a thing inside a module) on a line; `top`: when the module loads."""

    target: str
    line: int
    top: bool


class House:
    """All modules of the package by dotted name, parsed."""

    def __init__(self, sources: Mapping[str, str], packages: frozenset[str] = frozenset()) -> None:
        self.sources = sources
        self.packages = packages
        self.trees = {name: ast.parse(text, filename=name) for name, text in sources.items()}

    @classmethod
    def of(cls, root: Path, package: str = "cinema") -> House:
        sources: dict[str, str] = {}
        packages: set[str] = set()
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            sources[name] = path.read_text(encoding="utf-8")
            if is_package:
                packages.add(name)
        return cls(sources, frozenset(packages))

    @cached_property
    def imports(self) -> dict[str, tuple[Import, ...]]:
        return {name: tuple(self._imports(name, tree)) for name, tree in self.trees.items()}

    def _imports(self, name: str, tree: ast.Module) -> Iterator[Import]:
        for node, top in _walk(tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, node.lineno, top) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(name, node)
                yield from (Import(f"{base}.{alias.name}", node.lineno, top) for alias in node.names)
            elif isinstance(node, ast.Call) and _called(node.func) == "import_module" and node.args:
                given = node.args[0]
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield Import(given.value, node.lineno, False)

    def _absolute(self, name: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = name.split(".") if name in self.packages else name.split(".")[:-1]
        parts = parts[: len(parts) - node.level + 1]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def module_of(self, target: str) -> str | None:
        """The module of the house that an import reaches; None for a library."""
        while target:
            if target in self.sources:
                return target
            target = target.rpartition(".")[0]
        return None

    def at_start(self, entries: tuple[str, ...] = ENTRIES) -> set[str]:
        """Every module that is loaded, without a function being called, when `entries` are imported."""
        loaded: set[str] = set()
        waiting = [entry for entry in entries if entry in self.sources]
        while waiting:
            name = waiting.pop()
            if name in loaded:
                continue
            loaded.add(name)
            parents = [name.rsplit(".", depth)[0] for depth in range(1, name.count(".") + 1)]
            reached = [self.module_of(item.target) for item in self.imports[name] if item.top]
            waiting += [module for module in (*parents, *reached) if module and module in self.sources]
        return loaded


def room_of(module: str) -> str:
    """The room of a module of the package."""
    first = module.split(".")[1] if "." in module else ""
    if first == "__main__":
        return "faces"
    if first in ROOMS:
        return first
    return "ground" if first in GROUND else "film"


def wrong_ways(house: House) -> list[str]:
    """Imports that go against the table, lazy ones too."""
    return [
        f"{name}:{item.line} imports {reached}"
        for name, items in house.imports.items()
        for item in items
        if (reached := house.module_of(item.target)) and not _may(name, reached)
    ]


def model_libraries_outside(house: House) -> list[str]:
    """Model libraries outside the adapters, the worker's pool, the one reader of pickles and the makers of random ones."""
    inside = (
        "cinema.adapters.",
        "cinema.render.pool",
        "cinema.weights.pickles",
        "cinema.testing.tiny",
        "cinema.testing.fullsize",
    )
    return _libraries(house, MODEL_LIBRARIES, lambda name: name.startswith(inside) or name == "cinema.adapters")


def video_libraries_outside(house: House) -> list[str]:
    """PyAV and ffmpeg outside cut and media; the doctor alone loads them to tell whether they load."""
    return _libraries(house, VIDEO_LIBRARIES, lambda name: room_of(name) in {"cut", "media"} or name == "cinema.doctor")


def heavy_at_start(house: House) -> list[str]:
    """Heavy libraries that `cinema --help` would load."""
    return [
        f"{name}:{item.line} loads {item.target.split('.')[0]}"
        for name in sorted(house.at_start())
        for item in house.imports[name]
        if item.top and item.target.split(".")[0] in HEAVY
    ]


def too_large(house: House, excused: Mapping[str, str]) -> list[str]:
    """Files, functions and parameter lists beyond the limits; `excused` maps "module" or "module:function" to the reason."""
    found: list[str] = []
    for name, tree in house.trees.items():
        lines = house.sources[name].count("\n")
        if lines > FILE_LINES and name not in excused:
            found.append(f"{name} has {lines} lines")
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or f"{name}:{node.name}" in excused:
                continue
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{name}:{node.name} has {length} lines")
            given = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            count = len([argument for argument in given if argument not in {"self", "cls"}])
            if count > PARAMETERS:
                found.append(f"{name}:{node.name} has {count} parameters")
    return found


def stale_excuses(house: House, excused: Mapping[str, str]) -> list[str]:
    """Excuses for what is not there any more, or is no longer too large."""
    needed = {entry.split(" has ")[0] for entry in too_large(house, {})}
    return [name for name in excused if name not in needed]


def unnumbered_decisions(names: list[str], firsts: list[str]) -> list[str]:
    """Decision files that are not NNNN-title.md in one row from 0001, or whose heading does not begin with the number."""
    found: list[str] = []
    for place, (name, first) in enumerate(zip(names, firsts, strict=True), start=1):
        if not re.fullmatch(rf"{place:04d}-[a-z0-9-]+\.md", name):
            found.append(f"{name} should be {place:04d}-title.md")
        elif not first.startswith(f"# {place:04d} "):
            found.append(f"{name} begins with {first!r}")
    return found


def commands_in(markdown: str) -> set[str]:
    """The commands in fenced blocks that set something up: `make …`, and whatever would be a third way to install."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", markdown, re.DOTALL | re.MULTILINE)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    words = (
        "make ",
        "pip ",
        "pip3 ",
        "pipx ",
        "uv ",
        "apt",
        "brew ",
        "conda ",
        "python -m venv",
        "python3 -m venv",
        "python -m pip",
    )
    return {line.split("#")[0].strip() for line in lines if line.startswith(words)}


def leaks(text: str) -> list[str]:
    """Absolute paths of somebody's machine, and package indexes other than the default."""
    paths = r"(?<![\w.])/(?:" + "|".join(("work", "home", "root", "Users")) + r")/\w"
    index = r"(?:extra-)?index-" + r"url|trusted-" + r"host|find-" + r"links"
    return [match.group() for match in re.finditer(f"{paths}|{index}", text)]


def _libraries(house: House, libraries: set[str], allowed: Callable[[str], bool]) -> list[str]:
    return [
        f"{name}:{item.line} imports {item.target}"
        for name, items in house.imports.items()
        for item in items
        if item.target.split(".")[0] in libraries and not allowed(name)
    ]


def _may(name: str, reached: str) -> bool:
    room, other = room_of(name), room_of(reached)
    if room == other:
        return True
    inner = reached.removeprefix("cinema.")
    return any(inner == allowed or inner.startswith(f"{allowed}.") or other == allowed for allowed in ALLOWED[room])


def _called(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _walk(node: ast.AST, top: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """Every node, with whether it is reached when the module loads (not inside a function, not for type checkers only)."""
    for child in ast.iter_child_nodes(node):
        inside = top and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            inside = False
        yield child, inside
        yield from _walk(child, inside)
