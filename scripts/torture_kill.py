"""Kill a render again and again, and show that nothing is lost and nothing is done twice.

    python scripts/torture_kill.py KILLS [--seed N] [--tasks N]
    python scripts/torture_kill.py KILLS --render "cinema render film.fountain --out {out}" --resume "cinema resume {out}"

First one render runs undisturbed. Then renders run in process groups of their own; each group is killed with SIGKILL at a
moment between its start and the time that an undisturbed render takes, and the film is resumed (and killed again) until
it is finished; then the next film begins, until KILLS kills have struck. Every film must have the same artefacts, byte for
byte, as the undisturbed one, and no task that was committed at a kill may have been started after it. `--same NAME` also
compares that file of the film folder (of a video: its decoded frames).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shlex
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from cinema.identity import file_digest
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog
from cinema.testing.graph import run_tasks, small_film

FINISHED = (0,)


@dataclass
class Tally:
    kills: int = 0
    films: int = 0
    committed_at_kills: int = 0
    tasks: int = 0
    faults: list[str] = field(default_factory=list)


def artefacts(film: Path) -> dict[str, str]:
    """ "key/name" to SHA-256, of everything that is committed."""
    path = film / ".cinema" / "record.db"
    if not path.is_file():
        return {}
    db = sqlite3.connect(path)
    try:
        return {f"{key}/{name}": sha256 for key, name, sha256 in db.execute("SELECT key, name, sha256 FROM files")}
    except sqlite3.OperationalError:  # killed before the tables were made
        return {}
    finally:
        db.close()


def starts(film: Path) -> list[str]:
    """Keys in the order in which attempts at them were started."""
    path = film / ".cinema" / "runs.jsonl"
    if not path.is_file():
        return []
    entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [entry["key"] for entry in entries if entry["status"] == "started"]


def content(path: Path) -> str:
    """A hash of the file; of a video, of its decoded frames."""
    if path.suffix != ".mp4":
        return file_digest(path)
    import av

    hasher = hashlib.sha256()
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            hasher.update(frame.to_ndarray().tobytes())
    return hasher.hexdigest()


def start(command: str, film: Path) -> subprocess.Popen[bytes]:
    arguments = [part.format(out=film) for part in shlex.split(command)]
    return subprocess.Popen(arguments, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def strike(process: subprocess.Popen[bytes], delay: float) -> bool:
    """Kill the process's whole group after `delay` seconds; False where it had ended before."""
    try:
        process.wait(delay)
        return False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True


def torment(film: Path, options: argparse.Namespace, chance: random.Random, length: float, tally: Tally) -> None:
    """One film, killed and resumed until it is finished."""
    committed: list[tuple[int, set[str]]] = []
    command = options.render
    while True:
        process = start(command, film)
        delay = chance.uniform(0, length) if tally.kills < options.kills else 600.0
        if not strike(process, delay):
            if process.returncode not in FINISHED:
                tally.faults.append(f"{film.name}: `{command}` ended with {process.returncode}")
            break
        tally.kills += 1
        keys = {name.partition("/")[0] for name in artefacts(film)}
        committed.append((len(starts(film)), keys))
        tally.committed_at_kills += len(keys)
        if (film / ".cinema" / "record.db").is_file():
            command = options.resume
    begun = starts(film)
    for already, keys in committed:
        twice = keys & set(begun[already:])
        if twice:
            tally.faults.append(f"{film.name}: {len(twice)} committed tasks were started again")
    left = [path.name for path in (film / ".cinema" / "work").iterdir()]
    if left:
        tally.faults.append(f"{film.name}: partial files were left: {left[:3]}")
    tally.films += 1


def compare(film: Path, reference: Path, same: list[str], tally: Tally) -> None:
    wanted, got = artefacts(reference), artefacts(film)
    different = [name for name in wanted.keys() | got.keys() if wanted.get(name) != got.get(name)]
    if different or not wanted:
        tally.faults.append(
            f"{film.name}: {len(different)} of {len(wanted)} artefacts differ from the undisturbed: {sorted(different)[:3]}"
        )
    for name in same:
        if content(film / name) != content(reference / name):
            tally.faults.append(f"{film.name}: {name} differs from the undisturbed render's")


def torture(options: argparse.Namespace, folder: Path) -> Tally:
    tally, chance = Tally(), random.Random(options.seed)
    reference = folder / "undisturbed"
    began = time.monotonic()
    if start(options.render, reference).wait() not in FINISHED:
        tally.faults.append("the undisturbed render failed")
        return tally
    length = time.monotonic() - began
    tally.tasks = len({name.partition("/")[0] for name in artefacts(reference)})
    print(f"undisturbed: {length:.2f} s, {tally.tasks} tasks", file=sys.stderr)
    while tally.kills < options.kills and not tally.faults:
        film = folder / f"film-{tally.films + 1}"
        torment(film, options, chance, length, tally)
        compare(film, reference, options.same, tally)
        print(f"{film.name}: {tally.kills} kills so far", file=sys.stderr)
    return tally


def child(folder: Path, lines: int) -> int:
    """The render that is killed where no other command is given: a graph of the testing family."""
    catalog = testing_catalog(folder.parent / "catalog")
    result = run_tasks(folder / ".cinema", small_film(lines), catalog, settings=Settings(workers=2))
    return 1 if result.failures else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", type=int, nargs="?", default=100)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--tasks", type=int, default=600, help="of the testing film")
    parser.add_argument("--render", help="a command; {out} is the film's folder")
    parser.add_argument("--resume", help="a command; {out} is the film's folder")
    parser.add_argument("--same", action="append", default=[], metavar="NAME")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.child, options.tasks // 2)
    own = shlex.join([sys.executable, __file__, "--tasks", str(options.tasks), "--child"]) + " {out}"
    options.render = options.render or own
    options.resume = options.resume or options.render
    with tempfile.TemporaryDirectory(prefix="torture-", dir=Path.cwd()) as name:
        testing_catalog(Path(name) / "catalog")
        tally = torture(options, Path(name))
    print(
        f"{tally.kills} kills over {tally.films} films of {tally.tasks} tasks; {tally.committed_at_kills} commits stood at "
        f"the kills, {'none ran again' if not tally.faults else 'and not all is well'}"
    )
    for fault in tally.faults:
        print(f"FAULT {fault}")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
