"""Family `xtts`: XTTS v2 (Coqui) through coqui-tts' model class: 17 languages, in a voice cloned from a recording or built in.

The folder is the released one: config.json, vocab.json, model.pth and speakers_xtts.pth; or model.safetensors and
speakers_xtts.safetensors ("NAME/gpt_cond_latent"). Pickles are read only where their hash is stated, and coqui-tts' own
loaders, downloads and terms prompt are never reached. Sampling settings are those of the released config.json; a mood
changes tempo and temperature, no more.

Unproven: the released weights' sound, and how far tempo and temperature carry a mood.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Generator
from typing import Any

import soxr

from cinema.adapters.dsp import Wave
from cinema.adapters.kit.checkpoints import state_dict
from cinema.adapters.kit.hindi import spelt_out
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sentences import pieces
from cinema.adapters.kit.speech import Said, Speaking, SpeechAdapter, chosen, joined, liveliness_of, tempo_of
from cinema.adapters.kit.tokens import seeded, ticking
from cinema.errors import InputError
from cinema.identity import seed_from
from cinema.plan.task import SpeechRequest, VoiceSpec
from cinema.timebase import SAMPLE_RATE_HZ

WOMEN = (
    "Claribel Dervla, Daisy Studious, Gracie Wise, Tammie Ema, Alison Dietlinde, Ana Florence, Annmarie Nele, Asya Anara, "
    "Brenda Stern, Gitta Nikolina, Henriette Usha, Sofia Hellen, Tammy Grit, Tanja Adelina, Nova Hogarth, Maja Ruoho, "
    "Lidiya Szekeres, Chandra MacFarland, Szofi Granger, Camilla Holmström, Lilya Stainthorpe, Zofija Kendrick, Narelle Moon, "
    "Barbora MacLean, Alexandra Hisakawa, Alma María, Rosemary Okafor"
)
MEN = (
    "Andrew Chipper, Badr Odhiambo, Dionisio Schuyler, Royston Min, Viktor Eka, Abrahan Mack, Baldur Sanjin, Craig Gutsy, "
    "Damien Black, Gilberto Mathias, Kazuhiko Atallah, Ludvig Milivoj, Torcull Diarmuid, Viktor Menelaos, Zacharie Aimilios, "
    "Filip Traverse, Damjan Chapman, Wulf Carlevaro, Aaron Dreschner, Kumar Dahl, Eugenio Mataracı, Ferran Simen, "
    "Xavier Hayasaka, Luis Moray, Marcos Rudaski"
)
"""The studio speakers of speakers_xtts.pth whose first names tell a woman's or a man's voice; six of the 58 are left out.
Their ages are not known: an age only moves the choice along the list."""
_TOKENS_A_SECOND = 22_050 / 1024
_CHARACTERS_A_SECOND = {"zh": 4.5, "ja": 6.0, "ko": 6.0}
_LEAST_TOKENS = 8
"""The decoder drops the last five: fewer would leave it nothing to speak."""
_SHORTEST_SAMPLE_SECONDS = 0.4
_DIGIT = re.compile(r"\d")
_DIGITS = ((re.compile(r"(?!)"), ""), (re.compile(r"(\d)\.(?!\d)"), r"\1 ."), (re.compile(r"(\d)[.,]?"), r" \1 "))
"""Ways to write digits, tried in turn: as they are, without ordinals, one by one."""
_UNUSED = ("torch_mel_spectrogram_style_encoder", "torch_mel_spectrogram_dvae", "dvae")


class Xtts(SpeechAdapter):
    """A speaker's latents are made once, and kept while the model is loaded."""

    def open(self, parts: Parts) -> None:
        settings = parts.config("config.json")
        weights, speakers = _weights(parts), _speakers(parts)
        with _quietly(), seeded(parts, 0):
            xtts = library("TTS.tts.models.xtts")
            config = library("TTS.tts.configs.xtts_config").XttsConfig()
            config.from_dict(settings)
            config.model_args.gpt_number_text_tokens = None  # else the class makes its large network twice
            model = xtts.Xtts(config)
            model.tokenizer = xtts.VoiceBpeTokenizer(str(parts.folder / "vocab.json"))
            model.init_models()
            model.load_state_dict(weights)
        model.requires_grad_(False).to(parts.device).eval()  # its own `eval` makes the copies for inference, and gives nothing
        self._model: Any = model
        self._speakers: dict[str, dict[str, Any]] = speakers
        self._latents: dict[str, tuple[Any, Any]] = {}

    def close(self) -> None:
        self._model = None
        self._speakers = {}
        self._latents = {}

    def ticks(self, request: SpeechRequest) -> int:
        language = _language(request.voice)
        seconds = len(request.text) / _CHARACTERS_A_SECOND.get(language, 14.0) + 0.5
        return round(seconds * _TOKENS_A_SECOND)

    def say(self, line: Speaking) -> Said:
        request = line.request
        language = _language(request.voice)
        if language not in self._model.tokenizer.char_limits:
            spoken = ", ".join(sorted(self._model.tokenizer.char_limits))
            raise InputError(f"{self.parts.manifest.id} does not speak {request.voice.language!r}; it speaks {spoken}.")
        latent, speaker = self._voice(line)
        config, waves = self._model.config, list[Wave]()
        with _quietly():
            for number, text in enumerate(self._texts(request.text, language)):
                with seeded(self.parts, seed_from(line.seed, "piece", number)):
                    made = self._model.inference(
                        text,
                        language,
                        latent,
                        speaker,
                        temperature=float(config.temperature) * liveliness_of(request.emotion),
                        length_penalty=float(config.length_penalty),
                        repetition_penalty=float(config.repetition_penalty),
                        top_k=int(config.top_k),
                        top_p=float(config.top_p),
                        speed=tempo_of(request.emotion),
                        min_new_tokens=_LEAST_TOKENS,
                        stopping_criteria=ticking(line.progress),
                    )
                waves.append(made["wav"])
                line.progress.tick()
        rate_hz = int(config.audio.output_sample_rate)
        return Said(wave=joined(waves, rate_hz), rate_hz=rate_hz)

    def _texts(self, text: str, language: str) -> tuple[str, ...]:
        """Pieces within the language's limit of characters and, numbers spelt out, the model's limit of tokens."""
        limit = int(self._model.tokenizer.char_limits[language])
        found: list[str] = []
        for piece in pieces(spelt_out(text) if language == "hi" else text, limit):
            readable, tokens = self._readable(piece, language)
            parts = tokens // (self._model.args.gpt_max_text_tokens - 2) + 1
            found += [readable] if parts == 1 else pieces(readable, max(len(readable) // (2 * parts), 4))
        return tuple(found)

    def _readable(self, text: str, language: str) -> tuple[str, int]:
        """The text, with its digits so written that the tokenizer can spell them out, and its number of tokens.

        Some languages lack ordinals (a number before a full stop in Czech), all have a largest number.
        """
        for pattern, written in _DIGITS:
            readable = pattern.sub(written, text)
            try:
                return readable, len(self._model.tokenizer.encode(readable.lower(), language))
            except (NotImplementedError, ArithmeticError, LookupError, TypeError, ValueError):
                continue
        return self._readable(_DIGIT.sub(" ", text), language)

    def _voice(self, line: Speaking) -> tuple[Any, Any]:
        """Conditioning latents (1, 32, channels) and speaker embedding (1, 512, 1)."""
        key = line.sample_key or _speaker_for(line.request.voice, self._speakers)
        if key not in self._latents:
            if line.sample is not None:
                self._latents[key] = self._cloned(line.sample)
            elif key in self._speakers:
                latent, speaker = self._speakers[key].values()  # in this order in the released file, as coqui-tts reads it
                self._latents[key] = (latent.float(), speaker.float())
            else:
                raise InputError(
                    f"{self.parts.manifest.id} has no built-in speakers in {self.parts.folder}; give each character's voice a "
                    "sample, or fetch speakers_xtts.pth."
                )
        return self._latents[key]

    def _cloned(self, sample: Wave) -> tuple[Any, Any]:
        """Latents of a recording at 48 kHz; what comes after the released limit of its length is not listened to."""
        config, rate_hz = self._model.config, int(self._model.args.input_sample_rate)
        if sample.size < _SHORTEST_SAMPLE_SECONDS * SAMPLE_RATE_HZ:
            raise InputError(
                f"The recording of a voice lasts {sample.size / SAMPLE_RATE_HZ:.2f} s, which is too short to speak with; "
                "give 6 to 30 s of clean speech."
            )
        heard = soxr.resample(sample, SAMPLE_RATE_HZ, rate_hz)[: rate_hz * int(config.max_ref_len)]
        audio = library("torch").from_numpy(heard).float().unsqueeze(0).to(self.parts.device)
        latent = self._model.get_gpt_cond_latents(
            audio, rate_hz, length=int(config.gpt_cond_len), chunk_length=int(config.gpt_cond_chunk_len)
        )
        return latent, self._model.get_speaker_embedding(audio, rate_hz)


def _language(voice: VoiceSpec) -> str:
    return {"cmn": "zh"}.get(voice.language.split("-")[0].lower(), voice.language.split("-")[0].lower())


def _speaker_for(voice: VoiceSpec, speakers: dict[str, dict[str, Any]]) -> str:
    """A built-in speaker's name; by hash where the folder has none of the known ones; empty where it has none at all."""
    women = tuple(name for name in WOMEN.split(", ") if name in speakers)
    men = tuple(name for name in MEN.split(", ") if name in speakers)
    if women and men:
        return chosen(voice, women, men)
    names = sorted(speakers)
    return names[seed_from("speaker", voice.gender, voice.age, voice.variant) % len(names)] if names else ""


def _weights(parts: Parts) -> Any:
    """The model's tensors by name. What only training needs, and copies made for inference, are left out."""
    with _quietly():
        xtts = library("TTS.tts.models.xtts")
    # The released pickle also holds its configuration, as objects of coqui-tts' classes under the names they once had: those
    # four classes are allowed while it is read, by the function that the library has for it.
    with xtts._legacy_safe_globals():
        found = state_dict(parts, "model.safetensors", "model.pth")
    weights = found.get("model", found)
    kept = {name.removeprefix("xtts."): tensor for name, tensor in weights.items()}
    return {
        name: tensor
        for name, tensor in kept.items()
        if name.split(".")[0] not in _UNUSED and not name.startswith("gpt.gpt_inference.")
    }


def _speakers(parts: Parts) -> dict[str, dict[str, Any]]:
    """Built-in speakers' latents by name; none where the folder has no file of them."""
    names = ("speakers_xtts.safetensors", "speakers_xtts.pth")
    if not any(parts.has(name) for name in names):
        return {}
    found = state_dict(parts, *names)
    speakers: dict[str, dict[str, Any]] = {}
    for name, value in sorted(found.items()):
        if isinstance(value, dict):
            speakers[name] = value
        else:
            speakers.setdefault(name.rpartition("/")[0], {})[name.rpartition("/")[2]] = value
    return speakers


@contextlib.contextmanager
def _quietly() -> Generator[None]:
    """What coqui-tts and the libraries below it print goes nowhere: a worker's stdout is for the worker's reports."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield
