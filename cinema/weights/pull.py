"""Bringing a model's weights here: what would be fetched, and fetching it.

    plan = plan_pull(manifest, shelf, hub)      # asks the hub, fetches nothing
    lock = carry_out(plan, shelf, hub)          # fetches, verifies, converts, and puts the folder in its place

The hub's files go into its cache, files of the web into `<root>/.web`; the model's folder gets links. The new folder is built
beside the old one and takes its place when it is whole.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from cinema.catalog import Manifest, Source
from cinema.errors import CinemaError, InputError, OutOfDiskError
from cinema.units import human_bytes
from cinema.weights import web
from cinema.weights.choose import Chosen, check_distinct, choose
from cinema.weights.converters import convert_in_child, converter
from cinema.weights.fetch import Parcel, fetch
from cinema.weights.hub import Hub, Listing, hub_errors, link
from cinema.weights.lock import (
    Lock,
    LockedFile,
    LockedSource,
    inside_or_linked,
    locked_files,
    read_lock,
    short_digest,
    write_lock,
)
from cinema.weights.shelf import WeightsShelf
from cinema.weights.turn import one_at_a_time

_RESERVE_BYTES = 200_000_000
"""What must stay free on a disk that weights are written to."""


def _quiet(*_: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True, kw_only=True)
class PullEvents:
    """Who is told what a pull does: `say` gets sentences, `moved` bytes arrived and bytes in all (or steps of a conversion)."""

    say: Callable[[str], None] = _quiet
    moved: Callable[[int, int], None] = _quiet


@dataclass(frozen=True, kw_only=True)
class Item:
    """A chosen file and how it is fetched."""

    chosen: Chosen
    parcel: Parcel


@dataclass(frozen=True, kw_only=True)
class PullPlan:
    """What a pull would do. `held` is the lock of weights that are here and stay: then there is nothing to do."""

    manifest: Manifest
    listings: tuple[Listing, ...] = ()
    items: tuple[tuple[Item, ...], ...] = ()
    """For each source of the manifest."""
    accepted: frozenset[str] = frozenset()
    """Hashes of pickles that the user vouches for."""
    held: Lock | None = None

    @property
    def all_items(self) -> tuple[Item, ...]:
        return tuple(item for items in self.items for item in items)

    @property
    def size_bytes(self) -> int:
        return sum(item.parcel.size_bytes for item in self.all_items)

    @property
    def missing_bytes(self) -> int:
        """What has to come over the network."""
        return sum(item.parcel.missing_bytes() for item in self.all_items)


def plan_pull(
    manifest: Manifest,
    shelf: WeightsShelf,
    hub: Hub,
    *,
    revision: str | None = None,
    update: bool = False,
    accepted: Set[str] = frozenset(),
) -> PullPlan:
    """Resolve, list and choose.

    Weights that are here stay as they are, and weights of which files went missing are completed at their own commits, unless
    `update` asks for the manifest's revision anew or `revision` names one (of the first source's repository).
    Raises MissingModelError for what cannot be had, InputError for what the manifest asks in vain or nobody vouches for.
    """
    if not manifest.sources:
        raise InputError(f"{manifest.id} is code that came with Cinema; it has no weights to pull.")
    held = shelf.lock(manifest)
    if held is not None and revision is None and not update:
        return PullPlan(manifest=manifest, held=held)
    old = _old_lock(shelf, manifest)
    vouched = frozenset(value.lower() for value in accepted) | (old.accepted if old else frozenset[str]())
    listings: list[Listing] = []
    items: list[tuple[Item, ...]] = []
    for source in manifest.sources:
        wanted = _revision(source, manifest, old, revision, update)
        listing = web.list_web(hub, shelf.root, source) if web.is_web(source) else hub.list(source.repository, wanted)
        chosen = choose(manifest, source, listing, vouched)
        listings.append(listing)
        items.append(tuple(Item(chosen=one, parcel=_parcel(one, listing, hub, shelf.root)) for one in chosen))
    plan = PullPlan(manifest=manifest, listings=tuple(listings), items=tuple(items), accepted=vouched)
    check_distinct(item.chosen for item in plan.all_items)
    if held is not None and _same(held, plan):
        return PullPlan(manifest=manifest, held=held)
    return plan


def carry_out(plan: PullPlan, shelf: WeightsShelf, hub: Hub, events: PullEvents | None = None) -> Lock:
    """Fetch what is missing, verify everything, convert where the manifest says so, and put the folder in its place.

    Raises MissingModelError (connection, wrong bytes), OutOfDiskError (before anything is fetched), LockedError.
    """
    if plan.held is not None:
        return plan.held
    events = events or PullEvents()
    model = plan.manifest.id
    with one_at_a_time(shelf.root, model):
        folder = shelf.folder(model)
        if folder.is_dir() and any(folder.iterdir()) and not (folder / "lock.json").exists():
            raise InputError(f"{folder} holds files that Cinema did not put there; move them away, then pull again.")
        check_disk((plan,), shelf.root)
        sources = _fetch_all(plan, hub, events)
        new, released = shelf.root / f".new-{model}", shelf.root / f".released-{model}"
        try:
            for leftover in (new, released):
                shutil.rmtree(leftover, ignore_errors=True)
                leftover.mkdir(parents=True)
            lock = Lock.of(model, sources)
            _link_all(plan, released if plan.manifest.convert else new)
            if plan.manifest.convert:
                write_lock(released, lock)
                events.say(f"converting {model}")
                lock = _convert(plan.manifest.convert, released, new, lock, events)
            write_lock(new, lock)
            _take_place(new, folder)
        except OSError as exc:
            raise OutOfDiskError(f"{exc.filename or folder} cannot be written: {exc.strerror or exc}.") from exc
        finally:
            shutil.rmtree(new, ignore_errors=True)
            shutil.rmtree(released, ignore_errors=True)
    return lock


def check_disk(plans: Iterable[PullPlan], root: Path) -> None:
    """OutOfDiskError, with both figures, where a disk cannot take what would be written to it."""
    needs: dict[int, tuple[Path, int]] = {}
    writes: list[tuple[Path, int]] = []
    for plan in plans:
        writes += [(item.parcel.place, item.parcel.missing_bytes()) for item in plan.all_items]
        if plan.manifest.convert:
            writes.append((root / plan.manifest.id, plan.size_bytes))
    for path, size in writes:
        existing = next(parent for parent in (path, *path.parents) if parent.exists())
        device = existing.stat().st_dev
        needs[device] = (existing, needs.get(device, (existing, 0))[1] + size)
    for existing, size in needs.values():
        free = shutil.disk_usage(existing).free
        if size and size + _RESERVE_BYTES > free:
            raise OutOfDiskError(
                f"{human_bytes(size)} more are needed on the disk of {existing}, and {human_bytes(free)} are "
                "free; make room, or set HF_HUB_CACHE and CINEMA_WEIGHTS to a larger disk."
            )


def _old_lock(shelf: WeightsShelf, manifest: Manifest) -> Lock | None:
    """The lock that lies there, even if files are missing; a damaged one counts for nothing."""
    try:
        return read_lock(shelf.folder(manifest.id))
    except CinemaError:
        return None


def _revision(source: Source, manifest: Manifest, old: Lock | None, revision: str | None, update: bool) -> str:
    """What to ask the hub for."""
    if revision is not None and source.repository == manifest.sources[0].repository:
        return revision
    if old is not None and not update and revision is None:
        commits = {locked.repository: locked.commit for locked in old.sources}
        return commits.get(source.repository, source.revision)
    return source.revision


def _parcel(chosen: Chosen, listing: Listing, hub: Hub, root: Path) -> Parcel:
    source, remote = chosen.source, chosen.remote
    if web.is_web(source):
        url, headers, place = web.address(source, remote.path), dict[str, str](), web.place(root, source, remote)
    else:
        url = hub.url(source.repository, listing.commit, remote.path)
        # The blob keeps the hub's own name for it, also where the manifest states a hash that the hub does not.
        own = next(file for file in listing.files if file.path == remote.path)
        headers, place = hub.headers(), hub.blob(source.repository, own)
    return Parcel(
        name=f"{remote.path} of {source.repository}",
        url=url,
        headers=headers,
        size_bytes=remote.size_bytes,
        sha256=remote.sha256,
        git_sha1=remote.git_sha1,
        place=place,
    )


def _same(held: Lock, plan: PullPlan) -> bool:
    """Whether the plan's files are those of the lock."""
    for locked, items, listing in zip(held.sources, plan.items, plan.listings, strict=True):
        here = {file.source_path: file for file in locked.files}
        if set(here) != {item.chosen.remote.path for item in items} or (listing.commit and listing.commit != locked.commit):
            return False
        if any(item.parcel.sha256 not in {None, here[item.chosen.remote.path].sha256} for item in items):
            return False
    return True


def _fetch_all(plan: PullPlan, hub: Hub, events: PullEvents) -> tuple[LockedSource, ...]:
    """Every file in its cache and verified. The small ones come first, so that a wrong manifest is noticed early."""
    total = plan.missing_bytes
    done = 0

    def arrived(size: int) -> None:
        nonlocal done
        done += size
        events.moved(done, total)

    hashes: dict[str, str] = {}
    for items, listing in zip(plan.items, plan.listings, strict=True):
        for item in sorted(items, key=lambda item: (item.parcel.size_bytes, item.chosen.path)):
            errors = partial(hub_errors, hub, listing.repository, item.chosen.remote.path)
            if hub.offline and not item.parcel.place.exists():
                with errors():
                    _offline(item)
            hashes[item.chosen.path] = found = fetch(item.parcel, patience=hub.patience, errors=errors, arrived=arrived)
            if item.chosen.accepted and found not in plan.accepted:
                item.parcel.place.unlink()
                raise InputError(f"{item.parcel.name} has SHA-256 {found}, which nobody accepted; it was removed.")
            if not web.is_web(item.chosen.source):
                hub.point(listing, next(file for file in listing.files if file.path == item.chosen.remote.path))
            if item.chosen.path.endswith(".safetensors.index.json"):
                _check_index(item, items)
    return tuple(_locked(listing, items, hashes) for listing, items in zip(plan.listings, plan.items, strict=True))


def _offline(item: Item) -> None:
    from huggingface_hub.errors import OfflineModeIsEnabled

    raise OfflineModeIsEnabled(item.parcel.url)


def _locked(listing: Listing, items: tuple[Item, ...], hashes: dict[str, str]) -> LockedSource:
    files = tuple(
        LockedFile(
            path=item.chosen.path,
            source_path=item.chosen.remote.path,
            size_bytes=item.parcel.size_bytes,
            sha256=hashes[item.chosen.path],
            accepted=item.chosen.accepted,
        )
        for item in items
    )
    commit = listing.commit or short_digest(files)
    return LockedSource(repository=listing.repository, requested=listing.requested, commit=commit, files=files)


def _check_index(index: Item, items: tuple[Item, ...]) -> None:
    """InputError where an index of shards names files that were not chosen: the model could not be loaded."""
    try:
        document: Any = json.loads(index.parcel.place.read_text(encoding="utf-8"))
        shards = set(cast("dict[str, str]", document["weight_map"]).values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    folder = index.chosen.path.rpartition("/")[0]
    chosen = {item.chosen.path for item in items}
    missing = sorted(shard for shard in shards if (f"{folder}/{shard}" if folder else shard) not in chosen)
    if missing:
        raise InputError(
            f"{index.parcel.name} names {missing[0]}{f' and {len(missing) - 1} more' if len(missing) > 1 else ''}, not among "
            "the files to pull; the cache, or the patterns of the manifest, lack it."
        )


def _link_all(plan: PullPlan, folder: Path) -> None:
    for item in plan.all_items:
        place = inside_or_linked(folder, item.chosen.path)
        place.parent.mkdir(parents=True, exist_ok=True)
        link(item.parcel.place, place)


def _convert(name: str, released: Path, new: Path, lock: Lock, events: PullEvents) -> Lock:
    convert_in_child(name, released, new, events.moved)
    made = tuple(locked_files(new))
    if not made:
        raise CinemaError(f"The converter {name!r} wrote nothing.")
    return Lock.of(lock.model, lock.sources, made, (name, converter(name).version))


def _take_place(new: Path, folder: Path) -> None:
    """Put the finished folder where the old one is."""
    old = folder.with_name(f".old-{folder.name}")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
