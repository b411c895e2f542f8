"""The film's record: an SQLite file, the truth about what has been made."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cinema.errors import InputError
from cinema.render.disk import disk_errors

_UPGRADES: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE artefacts (key TEXT PRIMARY KEY, making TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE files (
            key TEXT NOT NULL REFERENCES artefacts (key) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            size_bytes INTEGER NOT NULL,
            facts TEXT NOT NULL,
            PRIMARY KEY (key, position)
        ) WITHOUT ROWID""",
        "CREATE TABLE film (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE takes (
            shot TEXT NOT NULL,
            number INTEGER NOT NULL,
            key TEXT NOT NULL,
            seed INTEGER NOT NULL,
            prompt TEXT,
            chosen INTEGER NOT NULL,
            PRIMARY KEY (shot, number),
            UNIQUE (shot, key)
        ) WITHOUT ROWID""",
        "CREATE TABLE overrides (shot TEXT PRIMARY KEY, seed INTEGER, prompt TEXT) WITHOUT ROWID",
    ),
)
"""Step n brings a record of version n to version n + 1; a step that was released is never changed."""

VERSION = len(_UPGRADES)
_BUSY_SECONDS = 10.0


class Record:
    """Rows and transactions. Usable from several threads; one transaction at a time.

    Every transaction is on the disk when it returns (WAL, synchronous=FULL), or has left no trace.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the record, and bring it to this version, one step at a time.

        Raises OutOfDiskError when the file cannot be used, InputError when a newer Cinema wrote it.
        """
        self.path = path
        self._guard = threading.RLock()
        with disk_errors(path):
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS)
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        with self._guard, disk_errors(self.path):
            self._db.close()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._guard, disk_errors(self.path):
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """BEGIN IMMEDIATE ... COMMIT; any error within the block rolls all of it back."""
        with self._guard, disk_errors(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._db)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _prepare(self) -> None:
        with disk_errors(self.path):
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA foreign_keys=ON")
        version = int(self.rows("PRAGMA user_version")[0][0])
        if version > VERSION:
            raise InputError(
                f"The film's record {self.path} has version {version}, and this Cinema knows {VERSION}; "
                "install the newer Cinema that wrote it."
            )
        for step in range(version, VERSION):
            with self.transaction() as change:
                for statement in _UPGRADES[step]:
                    change.execute(statement)
                change.execute(f"PRAGMA user_version={step + 1}")


class Transaction:
    """Statements within one transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def execute(self, statement: str, *values: Any) -> int:
        """The number of rows that changed."""
        return self._db.execute(statement, values).rowcount

    def execute_many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._db.executemany(statement, rows)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._db.execute(query, values).fetchall()
