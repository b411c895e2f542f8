"""Models at full size with random weights, built from their released configurations: for speed and memory on a real card.

`lay_out` makes a model's folder without weights: configurations of full size, and tokenizers, schedulers and processors of
its tiny checkpoint. While `standing_in` holds, an adapter that opens such a folder gets modules that are built on the spot.
What they give is noise; what they cost is what the released weights cost, except where a model decides by its weights when to
stop (speech, text) or what to skip. Unproven: no GPU has run this; on a CPU it is tested with the smaller models.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from cinema.catalog import Component, Manifest
from cinema.errors import InputError
from cinema.paths import data_dir
from cinema.testing.tiny import build, lock

_ONE_FILE = {"bark": "model", "spandrel": "", "xtts": "model"}
"""Families that read one file of weights, and its name (of `sources`, where empty)."""
_LEFT_OUT = {"kokoro": "its released configuration is not among the architectures"}
_STYLES = {"gpt_cond_latent": (1, 32, 1024), "speaker_embedding": (1, 512, 1)}
"""What XTTS knows of a built-in speaker."""


def architecture(component: Component) -> dict[str, Any]:
    """The document of `models/architectures/` that the component names."""
    path = data_dir("models") / "architectures" / f"{component.architecture}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def construct(library: str, path: str, config: Mapping[str, Any]) -> Any:
    """A module of that architecture, where and in what torch is set to, with the class's own random weights."""
    place, _, name = f"{library}.{path}".rpartition(".")
    kind = getattr(import_module(place), name)
    match library:
        case "diffusers":
            return kind.from_config(dict(config))
        case "transformers":
            return kind._from_config(kind.config_class(**config))
        case "TTS":
            arguments = import_module(place).XttsArgs(**config["model_args"])
            return kind(import_module("TTS.tts.configs.xtts_config").XttsConfig(model_args=arguments))
        case _:
            return kind(**config)


def lay_out(manifest: Manifest, folder: Path) -> None:
    """Make the model's folder: all but weights. Families that read one file (0.1 to 4.4 GB) get that file, random.

    InputError for a model that cannot be built so, with the reason.
    """
    if manifest.family in _LEFT_OUT:
        raise InputError(f"{manifest.id} cannot be built at full size: {_LEFT_OUT[manifest.family]}.")
    build(manifest, folder)
    for weights in folder.rglob("*.safetensors"):
        weights.unlink()
    for component in manifest.components:
        document = architecture(component)
        if manifest.family in _ONE_FILE:
            _write_file(manifest, document, folder)
        else:
            _write_configuration(document, _home(folder, component.name))
    _widen_pictures(manifest, folder)
    single = manifest.settings.get("single_file")
    if single:
        (folder / str(single)).touch()
    lock(manifest, folder)


def _home(folder: Path, name: str) -> Path:
    """Where the component's configuration lies: in its own folder, or in the model's, where that is one model."""
    home = folder if (folder / "config.json").is_file() and not (folder / name).is_dir() else folder / name
    home.mkdir(exist_ok=True)
    return home


def _write_configuration(document: Mapping[str, Any], home: Path) -> None:
    """The released configuration in the place of the tiny one. Of that stay the class's name and the ids of marks: the
    tokenizer is still the tiny one's.
    """
    path = home / "config.json"
    tiny = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if document["library"] == "diffusers":
        written = {"_class_name": tiny.get("_class_name", document["class"].rpartition(".")[2]), **document["config"]}
    else:
        kind = getattr(import_module(document["library"]), document["class"])
        written = kind.config_class(**document["config"]).to_dict()
        written.update({key: value for key, value in tiny.items() if key.endswith(("image_token_id", "image_token_index"))})
    path.write_text(json.dumps(written), encoding="utf-8")


def _widen_pictures(manifest: Manifest, folder: Path) -> None:
    """Let processors of pictures give them at the size that the full-size encoder of pictures takes."""
    configs = [architecture(component)["config"] for component in manifest.components]
    sizes = [one.get("vision_config", one).get("image_size") for one in configs]
    size = next((one for one in sizes if isinstance(one, int)), None)
    for path in folder.rglob("preprocessor_config.json"):
        settings = json.loads(path.read_text(encoding="utf-8"))
        for key in ("size", "crop_size"):
            if size is not None and isinstance(settings.get(key), dict):
                settings[key] = dict.fromkeys(settings[key], size)
        path.write_text(json.dumps(settings), encoding="utf-8")


def _write_file(manifest: Manifest, document: Mapping[str, Any], folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    module = construct(document["library"], document["class"], document["config"])
    if manifest.family == "xtts":
        module.init_models()
        module.config.save_json(str(folder / "config.json"))
        speakers = torch.load(folder / "speakers_xtts.pth", weights_only=True)
        styles = {name: {key: torch.randn(shape) for key, shape in _STYLES.items()} for name in speakers}
        torch.save(styles, folder / "speakers_xtts.pth")
    elif manifest.family == "bark":
        module.config.save_pretrained(folder)
    stem = _ONE_FILE[manifest.family] or Path(manifest.sources[0].files[0].path).stem
    save_file(
        {name: tensor.clone().contiguous() for name, tensor in module.state_dict().items()}, folder / f"{stem}.safetensors"
    )


@contextmanager
def standing_in(device: str = "") -> Generator[None]:
    """While it holds, `Parts.component` builds what it is asked for, in the plan's precision.

    On `device` where one is named ("meta": only shapes), else where the load plan will have it: on the card for `resident`, in
    host memory for the others.
    """
    from cinema.adapters.kit import precision

    original = precision.open_module

    def built(parts: Any, kind: Any, name: str, options: dict[str, Any]) -> Any:
        place = device or (parts.device.type if parts.plan.load_plan == "resident" else "cpu")
        return _built(parts, kind, name, options.get("dtype", parts.dtype), place)

    precision.open_module = built
    try:
        yield
    finally:
        precision.open_module = original


def _built(parts: Any, kind: Any, name: str, dtype: Any, device: str) -> Any:
    import torch

    from cinema.adapters.kit.precision import QUANTISED, store_as_fp8

    if parts.plan.precision in ("int8", "nf4"):
        raise InputError("Random weights come in native, fp32, bf16, fp16 and fp8: bitsandbytes quantises as it reads files.")
    config = parts.config(f"{name}/config.json" if name else "config.json")
    ours = kind.__module__.startswith("diffusers.")
    usual = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            module = kind.from_config(config) if ours else _of_transformers(kind, config)
    finally:
        torch.set_default_dtype(usual)
    for kept in getattr(module, "_keep_in_fp32_modules", None) or ():
        for parameter in (one for path, one in module.named_parameters() if kept in path.split(".")):
            parameter.data = parameter.data.float()
    module.eval().requires_grad_(False)
    if parts.plan.precision == "fp8" and name in QUANTISED:
        store_as_fp8(module, ours, dtype)
    return module


def _of_transformers(kind: Any, config: dict[str, Any]) -> Any:
    """Auto classes find theirs by the configuration."""
    import transformers

    if kind.__name__.startswith("Auto"):
        return kind.from_config(transformers.AutoConfig.for_model(**config))
    return kind._from_config(kind.config_class.from_dict(config))
