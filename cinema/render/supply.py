"""Where each model's weights lie, asked once a run, and reading the next ones ahead."""

from __future__ import annotations

from pathlib import Path

from cinema.catalog import Catalog, Manifest
from cinema.errors import MissingModelError
from cinema.render.agenda import Agenda, Entry, load_name
from cinema.render.slot import Slot


class Supply:
    def __init__(self, catalog: Catalog, agenda: Agenda) -> None:
        self._catalog = catalog
        self._agenda = agenda
        self._folders: dict[str, Path | None] = {}
        self._fetched: set[str] = set()

    def weights(self, manifest: Manifest) -> Path | None:
        """The folder of a model's weights; None for a model that is code. Raises MissingModelError where they are not here."""
        folder = self._folder(manifest.id)
        if folder is None and manifest.sources:
            raise MissingModelError(f"The weights of {manifest.id} are not here; run `cinema models pull {manifest.id}`.")
        return folder

    def look_ahead(self, slot: Slot, entry: Entry) -> None:
        """With the last task of a batch handed to the slot, have the weights of the next batch read while it runs.

        They go to the system's cache, which all workers share, so each model's are asked for once.
        """
        batch = self._agenda.follower(entry)
        if batch is None or batch.model in self._fetched or load_name(batch) in slot.residents:
            return
        self._fetched.add(batch.model)
        folder = self._folder(batch.model)
        if folder is not None:
            slot.fetch(load_name(batch), folder)

    def _folder(self, model: str) -> Path | None:
        if model not in self._folders:
            held = self._catalog.held(model)
            self._folders[model] = held.path if held else None
        return self._folders[model]
