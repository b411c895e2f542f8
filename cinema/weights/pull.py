"""Bringing a model's weights here: what would be fetched, and fetching it.

    plan = plan_pull(manifest, shelf, hub)      # asks the hub, fetches nothing
    lock = carry_out(plan, shelf, hub)          # fetches, verifies, converts, and puts the folder in its place

The hub's files go into its cache, files of the web into `<root>/.web`; the model's folder gets links. The new folder is built
beside the old one and takes its name when it is whole (`cinema.weights.versions`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace
from pathlib import Path

from cinema.catalog import Manifest, Source
from cinema.errors import CinemaError, InputError, OutOfDiskError
from cinema.units import human_bytes
from cinema.weights import versions, web
from cinema.weights.cached import Listing, NotCachedError, lacking_shards, unfinished
from cinema.weights.choose import Chosen, check_distinct, choose
from cinema.weights.converters import convert_in_child, converter
from cinema.weights.fetch import Parcel
from cinema.weights.gather import Gatherer, Item
from cinema.weights.hub import Hub, link
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
        """What has to come over the network; a content that lies at several places comes once."""
        parcels = {item.parcel.place: item.parcel for item in self.all_items}
        return sum(parcel.missing_bytes() for parcel in parcels.values())


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
    Offline the cache answers, with a snapshot that has every file that the model needs (`Hub.cached` says in which order).
    Raises MissingModelError for what cannot be had, InputError for what the manifest asks in vain or nobody vouches for.
    """
    if not manifest.sources:
        raise InputError(f"{manifest.id} is code that came with Cinema; it has no weights to pull.")
    held = shelf.lock(manifest)
    if held is not None and revision is None and not update:
        return PullPlan(manifest=manifest, held=held)
    if not hub.offline:
        hub.require()
    old = _old_lock(shelf, manifest)
    vouched = frozenset(value.lower() for value in accepted) | (old.accepted if old else frozenset[str]())
    asking = _Asking(manifest=manifest, hub=hub, root=shelf.root, vouched=vouched)
    listings: list[Listing] = []
    items: list[tuple[Item, ...]] = []
    for source in manifest.sources:
        known = None if update or revision is not None else _locked_source(old, source)
        wanted = revision if revision and source.repository == manifest.sources[0].repository else source.revision
        listing, chosen = asking.of(source, known, wanted)
        listings.append(listing)
        items.append(chosen)
    plan = PullPlan(manifest=manifest, listings=tuple(listings), items=tuple(items), accepted=vouched)
    check_distinct(item.chosen for item in plan.all_items)
    if held is not None and _same(held, plan):
        return PullPlan(manifest=manifest, held=held)
    return plan


@dataclass(frozen=True, kw_only=True)
class _Asking:
    """What is asked of the hub, or offline of its cache."""

    manifest: Manifest
    hub: Hub
    root: Path
    vouched: frozenset[str]

    def of(self, source: Source, known: LockedSource | None, wanted: str) -> tuple[Listing, tuple[Item, ...]]:
        """What `wanted` means, or the commit that is known, and the files of it that the model needs."""
        if web.is_web(source):
            listing = web.list_web(self.hub, self.root, source)
            return listing, self._items(source, listing)
        asked = known.commit if known else wanted
        found = self.hub.cached(source.repository, asked) if self.hub.offline else (self.hub.list(source.repository, asked),)
        if known:
            found = tuple(replace(listing, requested=known.requested) for listing in found)
        if not self.hub.offline:
            return found[0], self._items(source, found[0])
        faults: list[CinemaError] = []
        for listing in found:
            try:
                items = self._items(source, listing)
                _check_cached(listing, items, self.hub.storage(source.repository))
                return listing, items
            except CinemaError as exc:
                faults.append(exc)
        raise faults[0]

    def _items(self, source: Source, listing: Listing) -> tuple[Item, ...]:
        chosen = choose(self.manifest, source, listing, self.vouched)
        return tuple(Item(chosen=one, parcel=_parcel(one, listing, self.hub, self.root)) for one in chosen)


def _check_cached(listing: Listing, items: tuple[Item, ...], storage: Path) -> None:
    """NotCachedError where the cache lacks a file that is needed, as far as can be told without the hub."""
    absent = [item.chosen.remote.path for item in items if not item.parcel.place.exists()]
    absent += lacking_shards(item.chosen.remote.path for item in items)
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise NotCachedError(f"{absent[0]}{more} of {listing.repository} at {listing.commit[:12]} is not in the cache")
    if not listing.whole and unfinished(storage):
        raise NotCachedError(
            f"A download of {listing.repository} at {listing.commit[:12]} into the cache is unfinished, of what it does not say"
        )


def carry_out(
    plan: PullPlan,
    shelf: WeightsShelf,
    hub: Hub,
    events: PullEvents | None = None,
    *,
    believe: bool = False,
    wait_seconds: float = 0.0,
) -> Lock:
    """Fetch what is missing, verify everything, convert where the manifest says so, and put the folder in its place.

    Offline nothing is written to the cache. `believe`: hashes that the cache states are taken for granted (`fetch.at_hand`).
    Raises MissingModelError (connection, wrong bytes), OutOfDiskError (before anything is fetched), LockedError where another
    process is at work on the model for longer than `wait_seconds`; what that one left is then taken as it is.
    """
    if plan.held is not None:
        return plan.held
    events = events or PullEvents()
    model = plan.manifest.id
    with one_at_a_time(shelf.root, model, wait_seconds=wait_seconds):
        if wait_seconds and (lock := shelf.lock(plan.manifest)) is not None:
            return lock
        folder = shelf.folder(model)
        if folder.is_dir() and any(folder.iterdir()) and not (folder / "lock.json").exists():
            raise InputError(f"{folder} holds files that Cinema did not put there; move them away, then pull again.")
        check_disk((plan,), shelf.root)
        gatherer = Gatherer(
            hub=hub, accepted=plan.accepted, total_bytes=plan.missing_bytes, moved=events.moved, believe=believe
        )
        for items, listing in zip(plan.items, plan.listings, strict=True):
            gatherer.gather(items, listing)
        sources = tuple(
            _locked(listing, items, gatherer.hashes) for listing, items in zip(plan.listings, plan.items, strict=True)
        )
        return _shelve(plan, folder, Lock.of(model, sources), events)


def _shelve(plan: PullPlan, folder: Path, lock: Lock, events: PullEvents) -> Lock:
    """Make the model's folder of the files in their caches, beside its place, and put it there."""
    new, released = versions.workplace(folder, "new"), versions.workplace(folder, "released")
    try:
        for leftover in (new, released):
            shutil.rmtree(leftover, ignore_errors=True)
            leftover.mkdir(parents=True)
        _link_all(plan, released if plan.manifest.convert else new)
        if plan.manifest.convert:
            write_lock(released, lock)
            events.say(f"converting {lock.model}")
            lock = _convert(plan.manifest.convert, released, new, lock, events)
        write_lock(new, lock)
        versions.put(new, folder, lock.revision)
        versions.sweep(folder)
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


def _locked_source(old: Lock | None, source: Source) -> LockedSource | None:
    """What the old lock says of the source's repository."""
    return next((locked for locked in old.sources if locked.repository == source.repository), None) if old else None


def _parcel(chosen: Chosen, listing: Listing, hub: Hub, root: Path) -> Parcel:
    source, remote = chosen.source, chosen.remote
    if web.is_web(source):
        url, headers, place = web.address(source, remote.path), dict[str, str](), web.place(root, source, remote)
        theirs = False
    else:
        url = hub.url(source.repository, listing.commit, remote.path)
        # The blob keeps the hub's own name for it, also where the manifest states a hash that the hub does not.
        own = next(file for file in listing.files if file.path == remote.path)
        headers, place = hub.headers(), hub.place(listing, own)
        theirs = place.name != own.blob
    return Parcel(
        name=f"{remote.path} of {source.repository}",
        url=url,
        headers=headers,
        size_bytes=remote.size_bytes,
        sha256=remote.sha256,
        git_sha1=remote.git_sha1,
        place=place,
        theirs=theirs,
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
