"""The process that makes films, one after the other, and keeps its workers and their models from one to the next.

It speaks lines of JSON over a socket, its stdin when it starts. An order comes with two descriptors: the job's lease, which is
held until the film is made, and the job's log, to which goes what libraries print. Between jobs neither is open.
It leads a session of its own, so that its workers can be ended with it. When the socket ends, the handler is gone: a child that
is idle leaves at once; one at work stops, and its film is left as it is, to be gone on with by whoever gets the job next.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

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

if TYPE_CHECKING:
    from cinema.render import Crew

_GRACE_SECONDS = 2.5
_BUSY_SECONDS = 15.0
_PREVIEW_SECONDS = 8.0
PREVIEW_WIDTH_PX = 320
MOST_WARNINGS = 500
"""Of the plan's: what is told at the end is one line, and a handler reads none of more than 4 MB."""


def main() -> None:
    """Do what comes over the socket on stdin, until a job does not end well, or there is nobody left to do it for."""
    desk = Desk(socket.socket(fileno=os.dup(0)))
    _point(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGTERM, lambda number, frame: desk.dismiss())
    threading.Thread(target=desk.listen, daemon=True).start()
    _prepare()
    from cinema.render import Crew

    crew = Crew(desk.cancel)
    while (order := desk.orders.get()) is not None:
        if not _do(order, desk, crew):
            break
    _leave()


def _prepare() -> None:
    """Import what makes films, while the handler estimates the first. PyAV whole, before there are threads that use it."""
    import cinema.media
    from cinema import film

    _ = cinema.media, film


@dataclass(frozen=True, kw_only=True)
class _Order:
    """What to do, with the descriptors that came with it."""

    wanted: Mapping[str, Any]
    lease: int
    log: int


class Desk:
    """The child's end of the line: orders come in through a thread, news go out from any."""

    def __init__(self, line: socket.socket) -> None:
        self.cancel = threading.Event()
        self.orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        """None: leave."""
        self.at_work = False
        self._line = line
        self._guard = threading.Lock()

    def tell(self, **facts: object) -> None:
        with self._guard:
            try:
                self._line.sendall(json.dumps(facts).encode() + b"\n")
            except OSError:
                return  # nobody listens any more; the end of the line says the same

    def dismiss(self) -> None:
        """Stop what is being done, and leave."""
        self.cancel.set()
        self.orders.put(None)

    def listen(self) -> None:
        """Take orders until the handler is gone; then leave, with all workers: at once, or after a moment to stop in."""
        try:
            self._take_orders()
        finally:
            if self.at_work:
                self.dismiss()
                time.sleep(_GRACE_SECONDS)
            _leave()

    def _take_orders(self) -> None:
        said, given = b"", list[int]()
        while True:
            more, descriptors, _, _ = socket.recv_fds(self._line, 1 << 16, 4)
            for descriptor in descriptors:
                os.set_inheritable(descriptor, False)
            given += descriptors
            said += more
            if not more:
                return
            while b"\n" in said:
                line, _, said = said.partition(b"\n")
                lease, log = given
                given = []
                self.at_work = True
                self.orders.put(_Order(wanted=json.loads(line), lease=lease, log=log))


def _do(order: _Order, desk: Desk, crew: Crew) -> bool:
    """Do the order and tell how it went; whether another can follow."""
    _point(order.log, 1, 2)
    desk.tell(kind="begun", models_kept=crew.models)
    told: dict[str, object]
    try:
        told = {"kind": "done", "summary": _perform(order.wanted, desk, crew), "kept": _kept(crew)}
    except CinemaError as exc:
        where = exc.where
        place = {"pointer": where.pointer if where else None, "line": where.line if where else None}
        told = {"kind": "failed", "code": exc.exit_code, "message": exc.message, **place}
    except BaseException as exc:
        import traceback

        traceback.print_exception(exc)
        from cinema.faces.serverless.redact import told as named

        told = {"kind": "failed", "code": 1, "message": named(exc), "pointer": None, "line": None}
    _point(os.open(os.devnull, os.O_WRONLY), 1, 2)
    os.close(order.lease)
    desk.at_work = False
    desk.tell(**told)
    return told["kind"] == "done" and not desk.cancel.is_set()


def _kept(crew: Crew) -> dict[str, object] | None:
    """What this process and its workers hold, now that the film is made (`memory.Kept`); None: it cannot be kept."""
    from cinema.faces.serverless.memory import own_bytes

    try:
        return {**asdict(crew.rest()), "own_bytes": own_bytes(), "limit_bytes": crew.host_limit_bytes}
    except Exception as exc:
        print(f"not kept: {exc}", file=sys.stderr)
        return None


def _point(descriptor: int, *standard: int) -> None:
    """Let the standard streams of these numbers be what the descriptor is; that is closed."""
    sys.stdout.flush()
    sys.stderr.flush()
    for number in standard:
        os.dup2(descriptor, number)
    os.close(descriptor)


def _leave() -> NoReturn:
    """End this session with all its workers: what they have is on disk, or is to be made again."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _perform(wanted: Mapping[str, Any], desk: Desk, crew: Crew) -> dict[str, Any]:
    """Make the film. One that the workers of a killed handler still hold is waited for."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            return _film(wanted, desk, crew)
        except LockedError:
            if desk.cancel.is_set() or time.monotonic() > until:
                raise
            time.sleep(0.2)


def _film(wanted: Mapping[str, Any], desk: Desk, crew: Crew) -> dict[str, Any]:
    from cinema import film
    from cinema.settings import Settings

    out = Path(wanted["out"])
    listener = Teller(desk, out, Path(wanted["preview"]) if wanted.get("preview") else None)
    if wanted["action"] == "retake":
        wish = film.Retake(seed=wanted["seed"], prompt=wanted["prompt"], take=wanted["take"])
        made = film.retake(out, wanted["shot"], wish, listener=listener, cancel=desk.cancel, crew=crew)
    else:
        settings = Settings.model_validate(wanted["settings"])
        made = film.render(Path(wanted["script"]), out, settings, listener=listener, cancel=desk.cancel, crew=crew)
    warnings = made.summary()["warnings"]
    more = [f"And {len(warnings) - MOST_WARNINGS} more."] if len(warnings) > MOST_WARNINGS else []
    told = {"warnings": [*warnings[:MOST_WARNINGS], *more], "notes": list(made.schedule.notes)}
    return {**made.summary(), **told}


class Teller:
    """A listener that turns events into lines: the stage, how many shots are there, and a picture of the latest."""

    def __init__(self, news: Desk, out: Path, preview: Path | None) -> None:
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
