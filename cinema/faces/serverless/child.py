"""The process that makes one film: told on stdin what to do, tells on stdout what happens, as lines of JSON.

It leads a session of its own, so that its workers can be ended with it. When stdin ends, the handler is gone: the film is
left as it is, to be gone on with by whoever gets the job next. What libraries print goes to stderr, which is the job's log.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from cinema.errors import CinemaError, LockedError
from cinema.events import (
    Event,
    ModelLoaded,
    StageAdvanced,
    StageFinished,
    StageStarted,
    TaskFailed,
    TaskFinished,
    Warned,
)

_GRACE_SECONDS = 2.5
_BUSY_SECONDS = 15.0
_PREVIEW_SECONDS = 8.0
PREVIEW_WIDTH_PX = 320


def main() -> None:
    """Do what the first line on stdin says; exit code 0 where it was told how it went, however that was."""
    news = _Line(os.fdopen(os.dup(1), "wb", buffering=0))
    os.dup2(2, 1)
    order: dict[str, Any] = json.loads(_first_line())
    cancel = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: cancel.set())
    threading.Thread(target=_watch, args=(cancel,), daemon=True).start()
    try:
        news.tell(kind="done", summary=_perform(order, news, cancel))
    except CinemaError as exc:
        where = exc.where
        news.tell(
            kind="failed",
            code=exc.exit_code,
            message=exc.message,
            pointer=where.pointer if where else None,
            line=where.line if where else None,
        )
    except BaseException as exc:
        import traceback

        traceback.print_exception(exc)
        from cinema.faces.serverless.redact import told

        news.tell(kind="failed", code=1, message=told(exc), pointer=None, line=None)


class _Line:
    """One object of JSON a line, from any thread."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._guard = threading.Lock()

    def tell(self, **facts: object) -> None:
        with self._guard:
            try:
                self._file.write(json.dumps(facts).encode() + b"\n")
            except OSError:
                return  # nobody listens any more; the end of stdin says the same


def _first_line() -> bytes:
    """Read from the descriptor itself: a buffered stdin would be locked by `_watch` when the interpreter ends."""
    said = b""
    while not said.endswith(b"\n"):
        more = os.read(0, 1 << 16)
        if not more:
            break
        said += more
    return said


def _watch(cancel: threading.Event) -> None:
    """When the handler is gone, stop; and if that takes long, end this session with all its workers."""
    while os.read(0, 1 << 16):
        continue
    cancel.set()
    time.sleep(_GRACE_SECONDS)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _perform(order: Mapping[str, Any], news: _Line, cancel: threading.Event) -> dict[str, Any]:
    """Make the film. One that the workers of a killed handler still hold is waited for."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            return _film(order, news, cancel)
        except LockedError:
            if cancel.is_set() or time.monotonic() > until:
                raise
            time.sleep(0.2)


def _film(order: Mapping[str, Any], news: _Line, cancel: threading.Event) -> dict[str, Any]:
    from cinema import film
    from cinema.settings import Settings

    out = Path(order["out"])
    listener = Teller(news, out, Path(order["preview"]) if order.get("preview") else None)
    if order["action"] == "retake":
        wish = film.Retake(seed=order["seed"], prompt=order["prompt"], take=order["take"])
        made = film.retake(out, order["shot"], wish, listener=listener, cancel=cancel)
    else:
        settings = Settings.model_validate(order["settings"])
        made = film.render(Path(order["script"]), out, settings, listener=listener, cancel=cancel)
    return {**made.summary(), "notes": list(made.schedule.notes)}


class Teller:
    """A listener that turns events into lines: the stage, how many shots are there, and a picture of the latest."""

    def __init__(self, news: _Line, out: Path, preview: Path | None) -> None:
        self._news = news
        self._out = out
        self._preview = preview
        self._shots: dict[str, str] = {}
        self._made: set[str] = set()
        self._pictured = float("-inf")

    def __call__(self, event: Event) -> None:
        match event:
            case StageStarted(stage=stage):
                if stage == "picture":
                    self._count_shots()
                self._news.tell(kind="progress", stage=stage, fraction=0.0, **self._counted())
            case StageAdvanced():
                left = event.seconds_left if event.film_seconds_left is None else event.film_seconds_left
                told = None if left is None else round(left, 1)
                facts = {"fraction": round(event.fraction, 4), "seconds_left": told}
                self._news.tell(kind="progress", stage=event.stage, **facts, **self._counted())
            case StageFinished(stage=stage):
                self._news.tell(kind="progress", stage=stage, fraction=1.0, **self._counted())
            case TaskFinished(key=key) if key in self._shots and key not in self._made:
                self._made.add(key)
                self._news.tell(kind="progress", stage="picture", **self._counted())
                self._show(key)
            case ModelLoaded(model=model):
                self._news.tell(kind="model", model=model, seconds=event.seconds)
            case TaskFailed(final=True):
                self._news.tell(kind="warning", message=f"{event.role} by {event.model}: {event.message}")
            case Warned():
                self._news.tell(kind="warning", message=event.message)
            case _:
                return

    def _counted(self) -> dict[str, int]:
        return {"shot": len(self._made), "shots": len(self._shots)} if self._shots else {}

    def _count_shots(self) -> None:
        """Which tasks make the clips of the shots, and which are made already: by the plan that was just written."""
        from cinema.plan import load_plan

        try:
            plan = load_plan(json.loads((self._out / "plan.json").read_bytes()))
            schedule = json.loads((self._out / "schedule.json").read_bytes())
        except (OSError, ValueError, CinemaError):
            return
        keys = {shot.id: plan.uses.get(f"shot:{shot.id}") for shot in plan.shots}
        self._shots = {key: shot for shot, key in keys.items() if key}
        waiting = {key for batch in schedule.get("batches", ()) for key in batch.get("keys", ())}
        self._made = set(self._shots) - waiting

    def _show(self, key: str) -> None:
        """A small picture from the middle of the clip; the film does not wait for one that fails."""
        if self._preview is None or time.monotonic() - self._pictured < _PREVIEW_SECONDS:
            return
        self._pictured = time.monotonic()
        try:
            if draw_preview(self._out, key, self._preview):
                self._news.tell(kind="preview", shot=self._shots[key])
        except Exception as exc:
            print(f"no preview: {exc}", file=sys.stderr)


def draw_preview(out: Path, key: str, to: Path) -> bool:
    """A JPEG of `PREVIEW_WIDTH_PX` from the middle of the clip with that key; False where its file is not found."""
    import sqlite3

    from PIL import Image

    from cinema.media import still

    with sqlite3.connect(f"file:{out / '.cinema' / 'record.db'}?mode=ro", uri=True) as record:
        row = record.execute("SELECT name, sha256, facts FROM files WHERE key = ? ORDER BY position LIMIT 1", (key,)).fetchone()
    record.close()
    if row is None:
        return False
    name, digest, facts = row
    clip = out / ".cinema" / "objects" / digest[:2] / f"{digest}{Path(name).suffix.lower()}"
    image = Image.fromarray(still(clip, int(json.loads(facts).get("frames", 1)) // 2))
    image.thumbnail((PREVIEW_WIDTH_PX, PREVIEW_WIDTH_PX))
    part = to.with_name(f".{to.name}.part")
    image.save(part, "JPEG", quality=70)
    part.replace(to)
    return True


if __name__ == "__main__":
    main()
