"""Family `bark`: Bark (Suno) through transformers: words, laughs, sighs and gasps, in pieces of up to 13 s.

The folder is the released one: config.json, generation_config.json, a BERT tokenizer, speaker_embeddings, and
model.safetensors or pytorch_model.bin. Voices are the released presets, chosen by language and gender.

Unproven: how the cues sound with released weights ("sob" and "scream" have no cue of their own and are written out).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cinema.adapters.dsp import Wave
from cinema.adapters.kit.checkpoints import state_dict
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sentences import pieces
from cinema.adapters.kit.speech import Said, Speaking, SpeechAdapter, chosen, joined, liveliness_of
from cinema.adapters.kit.tokens import seeded, ticking
from cinema.errors import InputError
from cinema.identity import seed_from
from cinema.plan.task import SpeechRequest, VoiceSpec

CUES = {
    "laugh": ("[laughter]", "Ha ha ha!"),
    "sigh": ("[sighs]", ""),
    "gasp": ("[gasps]", ""),
    "cough": ("[clears throat]", ""),
    "sob": ("[sighs]", "Oh... oh..."),
    "scream": ("", "AAAAAAH!"),
}
"""Sounds in the words that the model knows ([laughter] [laughs] [sighs] [gasps] [clears throat] [music] and song signs), and
what is said with them where the line has no words of its own."""
_SOUND_SECONDS = 4.0
"""A sound without words is at most this long: the model likes to go on talking."""
_CHARACTERS = {"zh": 45, "ja": 60, "ko": 75}
_MOST_CHARACTERS = 170
"""About 12 s of speech; a piece can be 13 s."""
_CHARACTERS_A_SECOND = 14.0
_LEAST_TOKENS = 8
_WOMEN = {
    "en": (9,),
    "de": (3, 8),
    "es": (8, 9),
    "fr": (1, 2, 5),
    "hi": (0, 1, 3, 4, 9),
    "it": (2, 7, 9),
    "ja": (0, 1, 3, 4, 5, 7, 8, 9),
    "ko": (0,),
    "pl": (4, 6, 9),
    "ru": (5, 6, 9),
    "tr": (4, 5),
    "zh": (4, 6, 7, 9),
}
"""Presets with women's voices, from the makers' list of voices as remembered (uncertain); the other of 0 ... 9 are men's."""


class Bark(SpeechAdapter):
    """Four networks in a row: meaning, coarse sound, fine sound, codec."""

    def open(self, parts: Parts) -> None:
        transformers = library("transformers")
        weights = state_dict(parts, "model.safetensors", "pytorch_model.bin")
        config = parts.pretrained(transformers.BarkConfig, "")
        model = transformers.BarkModel.from_pretrained(None, config=config, state_dict=weights, dtype=parts.dtype)
        model.generation_config = parts.pretrained(transformers.GenerationConfig, "")
        model.codec_model.float()  # sound in full precision, whatever the networks before it have
        self._model: Any = model.eval().requires_grad_(False).to(parts.device)
        tokenizer = parts.pretrained(transformers.AutoTokenizer, "")
        self._processor: Any = transformers.BarkProcessor(tokenizer)
        self._presets = _presets(parts)
        self._voices: dict[str, dict[str, Any]] = {}

    def close(self) -> None:
        self._model = self._processor = None
        self._voices = {}

    def ticks(self, request: SpeechRequest) -> int:
        seconds = _SOUND_SECONDS if not request.text else len(request.text) / _CHARACTERS_A_SECOND + 1.0
        return round(seconds * (self._semantic("semantic_rate_hz", 49.9) + 150.0)) + 6 * len(_texts(request))

    def say(self, line: Speaking) -> Said:
        rate_hz = int(getattr(self._model.generation_config, "sample_rate", 24_000))
        voice = self._voice(line.request.voice)
        waves = [self._piece(text, number, voice, line) for number, text in enumerate(_texts(line.request))]
        return Said(wave=joined(waves, rate_hz), rate_hz=rate_hz)

    def _piece(self, text: str, number: int, voice: dict[str, Any] | None, line: Speaking) -> Wave:
        """One generation. The fine network has no tokens to count: its passes tick instead."""
        inputs = self._processor(text, voice_preset=voice).to(self.parts.device)
        longest = int(self._semantic("max_new_tokens", 768))
        if not line.request.text:
            longest = min(longest, round(_SOUND_SECONDS * self._semantic("semantic_rate_hz", 49.9)))

        def tick(_module: Any, _inputs: Any) -> None:
            line.progress.tick()

        hook = self._model.fine_acoustics.register_forward_pre_hook(tick)
        try:
            with seeded(self.parts, seed_from(line.seed, "piece", number)):
                made = self._model.generate(
                    **inputs,
                    stopping_criteria=ticking(line.progress),
                    semantic_max_new_tokens=longest,
                    semantic_min_new_tokens=min(_LEAST_TOKENS, longest),
                    semantic_temperature=self._semantic("temperature", 0.7) * liveliness_of(line.request.emotion),
                )
        finally:
            hook.remove()
        return made[0].float().cpu().numpy()

    def _semantic(self, name: str, default: float) -> float:
        value = self._model.generation_config.semantic_config.get(name)
        return default if value is None else float(value)

    def _voice(self, spec: VoiceSpec) -> dict[str, Any] | None:
        """The preset's three arrays; None where the folder has no presets."""
        if not self._presets:
            return None
        language = spec.language.split("-")[0].lower()
        names = [name for name in self._presets if name.startswith(f"v2/{language}_speaker_")]
        names = names or [name for name in self._presets if name.startswith("v2/en_speaker_")] or list(self._presets)
        women = tuple(name for name in names if int(name[-1]) in _WOMEN.get(name[3:5], ()))
        men = tuple(name for name in names if name not in women)
        name = chosen(spec, women or men, men or women)
        if name not in self._voices:
            self._voices[name] = _arrays(self.parts, self._presets[name])
        return self._voices[name]


def _texts(request: SpeechRequest) -> tuple[str, ...]:
    """What to generate, piece by piece; a shout is written in capitals, which the model reads as emphasis."""
    words = request.text.upper() if request.emotion == "shout" else request.text
    language = request.voice.language.split("-")[0].lower()
    cue, alone = CUES.get(request.nonverbal, CUES["sigh"]) if request.nonverbal else ("", "")
    if not cue:
        words = f"{alone} {words}"
    return pieces(f"{cue} {words or alone}", _CHARACTERS.get(language, _MOST_CHARACTERS))


def _presets(parts: Parts) -> dict[str, dict[str, str]]:
    """Preset name ("v2/en_speaker_6") to its files: three .npy, or one .npz; only numbered voices."""
    found: dict[str, dict[str, str]] = {}
    if parts.has("speaker_embeddings_path.json"):
        found = {k: v for k, v in parts.config("speaker_embeddings_path.json").items() if isinstance(v, dict)}
    for path in sorted((parts.folder / "speaker_embeddings" / "v2").glob("*.npz")):
        found.setdefault(f"v2/{path.stem}", {"": path.relative_to(parts.folder).as_posix()})
    there = {name: files for name, files in found.items() if all((parts.folder / file).is_file() for file in files.values())}
    return {name: files for name, files in sorted(there.items()) if name[-1:].isdigit() and name.startswith("v2/")}


def _arrays(parts: Parts, files: dict[str, str]) -> dict[str, Any]:
    """The arrays of a preset, integers only: an array of objects, which is a pickle, is refused."""
    try:
        loaded = {key: np.load(parts.folder / file, allow_pickle=False) for key, file in files.items()}
        arrays: dict[str, Any] = dict(loaded[""].items()) if "" in loaded else loaded
    except (ValueError, OSError) as exc:
        raise InputError(
            f"A voice of {parts.manifest.id} in {parts.folder} is not a plain array ({exc}); run `cinema models verify`."
        ) from exc
    return {key: np.asarray(array).astype(np.int64) for key, array in arrays.items()}
