"""The studio: all that a film is made with, found and chosen once."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from cinema import schedule
from cinema.catalog import Catalog, Choice, Delivery, Endpoint, Manifest, Mode, Role
from cinema.errors import CinemaError, MissingModelError
from cinema.events import Listener, Warned, nobody
from cinema.render import Crew
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings
from cinema.units import human_bytes
from cinema.weights import WeightsShelf, shelf_for, shelf_root
from cinema.weights.tiny import TinyShelf


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
    crew: Crew | None = None
    """Workers that are kept from film to film, with their models; None: a film has its own."""

    @contextmanager
    def hands(self) -> Generator[Crew]:
        """The crew to work with: the one that is kept, or one that ends with this."""
        if self.crew is None:
            with Crew(self.cancel) as crew:
                yield crew
        else:
            self.crew.cancel = self.cancel
            yield self.crew

    @property
    def precisions(self) -> dict[str, str]:
        """In which precision each model is used, by its id."""
        return {manifest.id: manifest.precisions[0] for manifest in self.choice.values()}

    def settled(self) -> Settings:
        """The settings with the choice written out: a film that goes on later, elsewhere or after a pull, is not cast anew."""
        models = {role: manifest.id for role, manifest in self.choice.items()}
        writes = self.settings.enhance_prompts and "text" in self.choice
        return self.settings.model_copy(update={"mode": self.mode.name, "models": models, "enhance_prompts": writes})

    def reminded(self, notes: Iterable[str]) -> Studio:
        """This studio with what was noted when the film was cast; that its models are those named since says nothing."""
        named = {schedule.as_named(role, manifest.id) for role, manifest in self.choice.items()}
        return replace(self, notes=tuple(dict.fromkeys((*notes, *(note for note in self.notes if note not in named)))))


def equip(
    settings: Settings,
    *,
    language: str,
    listener: Listener = nobody,
    cancel: threading.Event | None = None,
    only_plan: bool = False,
    prose: bool = False,
    begun: Mapping[str, str] | None = None,
) -> Studio:
    """Find the devices, pick the mode and a model for each role, and see that its weights are here.

    With the mode "auto" the largest that this machine serves, of those whose weights are all here if there is one.
    Tiny weights are made where they are not. With `only_plan` nothing is made, and weights that are missing are only noted.
    A model for text is found only where there is something to write (`prose`, or prompts to enhance), and done without where
    its weights are missing, unless the settings name it. `begun`: the precisions of a film that goes on; they stay where they
    fit, since in another every clip would be made again.
    Raises MissingModelError or DoesNotFitError when no model can serve or weights are missing, InputError for a choice that
    a licence forbids.
    """
    shipped = Catalog()
    devices = schedule.find_devices(settings)
    writes = prose or settings.enhance_prompts
    studio = _opened(settings, shipped, devices, language, writes)
    mode, catalog = studio.mode, studio.catalog
    if isinstance(catalog.shelf, TinyShelf) and not only_plan:
        wanting = missing_weights(studio.choice.values(), catalog)
        if wanting:
            names = ", ".join(one.id for one in wanting)
            listener(Warned(message=f"Making tiny random weights, once: {names}.", where=str(catalog.shelf.root)))
            catalog.shelf.build(wanting, cancel)
        studio = furnish(settings, stocked(shipped, mode, settings), devices, mode, language=language, writes=writes)
    studio = _as_begun(_without_absent_writer(studio), begun or {})
    missing = missing_weights(studio.choice.values(), studio.catalog)
    told = f"{_lacking(mode, missing)}{_reasons(studio.catalog, missing)}"
    if missing and not only_plan:
        raise MissingModelError(f"{told} Without any weights, drawn and synthesised, `cinema render --mode animatic` makes it.")
    notes = (*studio.notes, told) if missing and mode.weights == "released" else studio.notes
    return replace(studio, notes=notes, listener=listener, cancel=cancel or threading.Event())


def stocked(catalog: Catalog, mode: Mode, settings: Settings) -> Catalog:
    """The catalogue with the shelf of weights that the mode asks for, and the service that the settings name."""
    asked = bool(settings.text_endpoint and settings.text_model)
    endpoint = Endpoint(address=settings.text_endpoint, model=settings.text_model) if asked else None
    shelf = TinyShelf(shelf_root(settings) / "tiny") if mode.weights == "tiny" else shelf_for(settings)
    return catalog.with_endpoint(endpoint).with_shelf(shelf)


def missing_weights(manifests: Iterable[Manifest], catalog: Catalog) -> tuple[Manifest, ...]:
    """Those of the models that have weights which are not here, each once."""
    found = {one.id: one for one in manifests if one.sources and catalog.held(one.id) is None}
    return tuple(found.values())


def furnish(
    settings: Settings,
    catalog: Catalog,
    devices: tuple[DeviceFacts, ...],
    mode: Mode,
    *,
    language: str,
    writes: bool = False,
) -> Studio:
    """The studio of a mode, with a model for each role, whether or not its weights are here; raises as `choose_models` does."""
    roles: list[Role] = [role for role in mode.roles if role != "text"]
    if writes and ("text" in mode.roles or "text" in settings.models):
        roles.append("text")
    choice, notes = schedule.choose_models(mode, settings, catalog, devices, language=language, roles=roles)
    wanted: Choice = choice if settings.music else {role: model for role, model in choice.items() if role != "music"}
    return Studio(
        settings=settings,
        catalog=catalog,
        devices=_roomy(devices, wanted, asked=settings.workers > 0),
        mode=mode,
        choice=wanted,
        notes=notes,
        delivery=catalog.delivery(settings.delivery),
    )


def awaited(settings: Settings, *, language: str) -> tuple[Manifest, ...]:
    """The models whose weights a film with these settings would wait for on this machine; raises as `equip` does."""
    return _awaited(_opened(settings, Catalog(), schedule.find_devices(settings), language, writes=False))


def download_size(manifests: Iterable[Manifest]) -> str:
    """What the weights of those models take together, for a person: "4.9 MB", "about 34.6 GB"; empty where none is known."""
    sizes = [manifest.download_bytes for manifest in manifests]
    whole = sum(size for size, _ in sizes)
    if not whole:
        return ""
    how = "more than " if any(size == 0 for size, _ in sizes) else "" if all(sure for _, sure in sizes) else "about "
    return f"{how}{human_bytes(whole)}"


def _opened(settings: Settings, shipped: Catalog, devices: tuple[DeviceFacts, ...], language: str, writes: bool) -> Studio:
    """The studio of the largest mode that serves; where its weights are missing, of a smaller one for a card that has all."""
    modes = schedule.choose_modes(settings, shipped, devices)
    made = furnish(settings, stocked(shipped, modes[0], settings), devices, modes[0], language=language, writes=writes)
    missing = _awaited(made)
    for mode in modes[1:] if missing else ():
        try:
            other = furnish(settings, stocked(shipped, mode, settings), devices, mode, language=language, writes=writes)
        except CinemaError:
            continue
        if mode.needs_gpu_bytes and not _awaited(other):
            note = f"mode: {mode.name} is taken since all its weights are here. {_lacking(made.mode, missing)}"
            return replace(other, notes=(note, *other.notes))
    return made


def _awaited(studio: Studio) -> tuple[Manifest, ...]:
    """The models without whose weights the film cannot be made: a writer's place is taken by rules."""
    return missing_weights((one for role, one in studio.choice.items() if role != "text"), studio.catalog)


def _without_absent_writer(studio: Studio) -> Studio:
    """The studio without a model for text whose weights are not here: rules can do its work, so no film waits for it."""
    writer = studio.choice.get("text")
    if writer is None or "text" in studio.settings.models or not missing_weights([writer], studio.catalog):
        return studio
    choice: Choice = {role: manifest for role, manifest in studio.choice.items() if role != "text"}
    note = (
        f"text: the weights of {writer.id}{_in_brackets(writer)} are not here: `{pull_command([writer])}`. "
        "Until then rules do its work; so does a service (text_endpoint and text_model)."
    )
    return replace(studio, choice=choice, notes=(*studio.notes, note))


def _as_begun(studio: Studio, precisions: Mapping[str, str]) -> Studio:
    """The studio with each model in the precision that is stated for it, where that fits a device, if only streamed."""
    choice, notes = dict(studio.choice), list(studio.notes)
    for role, manifest in studio.choice.items():
        usual, wanted = manifest.precisions[0], precisions.get(manifest.id, "")
        usable = [device for device in studio.devices if (device.name != "cpu") == manifest.needs_gpu]
        if wanted == usual or wanted not in manifest.precisions:
            continue
        if any(schedule.fit(manifest, wanted, device) for device in usable):
            others = (one for one in manifest.precisions if one != wanted)
            choice[role] = manifest.model_copy(update={"precisions": (wanted, *others)})
            notes = [note for note in notes if not note.startswith(f"{role}: {manifest.id} in {usual}, ")]
            notes.append(f"{role}: {manifest.id} in {wanted}, in which the film was begun.")
    return replace(studio, choice=choice, notes=tuple(notes))


def _roomy(devices: tuple[DeviceFacts, ...], choice: Choice, *, asked: bool) -> tuple[DeviceFacts, ...]:
    """The devices; a processor with no more slots than its memory holds of what runs on it, and of the libraries for that.

    Where the user `asked` for that many workers, only a model that would not fit makes them fewer.
    """

    def room(device: DeviceFacts, manifest: Manifest) -> int:
        found = schedule.fit(manifest, manifest.precisions[0], device)
        if found is None or asked or not device.memory_bytes:
            return device.slots if found is None else found.slots
        stated = found.peak_bytes if manifest.components or manifest.memory else 0
        return min(found.slots, device.memory_bytes // (schedule.worker_bytes(manifest) + stated))

    here = [manifest for manifest in choice.values() if manifest.sources and not manifest.needs_gpu]
    return tuple(
        replace(device, slots=max(1, min(device.slots, *(room(device, one) for one in here))))
        if here and device.name == "cpu"
        else device
        for device in devices
    )


def _lacking(mode: Mode, missing: Sequence[Manifest]) -> str:
    """The sentences for a person: which weights are not here, how large they are, and the one command that gets them."""
    named = ", ".join(f"{manifest.id}{_in_brackets(manifest)}" for manifest in missing)
    whole = download_size(missing)
    total = f"; {whole} to download in all" if whole and len(missing) > 1 else ""
    needs = f"In the mode {mode.name!r} this film needs weights that are not here: {named}{total}."
    return f"{needs} Get them with `{pull_command(missing)}`."


def _reasons(catalog: Catalog, missing: Iterable[Manifest]) -> str:
    """Why weights that lie here in part do not count, for those where that is known, as sentences that follow another."""
    shelf = catalog.shelf
    return "".join(f" {why}" for one in missing if isinstance(shelf, WeightsShelf) and (why := shelf.lacking(one)))


def pull_command(missing: Iterable[Manifest]) -> str:
    """The command that gets these models' weights."""
    return f"cinema models pull {' '.join(manifest.id for manifest in missing)}"


def _in_brackets(manifest: Manifest) -> str:
    """The size, and that the licence must be accepted first where the hub asks for that."""
    remarks = [download_size([manifest]), "gated: accept its licence at the hub" if manifest.licence.gated else ""]
    told = "; ".join(filter(None, remarks))
    return f" ({told})" if told else ""
