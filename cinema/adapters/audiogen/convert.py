"""From AudioGen's released checkpoint to a transformers MusicGen folder.

As released (audiocraft's export) there are `state_dict.bin`, the language model, and `compression_state_dict.bin`, the EnCodec
codec, each a pickle of {"best_state": tensors, "xp.cfg": YAML}; the T5 text encoder is a repository of its own. AudioGen's
language model is MusicGen's decoder, so that every tensor has its place there; sizes, head count and the codec's padding are
read from `xp.cfg`, never guessed. What is not known to be the same is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cinema.adapters.kit.libraries import library
from cinema.errors import InputError, MissingModelError
from cinema.weights.pickles import read_pickle

VERSION = 1
"""Raised when the same input would give another folder."""
LANGUAGE_MODEL = "state_dict.bin"
CODEC = "compression_state_dict.bin"
_TOP_K = 250
_GUIDANCE = 3.0
_SECONDS = 10
"""AudioGen's own generation: 10 s, top-k 250, guidance 3 (audiocraft's defaults)."""

_LANGUAGE_MODEL_FORM: Mapping[str, Any] = {
    "activation": "gelu",
    "norm": "layer_norm",
    "norm_first": True,
    "causal": True,
    "cross_attention": True,
    "positional_embedding": "sin",
    "bias_ff": False,
    "bias_attn": False,
    "bias_proj": False,
}
_CODEC_FORM: Mapping[str, Any] = {"activation": "ELU", "norm": "weight_norm", "disable_norm_outer_blocks": 0}
_LANGUAGE_MODEL_NAMES = (
    (r"^emb\.", "decoder.model.decoder.embed_tokens."),
    (r"^transformer\.", "decoder.model.decoder."),
    (r"^out_norm\.", "decoder.model.decoder.layer_norm."),
    (r"^linears\.", "decoder.lm_heads."),
    (r"\.cross_attention\.", ".encoder_attn."),
    (r"\.linear([12])\.", r".fc\1."),
    (r"\.norm1\.", ".self_attn_layer_norm."),
    (r"\.norm_cross\.", ".encoder_attn_layer_norm."),
    (r"\.norm2\.", ".final_layer_norm."),
    (r"^condition_provider\.conditioners\.description\.output_proj\.", "enc_to_dec_proj."),
)
_CODEC_NAMES = (
    (r"^(en|de)coder\.model\.", r"audio_encoder.\1coder.layers."),
    (r"^quantizer\.vq\.layers\.(\d+)\._codebook\.", r"audio_encoder.quantizer.layers.\1.codebook."),
    (r"\.convtr\.convtr\.", ".conv."),
    (r"\.conv\.conv\.", ".conv."),
    (r"\.weight_g$", ".parametrizations.weight.original0"),
    (r"\.weight_v$", ".parametrizations.weight.original1"),
)


def convert(source: Path, target: Path, *, text_encoder: Path | None = None, read: Callable[[Path], Any] = read_pickle) -> None:
    """Write `target`, an ordinary transformers folder, from the released files in `source`.

    `text_encoder` is a transformers folder of the T5 that the model was trained with (`source/text_encoder` if not given).
    Raises MissingModelError for a file that is not there, InputError for a layout that is not known.
    """
    transformers = library("transformers")
    texts = text_encoder or source / "text_encoder"
    language_model, language_config = _package(source / LANGUAGE_MODEL, read)
    codec, codec_config = _package(source / CODEC, read)
    if not (texts / "config.json").is_file():
        raise MissingModelError(f"{texts} holds no T5 text encoder; give its folder with `--text-encoder`.")
    encoder = transformers.T5EncoderModel.from_pretrained(texts, local_files_only=True, use_safetensors=True)
    model = transformers.MusicgenForConditionalGeneration(
        text_encoder=encoder,
        audio_encoder=transformers.EncodecModel(_codec(codec_config, source / CODEC)),
        decoder=transformers.MusicgenForCausalLM(_decoder(language_config, source / LANGUAGE_MODEL)),
    )
    tensors = {**_renamed(language_model, _LANGUAGE_MODEL_NAMES, split=True), **_renamed(codec, _CODEC_NAMES, split=False)}
    _fill(model, tensors, source)
    vocabulary = model.config.decoder.vocab_size
    frames = int(model.config.audio_encoder.frame_rate)
    model.generation_config = transformers.GenerationConfig(
        decoder_start_token_id=vocabulary,
        pad_token_id=vocabulary,
        bos_token_id=vocabulary,
        do_sample=True,
        top_k=_TOP_K,
        guidance_scale=_GUIDANCE,
        max_length=_SECONDS * frames,
    )
    model.save_pretrained(target, safe_serialization=True)
    transformers.AutoTokenizer.from_pretrained(texts, local_files_only=True).save_pretrained(target)
    transformers.EncodecFeatureExtractor(
        feature_size=model.config.audio_encoder.audio_channels, sampling_rate=model.config.audio_encoder.sampling_rate
    ).save_pretrained(target)


def _package(path: Path, read: Callable[[Path], Any]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """The tensors and the configuration of one released file."""
    yaml = library("yaml")
    if not path.is_file():
        raise MissingModelError(f"{path} is not here; AudioGen's release has {LANGUAGE_MODEL} and {CODEC}.")
    package = read(path)
    if not isinstance(package, dict) or "best_state" not in package or "xp.cfg" not in package:
        keys = ", ".join(map(str, package)) if isinstance(package, dict) else type(package).__name__
        raise InputError(f"{path} is not a released AudioGen checkpoint: it holds {keys}, not best_state and xp.cfg.")
    config: Any = package["xp.cfg"]
    config = yaml.safe_load(config) if isinstance(config, str) else config
    state: Any = package["best_state"]
    if not isinstance(config, dict) or not isinstance(state, dict):
        raise InputError(f"{path} is not a released AudioGen checkpoint: its xp.cfg or best_state cannot be read.")
    return dict(state), config


def _section(config: Mapping[str, Any], name: str, form: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """A section of `xp.cfg`, whose values are checked to be those of the form that is understood."""
    section = config.get(name)
    if not isinstance(section, dict):
        raise InputError(f"{path}: its xp.cfg has no section {name!r}; this layout is not known.")
    for key, expected in form.items():
        if section.get(key, expected) != expected:
            raise InputError(f"{path}: {name}.{key} is {section[key]!r}, and only {expected!r} is understood.")
    return section


def _value(section: Mapping[str, Any], name: str, kind: type, path: Path) -> Any:
    found = section.get(name)
    if not isinstance(found, kind) or isinstance(found, bool) != (kind is bool):
        raise InputError(
            f"{path}: {name} is {found!r} in its xp.cfg, and {kind.__name__} was expected; this layout is not known."
        )
    return found


def _decoder(config: Mapping[str, Any], path: Path) -> Any:
    """MusicGen's decoder configuration, from the language model's `xp.cfg`."""
    section = _section(config, "transformer_lm", _LANGUAGE_MODEL_FORM, path)
    books, width = _value(section, "n_q", int, path), _value(section, "dim", int, path)
    delays = config.get("codebooks_pattern", {}).get("delay", {}).get("delays")
    if delays is not None and list(delays) != list(range(books)):
        raise InputError(f"{path}: the codebooks' delays are {delays}, and only 0 ... {books - 1} is understood.")
    channels = config.get("channels", 1)
    if channels != 1:
        raise InputError(f"{path}: it has {channels!r} channels, and only 1 is understood.")
    cards = _value(section, "card", int, path)
    return library("transformers").MusicgenDecoderConfig(
        vocab_size=cards,
        hidden_size=width,
        ffn_dim=width * _value(section, "hidden_scale", int, path),
        num_hidden_layers=_value(section, "num_layers", int, path),
        num_attention_heads=_value(section, "num_heads", int, path),
        num_codebooks=books,
        audio_channels=channels,
        pad_token_id=cards,
        bos_token_id=cards,
        tie_word_embeddings=False,
    )


def _codec(config: Mapping[str, Any], path: Path) -> Any:
    """EnCodec's configuration, from the codec's `xp.cfg`."""
    if "pretrained" in config:
        raise InputError(f"{path} only names another checkpoint ({config['pretrained']!r}); give the codec's own file.")
    section = _section(config, "seanet", _CODEC_FORM, path)
    quantizer = _section(config, "rvq", {}, path)
    ratios = _value(section, "ratios", list, path)
    rate_hz = _value(config, "sample_rate", int, path)
    bins, books = _value(quantizer, "bins", int, path), _value(quantizer, "n_q", int, path)
    hop = 1
    for ratio in ratios:
        hop *= int(ratio)
    frames = -(-rate_hz // hop)
    return library("transformers").EncodecConfig(
        sampling_rate=rate_hz,
        audio_channels=_value(section, "channels", int, path),
        num_filters=_value(section, "n_filters", int, path),
        num_residual_layers=_value(section, "n_residual_layers", int, path),
        upsampling_ratios=ratios,
        kernel_size=_value(section, "kernel_size", int, path),
        last_kernel_size=_value(section, "last_kernel_size", int, path),
        residual_kernel_size=_value(section, "residual_kernel_size", int, path),
        dilation_growth_rate=_value(section, "dilation_base", int, path),
        compress=_value(section, "compress", int, path),
        num_lstm_layers=_value(section, "lstm", int, path),
        use_causal_conv=_value(section, "causal", bool, path),
        use_conv_shortcut=not _value(section, "true_skip", bool, path),
        pad_mode=_value(section, "pad_mode", str, path),
        hidden_size=_value(section, "dimension", int, path),
        codebook_dim=_value(section, "dimension", int, path),
        codebook_size=bins,
        normalize=bool(config.get("encodec", {}).get("renormalize", False)),
        # So that `num_quantizers` comes out as `books`: 1000 x bandwidth // (frames a second x bits a codebook).
        target_bandwidths=[frames * (bins - 1).bit_length() * books / 1000],
        norm_type="weight_norm",
    )


def _renamed(state: Mapping[str, Any], names: tuple[tuple[str, str], ...], *, split: bool) -> dict[str, Any]:
    """The tensors under the names that they have in transformers; packed attention projections are taken apart."""
    renamed: dict[str, Any] = {}
    for old, tensor in state.items():
        name = old
        for pattern, replacement in names:
            name = re.sub(pattern, replacement, name)
        if split and name.endswith("in_proj_weight"):
            for part, piece in zip("qkv", tensor.chunk(3), strict=True):
                renamed[name.replace("in_proj_weight", f"{part}_proj.weight")] = piece
        else:
            renamed[name] = tensor
    return renamed


def _fill(model: Any, tensors: Mapping[str, Any], source: Path) -> None:
    """Load the tensors; every one must find its place, and every place but the text encoder's must be filled."""
    wanted = {name: tensor.shape for name, tensor in model.state_dict().items() if not name.startswith("text_encoder.")}
    strange, empty = sorted(set(tensors) - set(wanted)), sorted(set(wanted) - set(tensors))
    if strange or empty:
        raise InputError(
            f"{source} is not in the layout that is known: {len(strange)} tensors have no place (first: {strange[:1]}), "
            f"{len(empty)} places have no tensor (first: {empty[:1]})."
        )
    for name, shape in wanted.items():
        if tensors[name].shape != shape:
            have, want = tuple(tensors[name].shape), tuple(shape)
            raise InputError(f"{source}: the tensor {name} is {have} and must be {want}; is this the right text encoder?")
    model.load_state_dict(dict(tensors), strict=False)
