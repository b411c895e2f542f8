"""Which mode, and which model for each role: the first that the licence allows, that speaks the language and that fits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from cinema.catalog import ROLES, Catalog, Choice, Manifest, Mode, Role
from cinema.errors import CinemaError, DoesNotFitError, InputError, MissingModelError, Where
from cinema.schedule.licences import caution, refusal
from cinema.schedule.model import DeviceFacts
from cinema.schedule.predict import fit, peak_bytes
from cinema.settings import Settings
from cinema.units import human_bytes

_SPOKEN: tuple[Role, ...] = ("speech", "text")


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    """Why a model cannot serve a role."""

    kind: Literal["missing", "role", "licence", "language", "memory"]
    why: str


def choose_mode(settings: Settings, catalog: Catalog, devices: Sequence[DeviceFacts]) -> Mode:
    """The mode that `settings.mode` names; "auto" is the largest that this machine and this catalogue can serve.

    Raises DoesNotFitError, with both figures, for a named mode that needs a larger card, InputError for an unknown name.
    """
    card_bytes = max((device.memory_bytes for device in devices if device.name != "cpu"), default=0)
    if settings.mode != "auto":
        mode = catalog.mode(settings.mode)
        if mode.needs_gpu_bytes > card_bytes:
            have = f"the largest here has {human_bytes(card_bytes)}" if card_bytes else "none was found here"
            raise DoesNotFitError(
                f"The mode {mode.name!r} needs a card of {human_bytes(mode.needs_gpu_bytes)}, and {have}; "
                "choose another mode, or `auto`."
            )
        return mode
    modes = sorted((catalog.mode(name) for name in catalog.names("modes")), key=lambda mode: -mode.needs_gpu_bytes)
    for mode in modes:
        served = all(any(model in catalog.manifests for model in models) for models in mode.roles.values())
        if mode.needs_gpu_bytes <= card_bytes and served:
            return mode
    raise MissingModelError("No mode can be served with the models of this installation; install Cinema again.")


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

    `settings.models` overrides the mode's order. Raises InputError for an override that does not exist, has another role
    or whose licence forbids the use; MissingModelError when a role has no usable model; DoesNotFitError when memory alone
    stands in the way.
    """
    for role in settings.models:
        if role not in ROLES:
            raise InputError(f"models.{role}: there is no such role; the roles are {', '.join(ROLES)}.")
    choice: dict[Role, Manifest] = {}
    notes: list[str] = []
    wanted = tuple(mode.roles) if roles is None else tuple(roles)
    for role in wanted:
        if role in settings.models:
            manifest = _named(role, settings, catalog, devices)
            notes.append(f"{role}: {manifest.id}, as the settings say.")
            if not _speaks(manifest, language, role):
                notes.append(f"{role}: {manifest.id} does not list the language {language!r}; its speech may be wrong.")
        else:
            manifest = _first(role, mode, settings, catalog, devices, language, notes)
        warning = caution(manifest.licence, settings)
        if warning is not None:
            notes.append(f"{role}: {manifest.id}: {warning}.")
        choice[role] = manifest
    return choice, tuple(notes)


def _named(role: Role, settings: Settings, catalog: Catalog, devices: Sequence[DeviceFacts]) -> Manifest:
    """The model that the settings name for `role`."""
    place = Where(source=f"setting models.{role}")
    manifest = catalog.manifest(settings.models[role])
    if role not in manifest.roles:
        raise InputError(f"{manifest.id} serves {', '.join(manifest.roles)}, not {role}.", where=place)
    forbidden = refusal(manifest.licence, settings)
    if forbidden is not None:
        raise InputError(f"{manifest.id} may not be used: {forbidden}.", where=place)
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
) -> Manifest:
    """The first model of the mode's list that can serve; every one passed over is noted with its reason."""
    refusals: list[_Refusal] = []
    for model in mode.roles.get(role, ()):
        manifest = catalog.manifests.get(model)
        refused = (
            _Refusal(kind="missing", why="it is not installed")
            if manifest is None
            else _refused(manifest, role, settings, devices, language)
        )
        if refused is None:
            chosen = cast("Manifest", manifest)
            notes.append(f"{role}: {chosen.id}, the {'next' if refusals else 'first'} choice of the mode {mode.name!r}.")
            return chosen
        refusals.append(refused)
        notes.append(f"{role}: {model} was passed over: {refused.why}.")
    raise _nobody(role, mode, refusals, notes)


def _refused(
    manifest: Manifest, role: Role, settings: Settings, devices: Sequence[DeviceFacts], language: str
) -> _Refusal | None:
    if role not in manifest.roles:
        return _Refusal(kind="role", why=f"it serves {', '.join(manifest.roles)}")
    forbidden = refusal(manifest.licence, settings)
    if forbidden is not None:
        return _Refusal(kind="licence", why=forbidden)
    if not _speaks(manifest, language, role):
        return _Refusal(kind="language", why=f"it does not speak {language!r}")
    return _too_large(manifest, devices)


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
    most = max(device.memory_bytes // max(device.slots, 1) for device in usable)
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
