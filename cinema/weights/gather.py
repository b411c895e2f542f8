"""Fetching the files of one source, several at a time, and checking that they make a whole."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from cinema.errors import Cancelled, InputError
from cinema.weights import web
from cinema.weights.cached import Listing
from cinema.weights.choose import Chosen
from cinema.weights.fetch import Parcel, at_hand, fetch
from cinema.weights.hub import Hub, hub_errors
from cinema.weights.pickles import is_pickle

_AT_ONCE = 4
"""Connections: a single one seldom fills a fast line, and repositories hold many small files."""
_SMALL_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Item:
    """A chosen file and how it is fetched."""

    chosen: Chosen
    parcel: Parcel


@dataclass(kw_only=True)
class Gatherer:
    """Brings files into their caches, or finds them there where the hub is not asked, and keeps their hashes.

    `moved` hears of bytes, from one thread at a time.
    """

    hub: Hub
    accepted: Set[str]
    total_bytes: int
    moved: Callable[[int, int], None]
    believe: bool = False
    """Take the hashes that the cache states for granted, but for pickles (`fetch.at_hand`)."""
    hashes: dict[str, str] = field(default_factory=dict[str, str])
    """SHA-256 by path in the model's folder."""
    _done: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def gather(self, items: Sequence[Item], listing: Listing) -> None:
        """Every file in its cache and verified. The small ones come first, so that a wrong manifest is noticed early.

        Raises what `fetch` raises; the others stop then, and what they fetched is kept.
        """
        small = [item for item in items if item.parcel.size_bytes < _SMALL_BYTES]
        self._several(small, listing)
        for item in small:
            if item.chosen.path.endswith(".safetensors.index.json"):
                _check_index(item, items)
        self._several([item for item in items if item not in small], listing)

    def _several(self, items: Sequence[Item], listing: Listing) -> None:
        if not items:
            return
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            futures = [pool.submit(self._one, item, listing) for item in items]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                self._stop.set()
                failures = [future.exception() for future in futures if not future.cancel()]
                raise next((one for one in failures if one and not isinstance(one, Cancelled)), Cancelled()) from None

    def _one(self, item: Item, listing: Listing) -> None:
        self._arrived(0)
        own = next(file for file in listing.files if file.path == item.chosen.remote.path)
        lay_there = item.parcel.place.exists()
        if self.hub.offline:
            stated = own.sha256 is not None and not is_pickle(own.path)
            found = at_hand(item.parcel, believed=self.believe and stated)
        else:
            errors = partial(hub_errors, self.hub, listing.repository, own.path)
            found = fetch(item.parcel, patience=self.hub.patience, errors=errors, arrived=self._arrived)
        if item.chosen.accepted and found not in self.accepted:
            if not lay_there:
                item.parcel.place.unlink()
            raise InputError(f"{item.parcel.name} has SHA-256 {found}, which nobody accepted; it is not taken.")
        if not self.hub.offline and not web.is_web(item.chosen.source):
            self.hub.point(listing, own)
        with self._lock:
            self.hashes[item.chosen.path] = found

    def _arrived(self, size: int) -> None:
        if self._stop.is_set():
            raise Cancelled
        if size:
            with self._lock:
                self._done += size
                self.moved(self._done, self.total_bytes)


def _check_index(index: Item, items: Sequence[Item]) -> None:
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
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise InputError(
            f"{index.parcel.name} names {missing[0]}{more}, not among the files to pull; the cache, or the patterns of the "
            "manifest, lack it."
        )
