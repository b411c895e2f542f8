# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# soundfile has no type stubs.
"""Assets: the user's own pictures and recordings, brought into the film's store before anything runs.

A script names them by paths beside itself (`Character.references`, `voice.sample`). What they are is told by their bytes,
never by their names; a decoder's own words are never shown. In the store lies a copy in one form: a picture as RGB PNG of
at most 2,048 pixels, turned upright; a recording as its first 30 s, mono, 48 kHz, 16 bit. Its key comes from the bytes that
the user brought, so moving a file changes nothing, and a film can be resumed when the original is gone.

The script room refuses absolute paths and ".."; a web address is refused here. A link in the script's folder is followed:
whoever makes films of strangers' scripts gives each a folder of its own.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cinema.artefact import MediaFacts
from cinema.errors import InputError, OutOfDiskError, Where
from cinema.media import Picture, write_png
from cinema.plan.task import Asset
from cinema.render import Store
from cinema.script.model import Script
from cinema.timebase import SAMPLE_RATE_HZ

Samples = NDArray[np.float32]
LARGEST_BYTES = 512_000_000
MOST_PIXELS = 64_000_000
LEAST_SIDE_PX = 64
KEPT_SIDE_PX = 2_048
LEAST_SECONDS, MOST_SECONDS, KEPT_SECONDS = 1, 300, 30
_PICTURES = ("PNG", "JPEG", "WEBP")
_SOUNDS = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3"})
_RATES_HZ = range(8_000, 384_001)
_MOST_CHANNELS = 8
_SILENCE = 1e-4
_ADDRESS = re.compile(r"[a-z][a-z0-9+.\-]+:", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Named:
    """A file that a script names, whose it is, and where that stands."""

    kind: Literal["image", "audio"]
    source: str
    owner: str
    where: Where

    def __str__(self) -> str:
        what = "picture" if self.kind == "image" else "recording"
        return f"The {what} {self.source!r} of {self.owner}"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file that was found and looks like what it should be."""

    asset: Asset
    path: Path
    named: Named


def named_in(script: Script) -> tuple[Named, ...]:
    """Every file that the script names, each path once."""
    return tuple({(named.kind, named.source): named for named in reversed(list(_named(script)))}.values())[::-1]


def _named(script: Script) -> Iterator[Named]:
    for index, person in enumerate(script.characters):
        place = f"/characters/{index}"
        for number, path in enumerate(person.references):
            where = _where(script, f"{place}/references/{number}")
            yield Named(kind="image", source=path, owner=person.name, where=where)
        if person.voice.sample:
            where = _where(script, f"{place}/voice/sample")
            yield Named(kind="audio", source=person.voice.sample, owner=person.name, where=where)


def _where(script: Script, pointer: str) -> Where:
    return Where(source=script.source, pointer=pointer if script.source_format == "json" else None)


def gather(script: Script, beside: Path) -> tuple[Found, ...]:
    """The files that the script names, from the folder `beside`. InputError for one that is missing or is something else."""
    return tuple(find(named, beside) for named in named_in(script))


def survey(script: Script, beside: Path) -> tuple[tuple[Asset, ...], tuple[str, ...]]:
    """The assets that are there, and a sentence for each that is missing. InputError for one that is something else."""
    there = [named for named in named_in(script) if _path(named, beside).is_file()]
    missing = [named for named in named_in(script) if named not in there]
    return (
        tuple(find(named, beside).asset for named in there),
        tuple(f"{named} is not there ({_path(named, beside)}); the film cannot be rendered without it." for named in missing),
    )


def find(named: Named, beside: Path) -> Found:
    """The file, its bytes hashed and its header read. InputError where it is missing, too large, or something else."""
    path = _path(named, beside)
    data = _bytes(named, path)
    if named.kind == "image":
        _open_picture(named, data)
    else:
        _open_sound(named, data).close()
    asset = Asset(kind=named.kind, source=named.source, sha256=hashlib.sha256(data).hexdigest())
    return Found(asset=asset, path=path, named=named)


def adopt(found: Iterable[Found], store: Store) -> None:
    """Copy what the store does not hold into it, in the one form. InputError for a file that turns out to be broken."""
    new = {one.asset.key: one for one in found}
    for key in store.cached(new):
        del new[key]
    for one in new.values():
        data = _bytes(one.named, one.path)
        if hashlib.sha256(data).hexdigest() != one.asset.sha256:
            raise InputError(f"{one.named} was changed while it was read; render again.", where=one.named.where)
        folder = Path(tempfile.mkdtemp(prefix="asset-", dir=store.work))
        keep = _keep_picture if one.asset.kind == "image" else _keep_sound
        store.keep(one.asset, *keep(one.named, data, folder))


def _path(named: Named, beside: Path) -> Path:
    if _ADDRESS.match(named.source):
        raise InputError(f"{named} is an address, not a file; save it beside the script and name it there.", where=named.where)
    return beside / named.source


def _bytes(named: Named, path: Path) -> bytes:
    if not path.is_file():
        raise InputError(f"{named} is not there ({path}); put it there, or take it out of the script.", where=named.where)
    try:
        size_bytes = path.stat().st_size
        if size_bytes > LARGEST_BYTES:
            raise InputError(f"{named} has {size_bytes:,} bytes; {LARGEST_BYTES:,} is the most.", where=named.where)
        return path.read_bytes()
    except OSError as exc:
        raise InputError(f"{named} cannot be read ({path}): {exc.strerror}.", where=named.where) from exc


def _refused(named: Named, why: str) -> InputError:
    return InputError(f"{named} {why}.", where=named.where)


# -- pictures ----------------------------------------------------------------------------------------------------------


def _open_picture(named: Named, data: bytes) -> Image.Image:
    """Opened and measured, not decoded."""
    too_many = f"has more than {MOST_PIXELS // 1_000_000} megapixels; make it smaller"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, on pictures that are refused below
            image = Image.open(BytesIO(data), formats=_PICTURES)
    except Image.DecompressionBombError as exc:
        raise _refused(named, too_many) from exc
    except Exception as exc:  # a decoder may raise anything on bytes made to break it
        raise _refused(named, "is not a PNG, JPEG or WebP picture, whatever its name says") from exc
    width_px, height_px = image.size
    if width_px * height_px > MOST_PIXELS:
        raise _refused(named, too_many)
    if min(width_px, height_px) < LEAST_SIDE_PX:
        raise _refused(named, f"has {width_px} x {height_px} pixels; each side needs {LEAST_SIDE_PX} at least")
    return image


def picture_in(named: Named, data: bytes) -> Picture:
    """The picture in the one form (height x width x 3, RGB). InputError where it is too large, damaged or something else."""
    image = _open_picture(named, data)
    try:
        image.load()
        return np.asarray(_upright(image), dtype=np.uint8)
    except Exception as exc:  # as above
        raise _refused(named, "is damaged: its picture ends early or cannot be decoded; save it again") from exc


def _keep_picture(named: Named, data: bytes, folder: Path) -> tuple[Path, MediaFacts]:
    path = folder / "image.png"
    return path, write_png(path, picture_in(named, data))


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF data says, opaque on white, RGB, at most `KEPT_SIDE_PX` on the longer side."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip rather than scale
        image = Image.fromarray((np.asarray(image, dtype=np.float64).clip(0, 65_535) / 257).round().astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
    image.thumbnail((KEPT_SIDE_PX, KEPT_SIDE_PX), Image.Resampling.LANCZOS)
    return image


# -- recordings --------------------------------------------------------------------------------------------------------


def _open_sound(named: Named, data: bytes) -> soundfile.SoundFile:
    """Opened and measured by its header, which may lie: what is read is measured again."""
    try:
        file = soundfile.SoundFile(BytesIO(data)) if _sounds_like(data) else None
    except Exception as exc:  # a decoder may raise anything on bytes made to break it
        raise _refused(named, "is damaged: no sound can be read from it; save it again") from exc
    if file is None or file.format not in _SOUNDS:
        raise _refused(named, "is not a WAV, FLAC, OGG or MP3 recording, whatever its name says")
    if file.samplerate not in _RATES_HZ or not 1 <= file.channels <= _MOST_CHANNELS:
        raise _refused(
            named,
            f"has {file.channels} channels of {file.samplerate} samples a second; up to {_MOST_CHANNELS} channels of "
            f"{_RATES_HZ[0]:,} to {_RATES_HZ[-1]:,} are understood",
        )
    seconds = file.frames / file.samplerate
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise _refused(named, f"lasts {seconds:.1f} s; {LEAST_SECONDS} s to {MOST_SECONDS // 60} minutes are understood")
    return file


def _sounds_like(data: bytes) -> bool:
    """By the first bytes: so that no other of the library's many formats is ever parsed."""
    wave = data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE"
    mpeg = data[:3] == b"ID3" or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2)
    return wave or mpeg or data[:4] in (b"fLaC", b"OggS")


def recording_in(named: Named, data: bytes) -> Samples:
    """The recording in the one form (float32 in -1 .. 1). InputError where it is too short, silent, damaged or no recording."""
    try:
        with _open_sound(named, data) as file:
            rate_hz = int(file.samplerate)
            heard = np.asarray(file.read(rate_hz * KEPT_SECONDS, dtype="float32", always_2d=True), dtype=np.float32)
    except InputError:
        raise
    except Exception as exc:  # as above
        raise _refused(named, "is damaged: its sound cannot be decoded; save it again") from exc
    if len(heard) < rate_hz * LEAST_SECONDS:
        raise _refused(named, f"is damaged: only {len(heard) / rate_hz:.1f} s of sound are in it; save it again")
    mono = np.nan_to_num(heard.mean(axis=1), posinf=0.0, neginf=0.0)
    if np.abs(mono).max() < _SILENCE:
        raise _refused(named, "is silent; record it again")
    return np.clip(soxr.resample(mono, rate_hz, SAMPLE_RATE_HZ)[: KEPT_SECONDS * SAMPLE_RATE_HZ], -1.0, 1.0)


def as_wav(samples: Samples) -> bytes:
    """A file of 16 bits. The same samples give the same bytes."""
    written = BytesIO()
    soundfile.write(written, samples, SAMPLE_RATE_HZ, subtype="PCM_16", format="WAV")
    return written.getvalue()


def _keep_sound(named: Named, data: bytes, folder: Path) -> tuple[Path, MediaFacts]:
    samples = recording_in(named, data)
    path = folder / "recording.wav"
    try:
        path.write_bytes(as_wav(samples))
    except OSError as exc:
        raise OutOfDiskError(f"{path} cannot be written: {exc.strerror}.") from exc
    return path, MediaFacts(kind="audio", samples=len(samples), sample_rate_hz=SAMPLE_RATE_HZ, channels=1)
