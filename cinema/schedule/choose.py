"""Which mode, and which model for each role: the first that the licence allows, that speaks the language and that fits.

Of these, one whose weights are here goes before one whose weights are not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from cinema.catalog import ROLES, Catalog, Choice, Manifest, Mode, Role
from cinema.errors import CinemaError, DoesNotFitError, InputError, MissingModelError, Where
from cinema.schedule.licences import caution, refusal
from cinema.schedule.model import DeviceFacts
from cinema.schedule.predict import fit, peak_bytes, worker_bytes
from cinema.settings import Settings
from cinema.units import human_bytes

_SPOKEN: tuple[Role, ...] = ("speech", "text")
_NEEDED: tuple[Role, ...] = ("speech", "video", "music", "sound")
"""Roles without which there is no film. The others make it better: a film of a mode in which none can serve does without."""


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    """Why a model cannot serve a role."""

    kind: Literal["missing", "role", "licence", "language", "memory", "endpoint"]
    why: str


def choose_mode(settings: Settings, catalog: Catalog, devices: Sequence[DeviceFacts]) -> Mode:
    """The mode that `settings.mode` names; "auto" is the largest that this machine and this catalogue can serve, never tiny.

    Raises what `choose_modes` raises.
    """
    return choose_modes(settings, catalog, devices)[0]


def choose_modes(settings: Settings, catalog: Catalog, devices: Sequence[DeviceFacts]) -> tuple[Mode, ...]:
    """The one mode that `settings.mode` names; with "auto" every mode that can be served here, the largest first, never tiny.

    Raises InputError for an unknown name, and, before anything that a machine may lack, for a model that the settings name
    and that may not serve (as `choose_models` does); DoesNotFitError, with both figures, for a named mode that needs a larger
    card; MissingModelError where no mode can be served.
    """
    _check_named(settings, catalog)
    card_bytes = max((device.memory_bytes for device in devices if device.name != "cpu"), default=0)
    if settings.mode != "auto":
        mode = catalog.mode(settings.mode)
        if mode.needs_gpu_bytes > card_bytes:
            have = f"the largest here has {human_bytes(card_bytes)}" if card_bytes else "none was found here"
            raise DoesNotFitError(
                f"The mode {mode.name!r} needs a card of {human_bytes(mode.needs_gpu_bytes)}, and {have}; "
                "`auto` is the largest mode that is served here."
            )
        return (mode,)
    modes = sorted((catalog.mode(name) for name in catalog.names("modes")), key=lambda mode: -mode.needs_gpu_bytes)
    able = tuple(mode for mode in modes if mode.needs_gpu_bytes <= card_bytes and _served(mode, catalog))
    if not able:
        raise MissingModelError("No mode can be served with the models of this installation; install Cinema again.")
    return able


def _served(mode: Mode, catalog: Catalog) -> bool:
    needed = [models for role, models in mode.roles.items() if role in _NEEDED]
    return mode.weights == "released" and all(any(model in catalog.manifests for model in models) for models in needed)


def choose_models(
    mode: Mode,
    settings: Settings,
    catalog: Catalog,
    devices: Sequence[DeviceFacts],
    *,
    language: str,
    roles: Collection[Role] | None = None,
) -> tuple[Choice, tuple[str, ...]]:
    """A model for each of `roles` (the mode's own, where None), and notes: which, and why others were passed over.

    A manifest that is returned has the mode's settings over its own, and its precisions with the one to use first.
    `settings.models` overrides the mode's order. Raises InputError for an override that does not exist, has another role
    or whose licence forbids the use; MissingModelError when a role that a film needs has no usable model; DoesNotFitError
    when memory alone stands in the way. Any other role that has none is left out, with a note.
    """
    _check_named(settings, catalog)
    choice: dict[Role, Manifest] = {}
    notes: list[str] = []
    wanted = tuple(mode.roles) if roles is None else tuple(roles)
    for role in wanted:
        if role in settings.models:
            manifest = _named(role, settings, catalog, devices)
            notes.append(as_named(role, manifest.id))
            if not _speaks(manifest, language, role):
                notes.append(f"{role}: {manifest.id} does not list the language {language!r}; its speech may be wrong.")
        else:
            found = _first(role, mode, settings, catalog, devices, language, notes)
            if found is None:
                continue
            manifest = found
        warning = caution(manifest.licence, settings)
        if warning is not None:
            notes.append(f"{role}: {manifest.id}: {warning}.")
        choice[role] = _fitted(manifest, role, mode, devices, notes)
    return choice, tuple(notes)


def as_named(role: Role, model: str) -> str:
    """The note on a model that the settings name."""
    return f"{role}: {model}, as the settings say."


def _check_named(settings: Settings, catalog: Catalog) -> None:
    """Refuse a model that the settings name and that may not serve, before it is asked whether anything fits this machine.

    So a licence is read the same with and without a card. Raises InputError for a role or model that does not exist, a model
    of another role, and one whose licence forbids the use.
    """
    for name, model in settings.models.items():
        role = next((role for role in ROLES if role == name), None)
        if role is None:
            raise InputError(f"models.{name}: there is no such role; the roles are {', '.join(ROLES)}.")
        place = Where(source=f"setting models.{role}")
        manifest = catalog.manifest(model)
        if role not in manifest.roles:
            raise InputError(f"{manifest.id} serves {', '.join(manifest.roles)}, not {role}.", where=place)
        forbidden = refusal(manifest.licence, settings)
        if forbidden is not None:
            where = f" ({manifest.licence.url})" if manifest.licence.url else ""
            raise InputError(
                f"{manifest.id} may not be used: {forbidden}{where}; leave the choice to the mode, or name another model.",
                where=place,
            )


def _named(role: Role, settings: Settings, catalog: Catalog, devices: Sequence[DeviceFacts]) -> Manifest:
    """The model that the settings name for `role`, which `_check_named` let pass."""
    place = Where(source=f"setting models.{role}")
    manifest = catalog.manifest(settings.models[role])
    if _lacks_endpoint(manifest, settings):
        raise InputError(f"{manifest.id} needs an endpoint: set text_endpoint and text_model.", where=place)
    too_large = _too_large(manifest, devices)
    if too_large is not None:
        raise DoesNotFitError(f"{manifest.id} cannot be used: {too_large.why}.", where=place)
    return manifest


def _first(
    role: Role,
    mode: Mode,
    settings: Settings,
    catalog: Catalog,
    devices: Sequence[DeviceFacts],
    language: str,
    notes: list[str],
) -> Manifest | None:
    """The first model of the mode's list that can serve, of those with their weights here if there are any.

    Every one passed over is noted with its reason. None where a role that a film can do without has no such model.
    """
    refusals: list[_Refusal] = []
    able: list[Manifest] = []
    for model in mode.roles.get(role, ()):
        manifest = catalog.manifests.get(model)
        refused = (
            _Refusal(kind="missing", why="it is not installed")
            if manifest is None
            else _refused(manifest, role, settings, devices, language)
        )
        if refused is None:
            able.append(cast("Manifest", manifest))
        elif not able:
            refusals.append(refused)
            notes.append(f"{role}: {model} was passed over: {refused.why}.")
    if not able:
        error = _nobody(role, mode, refusals, notes)
        if role in _NEEDED:
            raise error
        notes.append(f"{role}: no model can serve in the mode {mode.name!r}, so the film does without.")
        return None
    chosen = _ready(able, mode, catalog)
    which = "next" if refusals or chosen is not able[0] else "first"
    instead = f" takes {'its' if len(refusals) == 1 else 'their'} place" if refusals else ""
    notes.append(f"{role}: {chosen.id}{instead}, the {which} choice of the mode {mode.name!r}.")
    absent = [manifest.id for manifest in able[: able.index(chosen)]]
    if absent:
        were = "are those" if len(absent) == 1 else "are all those"
        notes.append(
            f"{role}: {chosen.id} is taken since its weights are here, and not here {were} of {', '.join(absent)}: "
            f"`cinema models pull {absent[0]}`."
        )
    return chosen


def _ready(able: Sequence[Manifest], mode: Mode, catalog: Catalog) -> Manifest:
    """The first whose weights are here; where there is none, the first. Tiny ones are made when they are needed.

    Code, which has no weights to miss, does not go before a generator for that: a mode that names one means it.
    """
    if mode.weights == "tiny" or not able[0].sources:
        return able[0]
    return next((manifest for manifest in able if catalog.held(manifest.id)), able[0])


def _fitted(manifest: Manifest, role: Role, mode: Mode, devices: Sequence[DeviceFacts], notes: list[str]) -> Manifest:
    """The manifest as it will be used: the mode's settings, and first the precision that fits without streaming its layers.

    Streaming costs more time than a smaller precision costs quality: it is left for where nothing else fits.
    """
    usable = [device for device in devices if (device.name != "cpu") == manifest.needs_gpu]
    plans = {
        precision: {found.load_plan for device in usable if (found := fit(manifest, precision, device)) is not None}
        for precision in manifest.precisions
    }
    swift = [precision for precision, found in plans.items() if found - {"group_offload"}]
    able = [*swift, *(precision for precision, found in plans.items() if found)]
    first = able[0] if able else manifest.precisions[0]
    if first != manifest.precisions[0]:
        notes.append(f"{role}: {manifest.id} in {first}, since in {manifest.precisions[0]} it does not fit.")
    for device in usable:
        found = fit(manifest, first, device)
        if found is not None and found.slots < device.slots:
            beside = worker_bytes(manifest)
            libraries = f" and {human_bytes(beside)} of libraries" if beside else ""
            notes.append(
                f"{role}: {manifest.id} by {found.slots} of the {device.slots} workers of {device.name} at a time: each holds "
                f"{human_bytes(found.peak_bytes)}{libraries}, of {human_bytes(device.memory_bytes)}."
            )
    precisions = (first, *(one for one in manifest.precisions if one != first))
    settings = {**manifest.settings, **mode.settings.get(role, {})}
    return manifest.model_copy(update={"settings": settings, "precisions": precisions})


def _refused(
    manifest: Manifest, role: Role, settings: Settings, devices: Sequence[DeviceFacts], language: str
) -> _Refusal | None:
    if role not in manifest.roles:
        return _Refusal(kind="role", why=f"it serves {', '.join(manifest.roles)}")
    forbidden = refusal(manifest.licence, settings)
    if forbidden is not None:
        return _Refusal(kind="licence", why=forbidden)
    if _lacks_endpoint(manifest, settings):
        return _Refusal(kind="endpoint", why="no endpoint is set (text_endpoint and text_model)")
    if not _speaks(manifest, language, role):
        return _Refusal(kind="language", why=f"it does not speak {language!r}")
    return _too_large(manifest, devices)


def _lacks_endpoint(manifest: Manifest, settings: Settings) -> bool:
    return "endpoint" in manifest.wants and not (settings.text_endpoint and settings.text_model)


def _speaks(manifest: Manifest, language: str, role: Role) -> bool:
    """Whether the model lists the language, compared without its region ("pt-BR" is served by "pt")."""
    known = {code.lower().replace("_", "-").partition("-")[0] for code in manifest.languages}
    return role not in _SPOKEN or not known or language.lower().replace("_", "-").partition("-")[0] in known


def _too_large(manifest: Manifest, devices: Sequence[DeviceFacts]) -> _Refusal | None:
    """None where some load plan and precision fits a device on which the model can run."""
    usable = [device for device in devices if (device.name != "cpu") == manifest.needs_gpu]
    if not usable:
        return _Refusal(kind="memory", why="it needs a GPU, and none was found here")
    if any(fit(manifest, precision, device) for device in usable for precision in manifest.precisions):
        return None
    least = min(peak_bytes(manifest, plan, precision)[0] for plan in manifest.load_plans for precision in manifest.precisions)
    most = max(device.memory_bytes for device in usable)
    return _Refusal(kind="memory", why=f"it needs at least {human_bytes(least)}, and {human_bytes(most)} is here")


def _nobody(role: Role, mode: Mode, refusals: Sequence[_Refusal], notes: Sequence[str]) -> CinemaError:
    """The error for a role that no model can serve: memory, where that alone stands in the way of an installed model."""
    reasons = " ".join(note for note in notes if note.startswith(f"{role}: "))
    present = [refused for refused in refusals if refused.kind != "missing"]
    if present and all(refused.kind == "memory" for refused in present):
        return DoesNotFitError(f"No model for {role} of the mode {mode.name!r} fits this machine. {reasons}")
    if not refusals:
        reasons = "The mode names none."
    return MissingModelError(
        f"No model can serve {role} in the mode {mode.name!r}: name one with `--set models.{role}=ID`. {reasons}"
    )
