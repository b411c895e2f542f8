"""Family to adapter: an explicit table of lazy strings. Nothing is imported until a worker needs it."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from cinema.adapters.contract import Adapter
from cinema.errors import InputError, MissingModelError

ADAPTERS: dict[str, str] = {
    "boards": "cinema.adapters.boards:Boards",
    "espeak": "cinema.adapters.espeak:Espeak",
    "score": "cinema.adapters.score:Score",
    "foley": "cinema.adapters.foley:Foley",
    "ltx_video": "cinema.adapters.ltx_video:LtxVideo",
    "ltx2": "cinema.adapters.ltx2:Ltx2",
    "hunyuan_video": "cinema.adapters.hunyuan_video:HunyuanVideo",
    "hunyuan_video_15": "cinema.adapters.hunyuan_video_15:HunyuanVideo15",
    "framepack": "cinema.adapters.framepack:FramePack",
    "wan": "cinema.adapters.wan:Wan",
    "skyreels": "cinema.adapters.skyreels:SkyReels",
    "kandinsky5": "cinema.adapters.kandinsky5:Kandinsky5",
    "musicgen": "cinema.adapters.musicgen:MusicGen",
    "audiogen": "cinema.adapters.musicgen:MusicGen",
    "ace_step": "cinema.adapters.ace_step:AceStep",
    "stable_audio": "cinema.adapters.stable_audio:StableAudio",
    "audioldm2": "cinema.adapters.audioldm2:AudioLdm2",
    "flux": "cinema.adapters.flux:Flux",
    "flux2": "cinema.adapters.flux2:Flux2",
    "qwen_image": "cinema.adapters.qwen_image:QwenImage",
    "z_image": "cinema.adapters.z_image:ZImage",
    "spandrel": "cinema.adapters.real_esrgan:RealEsrgan",
    "xtts": "cinema.adapters.xtts:Xtts",
    "kokoro": "cinema.adapters.kokoro:Kokoro",
    "bark": "cinema.adapters.bark:Bark",
    "dia": "cinema.adapters.dia:Dia",
    "llm": "cinema.adapters.llm:Llm",
    "openai": "cinema.adapters.openai:OpenAi",
    "testing": "cinema.testing.adapter:TestingAdapter",
}


def create(family: str) -> Adapter:
    """A new adapter of that family, not loaded.

    Raises InputError for an unknown family, MissingModelError when a library that it needs is not installed.
    """
    if family not in ADAPTERS:
        raise InputError(f"No adapter serves the family {family!r}; the families are {', '.join(ADAPTERS)}.")
    module, name = ADAPTERS[family].split(":")
    try:
        return cast("Adapter", getattr(import_module(module), name)())
    except ModuleNotFoundError as exc:
        if (exc.name or "cinema").partition(".")[0] == "cinema":
            raise
        raise MissingModelError(f"The family {family!r} needs the library {exc.name!r}, which is not installed.") from exc
