"""How long the endpoint will take: planned here for its card, or asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cinema.faces.endpoint.follow import PACE, Pace, Tell, follow
from cinema.faces.endpoint.limits import limits_given
from cinema.faces.endpoint.runpod_api import PATIENCE, Endpoint, Patience
from cinema.faces.endpoint.told import read_cost
from cinema.schedule.model import DeviceFacts, Prediction
from cinema.script.model import Script
from cinema.settings import Settings

if TYPE_CHECKING:
    from cinema.studio import Studio

_PLAN_SECONDS = 300.0
_SLOTS = 4
"""Workers on the endpoint's processor: few, so that the estimate is rather too long."""
_MEMORY_BYTES = 32_000_000_000


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Predicted seconds of work; `measured` is False when a figure behind it was not measured on such a machine."""

    seconds: float
    measured: bool
    usd: float = 0.0


def estimate_for_card(script: Script, settings: Settings, card_bytes: int) -> Estimate:
    """Plan here as if this machine had one card of that size, or none where it is 0, and every model's weights.

    The endpoint may choose other models, where weights are missing there. Files that the script names are not looked at.
    Raises what `choose_mode` and `choose_models` raise for a mode or model that does not fit.
    """
    from cinema import film, schedule
    from cinema.plan import film_tasks

    processor = DeviceFacts(name="cpu", title="endpoint", memory_bytes=_MEMORY_BYTES, slots=_SLOTS)
    card = DeviceFacts(name="cuda:0", title="endpoint's card", memory_bytes=card_bytes)
    directed = film.direct(script, settings)
    studio = _studio(settings, directed.language, (processor, card) if card_bytes else (processor,))
    plan = film_tasks(film.draft(directed, studio), studio.choice)
    cost: Prediction = schedule.make_schedule(
        plan.tasks, cached=(), catalog=studio.catalog, devices=studio.devices, mode=studio.mode, settings=settings
    ).prediction
    return Estimate(seconds=cost.seconds, measured=cost.measured, usd=cost.usd)


def _studio(settings: Settings, language: str, devices: tuple[DeviceFacts, ...]) -> Studio:
    """The studio of a machine with these devices that has all weights."""
    from cinema import schedule
    from cinema.catalog import Catalog, Choice, Role
    from cinema.studio import Studio, stocked

    catalog = Catalog()
    mode = schedule.choose_mode(settings, catalog, devices)
    if mode.weights == "tiny":
        catalog = stocked(catalog, mode, settings)
    roles: list[Role] = [role for role in mode.roles if role != "text" and (settings.music or role != "music")]
    chosen, notes = schedule.choose_models(mode, settings, catalog, devices, language=language, roles=roles)
    choice: Choice = chosen
    return Studio(
        settings=settings,
        catalog=catalog,
        devices=devices,
        mode=mode,
        choice=choice,
        notes=notes,
        delivery=catalog.delivery(settings.delivery),
    )


def estimate_by_endpoint(
    endpoint: Endpoint, plan_input: dict[str, Any], tell: Tell, *, patience: Patience = PATIENCE, pace: Pace = PACE
) -> Estimate:
    """Ask the endpoint's `plan` action, which knows its card and its weights. It starts a worker; nothing is made."""
    job = endpoint.submit(plan_input, policy=limits_given(_PLAN_SECONDS).policy)
    cost = follow(endpoint, job, tell, read=read_cost, patience=patience, pace=pace)
    return Estimate(seconds=cost.seconds, measured=cost.measured)
