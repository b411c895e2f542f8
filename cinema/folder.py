"""The film folder: where a film's script, settings, takes and finished files lie."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cinema.artefact import Artefact
from cinema.assets import Found, adopt, find, named_in
from cinema.cut.timeline import Take
from cinema.errors import InputError, OutOfDiskError
from cinema.events import Listener, Warned, nobody
from cinema.identity import seed_from
from cinema.plan import ShotOverride, load_plan
from cinema.plan.model import Plan
from cinema.plan.task import Asset
from cinema.render import Store
from cinema.script import read_text, write_json
from cinema.script.model import Script
from cinema.settings import Settings
from cinema.units import human_bytes

_STORE = ".cinema"
_SCRIPT = "script.json"


class FilmFolder:
    """An opened and locked film folder. Everything in it can be made again from `script.json` and the store."""

    def __init__(self, path: Path, store: Store) -> None:
        self.path = path
        self.store = store

    def keep(
        self, script: Script, settings: Settings, source: Path, precisions: Mapping[str, str], notes: Iterable[str] = ()
    ) -> None:
        """Remember what the film is made from, and with, so that it can be resumed without the author's file."""
        self.write(_SCRIPT, write_json(script))
        self.store.remember("settings", settings.model_dump(mode="json"))
        self.store.remember("source", str(source.resolve()))
        self.store.remember("precisions", dict(precisions))
        self.store.remember("notes", list(notes))

    def recall(self) -> tuple[Script, Settings]:
        """The script and the settings with which the film was last made."""
        kept = self.store.recall("settings")
        path = self.path / _SCRIPT
        if kept is None or not path.is_file():
            raise InputError(
                f"{self.path} holds no film that was begun; start one with `cinema render SCRIPT --out {self.path}`."
            )
        return read_text(path.read_bytes(), "json", str(path)), Settings.model_validate(kept)

    def precisions(self) -> Mapping[str, str]:
        """In which precision each model was used, by its id; empty for a film that was begun before that was kept."""
        return self.store.recall("precisions") or {}

    def notes(self) -> tuple[str, ...]:
        """What was noted when the film was cast: which models, and why no others."""
        return tuple(self.store.recall("notes") or ())

    def adopt(self, found: Iterable[Found]) -> None:
        """Bring the user's own files into the store, and remember which path of the script stands for which."""
        found = tuple(found)
        adopt(found, self.store)
        rows = [{"kind": one.asset.kind, "source": one.asset.source, "sha256": one.asset.sha256} for one in found]
        self.store.remember("assets", rows)

    def assets(self) -> tuple[Asset, ...]:
        """The user's own files with which the film is made, all of them in the store.

        One that is damaged there is taken from its original again; InputError where that is gone or has changed.
        """
        assets = tuple(Asset(**row) for row in self.store.recall("assets") or ())
        here = self.store.cached(asset.key for asset in assets)
        lost = [asset for asset in assets if asset.key not in here]
        if lost:
            script, _ = self.recall()
            beside = Path(str(self.store.recall("source"))).parent
            found = {one.asset: one for one in (find(named, beside) for named in named_in(script))}
            changed = next((asset for asset in lost if asset not in found), None)
            if changed is not None:
                raise InputError(
                    f"{changed.source} is damaged in {self.path}, and in {beside} it is another file now; "
                    "put the old one back, or render the film again."
                )
            adopt(found.values(), self.store)
        return assets

    def write(self, name: str, content: str | Mapping[str, Any]) -> Path:
        """Write text or JSON under a temporary name, then put it in place."""
        path = self.path / name
        text = content if isinstance(content, str) else json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        unfinished = path.with_name(f".{name}.part")
        try:
            unfinished.write_text(text, encoding="utf-8")
            unfinished.replace(path)
        except OSError as exc:
            unfinished.unlink(missing_ok=True)
            raise OutOfDiskError(f"{path} cannot be written: {exc.strerror}.") from exc
        return path

    def made(self, plan: Plan) -> set[str]:
        """The keys of the plan's tasks whose artefacts are here, whole."""
        return self.store.cached(task.key for task in plan.tasks)

    def recall_plan(self) -> Plan:
        """The plan with which the film was last made. Raises InputError when it was not made as far as that."""
        path = self.path / "plan.json"
        if not path.is_file():
            raise InputError(f"{self.path} has no plan yet; finish the film first with `cinema resume {self.path}`.")
        try:
            return load_plan(json.loads(path.read_bytes()))
        except ValueError as exc:
            raise InputError(f"{path} is damaged; make it again with `cinema resume {self.path}`.") from exc

    def warn_of_space(self, needed_bytes: int, listener: Listener) -> None:
        """Tell when the disk will probably not hold what is going to be made."""
        free_bytes = shutil.disk_usage(self.path).free
        if needed_bytes > free_bytes:
            message = (
                f"The film needs about {human_bytes(needed_bytes)}, and {human_bytes(free_bytes)} are free in {self.path}."
            )
            listener(Warned(message=message))

    def overrides(self) -> dict[str, ShotOverride]:
        """What retakes asked for, by shot."""
        return {shot: ShotOverride(seed=row.seed, prompt=row.prompt) for shot, row in self.store.overrides().items()}

    def ask_retake(self, plan: Plan, shot: str, *, seed: int | None, prompt: str | None, take: int | None) -> None:
        """Note what the next take of a shot shall be.

        Without seed, prompt or take, the seed changes. Raises InputError for a shot that the plan does not have, or a take
        that was never made.
        """
        known = {planned.id: planned for planned in plan.shots}
        if shot not in known:
            raise InputError(f"There is no shot {shot!r}; the film's shots are {_some(known)}.")
        if take is not None:
            self.store.choose_take(shot, take)
            return
        wish = self.store.overrides().get(shot)
        if seed is None and prompt is None:
            seed = seed_from("retake", known[shot].seed, len(self.store.takes(shot)))
        if wish is not None:
            seed, prompt = (wish.seed if seed is None else seed), (wish.prompt if prompt is None else prompt)
        self.store.override(shot, seed=seed, prompt=prompt)

    def record_takes(self, plan: Plan, artefacts: Mapping[str, Artefact]) -> None:
        """Enter the clip of every shot that was made; a clip that is entered already stays the take that it was."""
        overrides = self.overrides()
        for shot in plan.shots:
            key = plan.uses.get(f"shot:{shot.id}")
            if key and key in artefacts:
                wish = overrides.get(shot.id)
                self.store.add_take(shot.id, key, seed=shot.seed, prompt=wish.prompt if wish else None)

    def takes(self, plan: Plan) -> dict[str, tuple[Take, ...]]:
        """Every take of every shot of the plan whose clip is still there, oldest first."""
        found: dict[str, tuple[Take, ...]] = {}
        for shot in plan.shots:
            takes: list[Take] = []
            for row in self.store.takes(shot.id):
                artefact = self.store.get(row.key, verify=False)
                if artefact is not None:
                    takes.append(
                        Take(
                            number=row.number,
                            key=row.key,
                            path=artefact.path,
                            available_frames=artefact.facts.frames,
                            making=artefact.making,
                            prompt=row.prompt or shot.prompt,
                        )
                    )
            found[shot.id] = tuple(takes)
        return found


@contextmanager
def open_folder(path: Path, *, must_exist: bool = False, listener: Listener = nobody) -> Generator[FilmFolder]:
    """Open and lock a film folder.

    Raises LockedError when a live process holds it, OutOfDiskError when it cannot be made or written, InputError when
    it must exist and does not.
    """
    if must_exist and not (path / _STORE).is_dir():
        raise InputError(f"{path} is not a film folder; give the folder that `cinema render` made.")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise OutOfDiskError(f"The output folder {path} cannot be made: {exc.strerror}. Choose another with --out.") from exc
    if not os.access(path, os.W_OK):
        raise OutOfDiskError(f"The output folder {path} is not writable. Choose another with --out.")
    with Store.open(path / _STORE, listener) as store:
        yield FilmFolder(path.resolve(), store)


def _some(names: Iterable[str], most: int = 12) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (f" … {listed[-1]}" if len(listed) > most else "")
