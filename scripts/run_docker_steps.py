"""Run a Dockerfile's install steps without Docker: `run_docker_steps.py DIR [DOCKERFILE]`.

Its RUN and COPY instructions are read from it and carried out in order, with the container's folders (/opt, /src, /srv, /app)
below DIR, this machine's Python for the Python image, and the variables that the Dockerfile sets. What needs the image's own
system (apt-get, users, ldconfig) and copies between stages, which all lie in DIR here, are skipped and named. At last the
health check and the worker are started as the image would start them. Seconds are printed for each step.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dockerfiles import Instruction, Stage, ignored, read_stages

_FOLDERS = re.compile(r"(?<![\w./-])/(?=(?:opt|src|srv|app|run/secrets)\b)")
_OF_THE_IMAGE = ("apt-get ", "ldconfig", "groupadd ", "useradd ")
_PASSED = ("LANG", "PIP_CONFIG_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "TMPDIR")
"""Of this machine's variables: how its pip reaches packages."""


class Steps:
    """The container's folders below `root`, and what was done in them."""

    def __init__(self, root: Path, context: Path) -> None:
        self.root, self.context = root, context
        self.patterns = (context / ".dockerignore").read_text(encoding="utf-8").splitlines()
        self.failed = False

    def here(self, text: str) -> str:
        """With the container's folders replaced by ours."""
        return _FOLDERS.sub(f"{self.root}/", text)

    def run(self, stages: list[Stage]) -> None:
        folders: dict[str, Path] = {}
        for stage in stages:
            print(f"-- {stage.name} (FROM {stage.base})", flush=True)
            variables, folder = self._inherited(stage, stages), folders.get(stage.base, self.root)
            for one in stage.instructions:
                if one.name in ("ENV", "ARG"):
                    variables |= {name: self.here(self._expanded(value, variables)) for name, value in one.assigned.items()}
                elif one.name == "WORKDIR":
                    folder = Path(self.here(one.text))
                    folder.mkdir(parents=True, exist_ok=True)
                elif one.name == "COPY":
                    self._timed(one, lambda one=one, folder=folder: self._copy(one, folder))
                elif one.name == "RUN":
                    self._timed(one, lambda one=one, folder=folder, variables=variables: self._run(one, folder, variables))
                elif one.name == "HEALTHCHECK":
                    command = Instruction(line=one.line, name="HEALTHCHECK", flags=(), text=one.text.removeprefix("CMD "))
                    self._timed(
                        one, lambda command=command, folder=folder, variables=variables: self._start(command, folder, variables)
                    )
                elif one.name == "CMD":
                    tried = Instruction(line=one.line, name="CMD", flags=(), text=one.text)
                    self._timed(
                        one,
                        lambda tried=tried, folder=folder, variables=variables: self._start(
                            tried, folder, variables, "--test_input", '{"id": "steps", "input": {"action": "models"}}'
                        ),
                    )
            folders[stage.name] = folder

    def _inherited(self, stage: Stage, stages: list[Stage]) -> dict[str, str]:
        base = next((one for one in stages if one.name == stage.base), None)
        if base is None:
            own = Path(sys.executable).resolve().parent
            start = {"PATH": f"{own}:/usr/local/bin:/usr/bin:/bin", "HOME": str(Path.home())}
            passed = {name: value for name, value in os.environ.items() if name in _PASSED or name.startswith("PIP_")}
            return passed | start
        variables = self._inherited(base, stages)
        for one in base.all("ENV"):
            variables |= {name: self.here(self._expanded(value, variables)) for name, value in one.assigned.items()}
        return variables

    @staticmethod
    def _expanded(value: str, variables: dict[str, str]) -> str:
        return re.sub(r"\$\{?(\w+)\}?", lambda match: variables.get(match[1], ""), value)

    def _timed(self, one: Instruction, step: Callable[[], str]) -> None:
        if self.failed:
            return
        begun = time.monotonic()
        said = step()
        print(f"{time.monotonic() - begun:8.1f} s  line {one.line}: {one.name} {one.text[:70]}{said}", flush=True)

    def _copy(self, one: Instruction, folder: Path) -> str:
        if one.flag("from") is not None:
            return "  [between stages: in place already]"
        *sources, target = one.words
        place = folder / self.here(target)
        count = 0
        for source in sources:
            origin = self.context / source
            for path in [origin] if origin.is_file() else sorted(one for one in origin.rglob("*") if one.is_file()):
                name = path.relative_to(self.context).as_posix()
                if ignored(name, self.patterns):
                    continue
                into = place / path.name if origin.is_file() else place / path.relative_to(origin)
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, into)
                count += 1
        self.failed = self.failed or count == 0
        return f"  [{count} files]"

    def _run(self, one: Instruction, folder: Path, variables: dict[str, str]) -> str:
        if any(word in one.text for word in _OF_THE_IMAGE):
            return "  [skipped: needs the image's own system]"
        done = subprocess.run(["/bin/sh", "-c", self.here(one.text)], cwd=folder, env=variables, check=False)
        self.failed = done.returncode != 0
        return f"  [exit {done.returncode}]"

    def _start(self, one: Instruction, folder: Path, variables: dict[str, str], *more: str) -> str:
        command = [*(one.listed or []), *more]
        found = shutil.which(command[0], path=variables["PATH"]) or command[0]
        done = subprocess.run(
            [found, *command[1:]], cwd=folder, env=variables, check=False, capture_output=True, text=True, timeout=600
        )
        self.failed = done.returncode != 0
        if self.failed:
            print(done.stdout[-3_000:], done.stderr[-3_000:])
        return f"  [exit {done.returncode}]"


def main() -> int:
    if not 2 <= len(sys.argv) <= 3:
        print(__doc__)
        return 2
    root = Path(sys.argv[1]).absolute()
    dockerfile = Path(sys.argv[2] if len(sys.argv) == 3 else "Dockerfile").absolute()
    if root.exists() and any(root.iterdir()):
        print(f"{root} is not empty.")
        return 2
    steps = Steps(root, dockerfile.parent)
    begun = time.monotonic()
    steps.run(read_stages(dockerfile.read_text(encoding="utf-8")))
    size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    print(f"{time.monotonic() - begun:8.1f} s  {'FAILED' if steps.failed else 'done'}, {size / 1e9:.1f} GB in {root}")
    return 1 if steps.failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
