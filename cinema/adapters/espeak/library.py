"""eSpeak NG through ctypes: one utterance in, 16-bit samples and word events out.

The library keeps its state (wave phase, flutter, the last voice) in statics that `espeak_Initialize` does not reset: the
same text spoken twice differs by some samples (eSpeak NG 1.52, measured 2026-11-21). So each utterance loads a
fresh copy of the library and unloads it after, which costs 0.4 ms and makes equal requests give equal bytes.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from cinema.adapters.dsp import Wave
from cinema.errors import CinemaError, MissingModelError

_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_UTF8_WITH_PHONEMES = 0x101
"""[[...]] is read as phonemes: only `words.speakable` writes those, after taking brackets out of the text."""
_RATE, _PITCH, _RANGE, _WORDGAP = 1, 3, 4, 7
_EVENT_END, _EVENT_WORD = 0, 1
_LONGEST_DATA_PATH = 150
"""eSpeak NG copies the path of its data into 160 bytes."""


class _Identity(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
_IPA_WITH_TIES = 0x02 | 0x80 | ord("^") << 8
"""Phonemes by their international signs, with ^ between the letters of one phoneme."""
_guard = threading.Lock()
_NOISE_SEED = 1


@dataclass(frozen=True, kw_only=True)
class Manner:
    """eSpeak's own knobs: words a minute 80 ... 450, pitch and range 0 ... 99, extra pause between words in 10 ms."""

    voice: str
    """A value of `languages()` and perhaps a variant: "en+f3"."""
    words_per_minute: int = 175
    pitch: int = 50
    pitch_range: int = 50
    word_gap: int = 0


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """Mono sound at eSpeak's own rate, and the (character, sample) at which each spoken word begins."""

    wave: Wave
    rate_hz: int
    words: tuple[tuple[int, int], ...]


def speak(text: str, manner: Manner) -> Utterance:
    """Say `text`: SSML is not read in it, phonemes are, between [[ and ]].

    Raises MissingModelError when the library or its voices are not here, CinemaError when it refuses the voice.
    """
    pieces: list[Wave] = []
    words: list[tuple[int, int]] = []

    @_Callback
    def collect(samples: object, size: int, events: object) -> int:
        if samples and size:
            pieces.append(np.ctypeslib.as_array(samples, (size,)).astype(np.float32))  # type: ignore[arg-type]
        heard = (event for event in _until_end(events) if event.type == _EVENT_WORD)
        words.extend((event.text_position - 1, event.sample) for event in heard)
        return 0

    with _library() as (library, rate_hz):
        library.espeak_SetSynthCallback(collect)
        if library.espeak_SetVoiceByName(manner.voice.encode()):
            raise CinemaError(f"eSpeak NG refused the voice {manner.voice!r}; reinstall espeakng-loader.")
        settings = ((_RATE, manner.words_per_minute), (_PITCH, manner.pitch), (_RANGE, manner.pitch_range))
        for knob, value in (*settings, (_WORDGAP, manner.word_gap)):
            library.espeak_SetParameter(knob, int(value), 0)
        data = text.encode("utf-8", "replace") + b"\0"
        # eSpeak NG seeds its noise with the time of day when initialised (the same line gave other samples a second later,
        # 2026-11-21), and the Klatt voices draw theirs from the C library's rand().
        library.espeak_ng_SetRandSeed(ctypes.c_long(_NOISE_SEED))
        _c_library().srand(_NOISE_SEED)
        library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 1, 0, _UTF8_WITH_PHONEMES, None, None)
        library.espeak_Synchronize()
    wave = np.concatenate(pieces) / np.float32(32768.0) if pieces else np.zeros(0, np.float32)
    return Utterance(wave=wave, rate_hz=rate_hz, words=tuple(words))


def phonemes(text: str, voice: str) -> str:
    """How `text` is pronounced: international signs, stress marks, ^ within affricates and diphthongs, words by spaces.

    Punctuation is lost. MissingModelError and CinemaError as for `speak`.
    """
    clauses: list[str] = []
    with _library() as (library, _):
        if library.espeak_SetVoiceByName(voice.encode()):
            raise CinemaError(f"eSpeak NG refused the voice {voice!r}; reinstall espeakng-loader.")
        library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_int]
        data = ctypes.create_string_buffer(text.replace("\0", " ").encode("utf-8", "replace"))
        rest = ctypes.c_void_p(ctypes.addressof(data))
        while rest.value:
            clauses.append((library.espeak_TextToPhonemes(ctypes.byref(rest), 1, _IPA_WITH_TIES) or b"").decode("utf-8"))
    return " ".join(" ".join(clauses).split())


@cache
def languages() -> Mapping[str, str]:
    """Language code in lower case ("en-gb", "fr-fr", "cmn") to the name by which eSpeak NG loads its voice ("en", "fr")."""
    found: dict[str, str] = {}
    with _library() as (library, _):
        library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        voices = library.espeak_ListVoices(None)
        index = 0
        while voices[index]:
            voice = voices[index][0]
            code = voice.languages[1:].decode("ascii", "replace").lower()  # a priority byte stands first
            found.setdefault(code, voice.identifier.decode("ascii", "replace").rsplit("/", 1)[-1])
            index += 1
    return found


def _until_end(events: object) -> Iterator[_Event]:
    index = 0
    while events[index].type != _EVENT_END:  # type: ignore[index]
        yield events[index]  # type: ignore[index]
        index += 1


@contextmanager
def _library() -> Generator[tuple[ctypes.CDLL, int]]:
    """The library, freshly loaded and initialised, with its sample rate; one at a time in a process."""
    try:
        import espeakng_loader
    except ImportError as exc:
        raise MissingModelError("The drawn voices need the package espeakng-loader; install it with pip.") from exc
    with _guard, _data_folder(Path(espeakng_loader.get_data_path())) as folder:
        path = espeakng_loader.get_library_path()
        try:
            library = ctypes.CDLL(path)
        except OSError as exc:
            raise MissingModelError(
                f"eSpeak NG's library {path} does not load here: {exc}; reinstall espeakng-loader."
            ) from exc
        try:
            rate_hz = library.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(folder), _DONT_EXIT)
            if rate_hz <= 0:
                raise MissingModelError(f"eSpeak NG finds no voices in {folder}; reinstall espeakng-loader.")
            yield library, rate_hz
            library.espeak_Terminate()
        finally:
            _unload(library)


def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)


def _unload(library: ctypes.CDLL) -> None:
    import _ctypes

    if sys.platform == "win32":
        _ctypes.FreeLibrary(library._handle)
    else:
        _ctypes.dlclose(library._handle)


@contextmanager
def _data_folder(folder: Path) -> Generator[Path]:
    """`folder`, or a short link to it where its path is longer than eSpeak NG can hold."""
    if len(os.fsencode(folder)) <= _LONGEST_DATA_PATH:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="espeak-") as short:
        link = Path(short) / folder.name
        link.symlink_to(folder, target_is_directory=True)
        yield link
