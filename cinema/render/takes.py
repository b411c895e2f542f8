"""Takes: every clip that was made for a shot, and what a retake asked for."""

from __future__ import annotations

from dataclasses import dataclass

from cinema.errors import InputError
from cinema.render.record import Record, Transaction


@dataclass(frozen=True, kw_only=True)
class TakeRow:
    """One take of a shot; `number` counts from 1. `prompt` is None where the planner's own was used."""

    shot: str
    number: int
    key: str
    seed: int
    prompt: str | None
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class OverrideRow:
    """What the author wants of a shot instead of what the planner would give; None: the planner's own."""

    seed: int | None
    prompt: str | None


class Takes:
    """The part of a store that remembers takes. Earlier takes are kept, with their numbers."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def add_take(self, shot: str, key: str, seed: int, prompt: str | None = None) -> int:
        """Enter a clip as the newest take, and choose it; returns its number.

        A clip that is entered already keeps its number, and the choice stays as it is.
        """
        with self.record.transaction() as change:
            known = change.rows("SELECT number FROM takes WHERE shot = ? AND key = ?", shot, key)
            if known:
                return int(known[0][0])
            number = int(change.rows("SELECT COALESCE(MAX(number), 0) + 1 FROM takes WHERE shot = ?", shot)[0][0])
            change.execute("UPDATE takes SET chosen = 0 WHERE shot = ?", shot)
            change.execute(
                "INSERT INTO takes (shot, number, key, seed, prompt, chosen) VALUES (?, ?, ?, ?, ?, 1)",
                *(shot, number, key, seed, prompt),
            )
        return number

    def takes(self, shot: str) -> tuple[TakeRow, ...]:
        """Every take of the shot, oldest first."""
        rows = self.record.rows(
            "SELECT shot, number, key, seed, prompt, chosen FROM takes WHERE shot = ? ORDER BY number", shot
        )
        return tuple(
            TakeRow(shot=shot, number=number, key=key, seed=seed, prompt=prompt, chosen=bool(chosen))
            for shot, number, key, seed, prompt, chosen in rows
        )

    def choose_take(self, shot: str, number: int) -> TakeRow:
        """Choose an earlier take: its seed and prompt become what the author wants of the shot.

        Raises InputError where the shot has no such take.
        """
        rows = self.takes(shot)
        if not 1 <= number <= len(rows):
            have = f"it has {len(rows)}" if rows else "it has none"
            raise InputError(f"There is no take {number} of shot {shot!r}; {have}.")
        take = rows[number - 1]
        with self.record.transaction() as change:
            change.execute("UPDATE takes SET chosen = (number = ?) WHERE shot = ?", number, shot)
            _override(change, shot, take.seed, take.prompt)
        return take

    def override(self, shot: str, *, seed: int | None = None, prompt: str | None = None) -> None:
        """Ask for another take of the shot, with that seed or prompt; both None: the planner's own again."""
        with self.record.transaction() as change:
            if seed is None and prompt is None:
                change.execute("DELETE FROM overrides WHERE shot = ?", shot)
            else:
                _override(change, shot, seed, prompt)

    def overrides(self) -> dict[str, OverrideRow]:
        """By shot, in order of shot."""
        rows = self.record.rows("SELECT shot, seed, prompt FROM overrides ORDER BY shot")
        return {shot: OverrideRow(seed=seed, prompt=prompt) for shot, seed, prompt in rows}


def _override(change: Transaction, shot: str, seed: int | None, prompt: str | None) -> None:
    change.execute("INSERT OR REPLACE INTO overrides (shot, seed, prompt) VALUES (?, ?, ?)", shot, seed, prompt)
