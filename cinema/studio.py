"""The studio: all that a film is made with, found and chosen once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from cinema import schedule
from cinema.catalog import Catalog, Choice, Delivery, Mode
from cinema.events import Listener, nobody
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Studio:
    """All that a film is made with, wired in one place and passed whole."""

    settings: Settings
    catalog: Catalog
    devices: tuple[DeviceFacts, ...]
    mode: Mode
    choice: Choice
    notes: tuple[str, ...]
    delivery: Delivery
    listener: Listener = nobody
    cancel: threading.Event = field(default_factory=threading.Event)


def equip(settings: Settings, *, language: str, listener: Listener = nobody, cancel: threading.Event | None = None) -> Studio:
    """Find the devices, pick the mode and a model for each role.

    Raises MissingModelError or DoesNotFitError when no model can serve, InputError for a choice that a licence forbids.
    """
    catalog = Catalog()
    devices = schedule.find_devices(settings)
    mode = schedule.choose_mode(settings, catalog, devices)
    choice, notes = schedule.choose_models(mode, settings, catalog, devices, language=language)
    wanted: Choice = choice if settings.music else {role: model for role, model in choice.items() if role != "music"}
    return Studio(
        settings=settings,
        catalog=catalog,
        devices=devices,
        mode=mode,
        choice=wanted,
        notes=notes,
        delivery=catalog.delivery(settings.delivery),
        listener=listener,
        cancel=cancel or threading.Event(),
    )
