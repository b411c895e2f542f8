"""Hold a Dockerfile to rules: `check_dockerfile.py [DOCKERFILE [PAGE]]` prints what breaks them, and leaves with 1 then.

PAGE is the one that explains every ARG and ENV (docs/container.md).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dockerfiles import Instruction, Stage, ignored, read_stages

_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|(?:^|_)KEY(?:$|_)|API_?KEY|PRIVATE", re.IGNORECASE)
_PINNED = re.compile(r"[a-z0-9./_-]+:[\w.-]*\d+\.\d+[\w.-]*(?:@sha256:[0-9a-f]{64})?")
_COMPILERS = re.compile(
    r"\b(?:build-essential|gcc|g\+\+|clang|make|cmake|ninja-build|nvcc|rustc|golang|cython3?)\b|-dev(?:\s|$|=)"
)
_ELSEWHERE = re.compile(r"[a-z]+://|index[-]url|find[-]links|trusted[-]host", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A Dockerfile in its context: the files that are there, what is kept from the builder, and the page about it."""

    stages: Sequence[Stage]
    files: Sequence[str]
    ignores: Sequence[str]
    page: str

    @property
    def last(self) -> Stage:
        return self.stages[-1]

    def all(self, *names: str) -> Iterator[Instruction]:
        for stage in self.stages:
            yield from stage.all(*names)


def _bases(case: Case) -> Iterator[str]:
    before: set[str] = set()
    for stage in case.stages:
        if stage.base not in before and (not _PINNED.fullmatch(stage.base) or "latest" in stage.base):
            yield f"line {stage.line}: the image {stage.base} is not pinned by a tag with a full version"
        before.add(stage.name)


def _user(case: Case) -> Iterator[str]:
    users = case.last.all("USER")
    if not users or not re.fullmatch(r"[1-9]\d*(?::[1-9]\d*)?", users[-1].text):
        yield f"line {case.last.line}: the last stage must end as a user with a number that is not root's"
    elif any(one.name == "RUN" and one.line > users[-1].line for one in case.last.instructions):
        yield f"line {users[-1].line}: something runs after the last USER"


def _forms(case: Case) -> Iterator[str]:
    for name in ("CMD", "HEALTHCHECK"):
        found = case.last.all(name)
        if len(found) != 1:
            yield f"line {case.last.line}: the last stage has {len(found)} {name}; it needs one"
    for one in case.all("CMD", "ENTRYPOINT", "SHELL"):
        if one.listed is None:
            yield f"line {one.line}: {one.name} is not in exec form"
    if not any("tini" in one.text for one in case.last.all("ENTRYPOINT")):
        yield f"line {case.last.line}: without tini as ENTRYPOINT, SIGTERM does nothing to Python and nobody buries processes"
    for one in case.all("HEALTHCHECK"):
        exec_form = re.fullmatch(r"CMD\s+(\[.*\])", one.text)
        if not exec_form or not all(one.flag(name) for name in ("interval", "timeout", "start-period", "retries")):
            yield f"line {one.line}: HEALTHCHECK needs interval, timeout, start-period, retries and a CMD in exec form"


def _adds(case: Case) -> Iterator[str]:
    for one in case.all("ADD"):
        yield f"line {one.line}: ADD fetches and unpacks by itself; use COPY"


def _secrets(case: Case) -> Iterator[str]:
    for one in case.all("ARG", "ENV", "LABEL"):
        for name in one.assigned:
            if _SECRET.search(name):
                yield f"line {one.line}: {name} would stay in the image's history; use RUN --mount=type=secret"


def _apt(case: Case) -> Iterator[str]:
    for one in case.all("RUN"):
        if re.search(r"\bapt\s|\bapt-get\s+(?:-\S+\s+)*(?:upgrade|dist-upgrade)", one.text):
            yield f"line {one.line}: use apt-get, and no upgrade"
        if "apt-get install" in one.text:
            needed = ("apt-get update", "--no-install-recommends", "-y ", "rm -rf /var/lib/apt/lists/*")
            for part in needed:
                if part not in one.text:
                    yield f"line {one.line}: apt-get install without {part.strip()!r} in the same RUN"


def _copies(case: Case) -> Iterator[str]:
    names: set[str] = set()
    for stage in case.stages:
        for one in stage.all("COPY"):
            origin = one.flag("from")
            if origin is not None:
                if origin not in names:
                    yield f"line {one.line}: there is no stage {origin} before this one"
                continue
            for source in one.words[:-1]:
                yield from (f"line {one.line}: {fault}" for fault in _source_faults(source, case))
        names.add(stage.name)


def _source_faults(source: str, case: Case) -> Iterator[str]:
    if source in (".", "./", "/"):
        yield "copies everything; name what is needed"
        return
    under = [path for path in case.files if path == source or path.startswith(source.rstrip("/") + "/")]
    if not under:
        yield f"{source} is not there"
    elif all(ignored(path, case.ignores) for path in under):
        yield f"{source} is kept from the builder by .dockerignore"


def _order(case: Case) -> Iterator[str]:
    for stage in case.stages:
        heavy = [one for one in stage.all("RUN") if re.search(r"pip install .*(?:--requirement|-r)\s", one.text)]
        if not heavy:
            continue
        folders = [
            one
            for one in stage.all("COPY")
            if one.flag("from") is None and any(f"{word.rstrip('/')}/" in _parents(case) for word in one.words[:-1])
        ]
        for one in folders:
            if one.line < heavy[-1].line:
                yield f"line {one.line}: folders are copied before the libraries are installed, which undoes the cache"
            else:
                yield f"line {one.line}: the source gets into the libraries' layer; give it a stage of its own"


def _parents(case: Case) -> set[str]:
    return {path[: at + 1] for path in case.files for at, letter in enumerate(path) if letter == "/"}


def _pip(case: Case) -> Iterator[str]:
    for one in case.all("RUN"):
        for call in re.findall(r"pip install[^&;|]*", one.text):
            if "--no-deps" not in call and "--constraint constraints.txt" not in call:
                yield f"line {one.line}: pip install without the versions that were tested (--constraint constraints.txt)"
        if (
            "pip install" in one.text
            and "--no-cache-dir" not in one.text
            and "type=cache" not in dict(one.flags).get("mount", "")
        ):
            yield f"line {one.line}: pip's cache would stay in the layer"


def _hosts(case: Case) -> Iterator[str]:
    for one in case.all("RUN", "ARG", "ENV", "COPY"):
        if _ELSEWHERE.search(one.text) or re.search(r"\b(?:curl|wget)\b", one.text):
            yield f"line {one.line}: names another host, or fetches from one"


def _final(case: Case) -> Iterator[str]:
    if re.search(r"devel|-sdk", case.last.base):
        yield f"line {case.last.line}: the last stage stands on {case.last.base}, which brings compilers"
    for one in case.last.all("RUN"):
        if _COMPILERS.search(one.text) or "pip install" in one.text:
            yield f"line {one.line}: compilers, headers or installs in the last stage; do that in an earlier one"


def _shell(case: Case) -> Iterator[str]:
    for one in case.all("WORKDIR"):
        if not one.text.startswith("/"):
            yield f"line {one.line}: WORKDIR {one.text} is not absolute"
    for one in case.all("RUN"):
        if re.search(r"(?:^|[;&]\s*)(?:cd|sudo|su|ssh|service)\s", one.text):
            yield f"line {one.line}: cd, sudo or a service in RUN; use WORKDIR, and USER"
    for one in case.all("MAINTAINER", "ONBUILD"):
        yield f"line {one.line}: {one.name} is not used here"


def _told(case: Case) -> Iterator[str]:
    for one in case.all("ARG", "ENV"):
        for name in one.assigned:
            if f"`{name}`" not in case.page:
                yield f"line {one.line}: {name} is explained nowhere; add it to the page"


RULES: tuple[Callable[[Case], Iterator[str]], ...] = (
    *(_bases, _user, _forms, _adds, _secrets, _apt, _copies, _order, _pip, _hosts, _final, _shell, _told),
)


def faults(case: Case) -> list[str]:
    """What breaks the rules, in the order of the rules."""
    return [fault for rule in RULES for fault in rule(case)]


def case_of(dockerfile: Path, page: Path) -> Case:
    """The Dockerfile with the files of its folder."""
    root = dockerfile.parent
    found = (path for top in sorted(root.iterdir()) if not top.name.startswith(".") for path in (top, *top.rglob("*")))
    ignores = root / ".dockerignore"
    return Case(
        stages=read_stages(dockerfile.read_text(encoding="utf-8")),
        files=[path.relative_to(root).as_posix() for path in found if path.is_file() and "__pycache__" not in path.parts],
        ignores=ignores.read_text(encoding="utf-8").splitlines() if ignores.is_file() else (),
        page=page.read_text(encoding="utf-8"),
    )


def main() -> int:
    given = [Path(one) for one in sys.argv[1:]]
    dockerfile, page = [*given, *(Path("Dockerfile"), Path("docs/container.md"))[len(given) :]][:2]
    found = faults(case_of(dockerfile.absolute(), page))
    print("\n".join(found) or f"{dockerfile} breaks none of {len(RULES)} rules.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
