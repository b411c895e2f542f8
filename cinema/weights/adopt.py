"""Weights that lie in a Hugging Face cache, taken as they are: a shelf that finds them without a pull and without the network.

A model is taken where one snapshot of each of its repositories has every file that its manifest asks for: the commit that a
lock on the shelf pinned, else what `refs/main` says, else the newest snapshot that is whole. It gets a folder of links with a
lock, as a pull leaves it; the cache is only read. The SHA-256 of large files is what the cache calls them, since hashing 26 GB
is no part of a cold start: `cinema models verify` compares the bytes. Hashed at once are pickles, files in git itself, which
are small, and those whose hash the cache does not state.
"""

from __future__ import annotations

import threading
from pathlib import Path

from cinema.catalog import Held, Manifest
from cinema.errors import CinemaError, InputError, MissingModelError
from cinema.weights import web
from cinema.weights.cached import NotCachedError
from cinema.weights.hub import Hub
from cinema.weights.lock import Lock
from cinema.weights.pull import PullPlan, carry_out, plan_pull
from cinema.weights.shelf import WeightsShelf, states_revision

_WAIT_SECONDS = 900.0
"""For another that takes the same model: plain files of 26 GB from a disk that gives 30 MB/s are hashed within that."""


class AdoptingShelf(WeightsShelf):
    """A shelf that first looks in a cache before it says that weights are not here. Each model is looked for once."""

    def __init__(self, root: Path, cache: Path) -> None:
        super().__init__(root)
        self.hub = cached_hub(cache / "hub" if (cache / "hub").is_dir() else cache)
        self.taken: dict[str, Lock] = {}
        self.refused: dict[str, str] = {}
        """Why models of which there is something in the cache were not taken."""
        self._asked: set[str] = set()
        self._turn = threading.RLock()

    def find(self, manifest: Manifest) -> Held | None:
        with self._turn:
            held = super().find(manifest)
            if held is not None or not manifest.sources or manifest.id in self._asked:
                return held
            self._asked.add(manifest.id)
            try:
                lock = adopt(manifest, self, self.hub)
            except (CinemaError, OSError) as exc:
                self.refused[manifest.id] = _reason(exc)
                return super().find(manifest)
            if lock is None:
                return None
            self.taken[manifest.id] = lock
            if states_revision(manifest):
                return super().find(manifest)
            # By its revision: another machine may have given the name to what its own cache holds.
            return super().find(manifest.model_copy(update={"revision": lock.revision}))

    def lacking(self, manifest: Manifest) -> str:
        return self.refused.get(manifest.id) or super().lacking(manifest)

    def news(self) -> tuple[str, ...]:
        taken = [
            f"The weights of {model} were found in the model cache ({it.revision[:12]})." for model, it in self.taken.items()
        ]
        refused = [f"The weights of {model} were not taken from the model cache: {why}" for model, why in self.refused.items()]
        return (*taken, *refused)


def _reason(exc: CinemaError | OSError) -> str:
    if isinstance(exc, NotCachedError):
        return f"{exc.lacking}."
    return exc.message if isinstance(exc, CinemaError) else f"{exc.strerror or exc}."


def cached_hub(cache: Path) -> Hub:
    """A hub that nobody asks: what lies in that cache is all."""
    return Hub(environment={"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1"})


def adopt(manifest: Manifest, shelf: WeightsShelf, hub: Hub) -> Lock | None:
    """Take the model out of the hub's cache; None where nothing of it is there.

    Two that take the same model at once take turns, and where machines do not see each other's turns, each makes a folder of
    its own and the later one gets the name. Raises MissingModelError with what the cache lacks, InputError for a pickle that
    is not the one that the manifest states, OutOfDiskError where the shelf cannot be written.
    """
    if not _is_there(manifest, hub):
        return None
    plan = plan_cached(manifest, shelf, hub)
    if manifest.convert:
        raise MissingModelError(
            f"{manifest.id} lies in the model cache as it was released and has to be converted, which takes minutes: run "
            f"`cinema models pull {manifest.id}` once."
        )
    return carry_out(plan, shelf, hub, believe=True, wait_seconds=_WAIT_SECONDS)


def plan_cached(manifest: Manifest, shelf: WeightsShelf, hub: Hub) -> PullPlan:
    """At the commits that a lock pinned; where the cache has those no more, or only a part of them, at what it has."""
    try:
        return plan_pull(manifest, shelf, hub)
    except (MissingModelError, InputError):
        return plan_pull(manifest, shelf, hub, update=True)


def in_cache(manifest: Manifest, shelf: WeightsShelf, hub: Hub) -> str:
    """For a person: what the cache holds of a model that is not here; empty where it holds nothing of it."""
    quiet = cached_hub(hub.cache)
    if not _is_there(manifest, quiet):
        return ""
    try:
        plan = plan_cached(manifest, shelf, quiet)
    except CinemaError as exc:
        return f"in the Hugging Face cache, not whole: {_reason(exc)}"
    commits = ", ".join(listing.commit[:12] for listing in plan.listings if listing.commit)
    return f"in the Hugging Face cache, whole ({commits}): `HF_HUB_OFFLINE=1 cinema models pull {manifest.id}` takes it"


def _is_there(manifest: Manifest, hub: Hub) -> bool:
    """Whether the cache has anything of the model's repositories."""
    return any(hub.storage(source.repository).is_dir() for source in manifest.sources if not web.is_web(source))
