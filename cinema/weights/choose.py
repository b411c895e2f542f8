"""Which files of a listing a model needs, and which of them may not be had: pickles that nobody vouches for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass, replace

from cinema.catalog import Manifest, Source
from cinema.errors import InputError
from cinema.weights.cached import Listing, RemoteFile
from cinema.weights.lock import LOCK_NAME, local_path
from cinema.weights.patterns import matches
from cinema.weights.pickles import is_pickle

_VARIANT = re.compile(r"\.(?:fp16|fp32|bf16|fp8(?:_e4m3fn)?|int8|int4|nf4|ema|non_ema)(?=[-.][^/]*$)")
"""The precision, or other variant, in the name of a file of weights."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A file that the model needs, with the place it gets in the model's folder.

    `remote.sha256` is the hub's or the manifest's; they agree. `accepted`: the user vouched for it.
    """

    source: Source
    remote: RemoteFile
    path: str
    accepted: bool = False


def choose(manifest: Manifest, source: Source, listing: Listing, accepted: Set[str]) -> tuple[Chosen, ...]:
    """The files that the manifest's patterns mean.

    Of a listing that may lack files no variant is taken for want of the plain form: somebody may have fetched just that one.
    Raises InputError where a pattern means nothing, where the hub has another file than the manifest states, and for a
    pickle whose SHA-256 neither the manifest nor the user states.
    """
    prefix = f"{source.subfolder.strip('/')}/" if source.subfolder.strip("/") else ""
    found: dict[str, Chosen] = {}
    for wanted in source.files:
        hits = [file for file in listing.files if matches(prefix + wanted.path, file.path)]
        if "*" in wanted.path:
            hits = _without_variants(hits) if listing.whole else [file for file in hits if not _VARIANT.search(file.path)]
        if not hits:
            raise InputError(
                f"{source.repository} at {listing.commit[:12] or listing.requested} has no file {prefix + wanted.path!r}, "
                f"which models/{manifest.id}.toml asks for; it has {_some(listing.files)}."
            )
        for file in hits:
            stated = _stated(source, prefix, file)
            sure = replace(file, sha256=stated or file.sha256)
            chosen = Chosen(source=source, remote=sure, path=local_path(source, file.path))
            by_user = stated is None and is_pickle(file.path)
            found[file.path] = _vouched(manifest, chosen, accepted) if by_user else chosen
    return tuple(found[path] for path in sorted(found))


def _stated(source: Source, prefix: str, file: RemoteFile) -> str | None:
    """What the manifest states as the file's SHA-256; InputError where the hub has another file."""
    hashes = (one.sha256.lower() for one in source.files if one.sha256 and matches(prefix + one.path, file.path))
    stated = next(hashes, None)
    if stated and file.sha256 and stated != file.sha256:
        raise InputError(
            f"{file.path} of {source.repository} has SHA-256 {file.sha256}, and the manifest states {stated}: it is not the "
            "file that was examined, and is not fetched."
        )
    return stated


def _vouched(manifest: Manifest, chosen: Chosen, accepted: Set[str]) -> Chosen:
    """The pickle, if the user vouches for it. A hash that the hub does not state is compared once the file was fetched."""
    file, repository = chosen.remote, chosen.source.repository
    if file.sha256 in accepted or (accepted and file.sha256 is None):
        return replace(chosen, accepted=True)
    known = f"The hub says that its SHA-256 is {file.sha256}" if file.sha256 else "Its SHA-256 is not known beforehand"
    way = f"cinema models pull {manifest.id} --accept-sha256 {file.sha256 or 'HEX'}"
    raise InputError(
        f"{file.path} of {repository} is a pickle, a file that can run code when it is loaded, and models/{manifest.id}.toml "
        f"does not state its hash. {known}. If you trust that very file, run `{way}`; it is loaded restricted even then."
    )


def _without_variants(files: list[RemoteFile]) -> list[RemoteFile]:
    """Without further precisions of weights that are there in the plain form too.

    diffusers and transformers name those "model.fp16.safetensors", "model.fp16-00001-of-00002.safetensors" and
    "model.safetensors.index.fp16.json".
    """
    plain = {_plain(file.path) for file in files if not _VARIANT.search(file.path)}
    return [file for file in files if not _VARIANT.search(file.path) or _plain(file.path) not in plain]


def _plain(path: str) -> str:
    """The path without variant and count of shards."""
    return re.sub(r"-\d{5}-of-\d{5}(?=\.)", "", _VARIANT.sub("", path))


def check_distinct(files: Iterable[Chosen]) -> None:
    """InputError where two files would get the same place, one the lock's own, or one a place outside the folder."""
    seen: dict[str, Chosen] = {}
    for file in files:
        if file.path in seen:
            other = seen[file.path]
            raise InputError(
                f"{file.remote.path} of {file.source.repository} and {other.remote.path} of {other.source.repository} would "
                f"both be {file.path!r}; give one source another `into`."
            )
        if file.path.startswith("/") or not {"", ".", ".."}.isdisjoint(file.path.split("/")) or "\\" in file.path:
            raise InputError(f"{file.source.repository} has a file {file.path!r}, a name that would leave the model's folder.")
        if file.path == LOCK_NAME:
            raise InputError(f"{file.remote.path} of {file.source.repository} would lie in the place of the lock.")
        seen[file.path] = file


def _some(files: tuple[RemoteFile, ...]) -> str:
    names = [file.path for file in files]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return (", ".join(names[:8]) or "no files") + more
