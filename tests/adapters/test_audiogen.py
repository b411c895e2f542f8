"""AudioGen's released form against transformers: the fixture's expected figures were made by audiocraft's own modules."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from cinema.adapters.audiogen.convert import CODEC, LANGUAGE_MODEL, convert
from cinema.errors import InputError, MissingModelError

pytestmark = pytest.mark.models

FIXTURE = Path(__file__).parent / "fixtures" / "audiogen-tiny"


def read(path: Path) -> Any:
    import torch

    return torch.load(path, weights_only=True)


def save_text_encoder(folder: Path, width: int = 32) -> Path:
    import transformers

    from cinema.testing.tiny.tokenizers import save_t5

    tokenizer = save_t5(folder)
    config = transformers.T5Config(vocab_size=len(tokenizer), d_model=width, d_kv=4, d_ff=32, num_layers=1, num_heads=4)
    transformers.T5EncoderModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The released files; the codec's is kept packed."""
    folder = tmp_path_factory.mktemp("released")
    (folder / LANGUAGE_MODEL).write_bytes((FIXTURE / LANGUAGE_MODEL).read_bytes())
    (folder / CODEC).write_bytes(gzip.decompress((FIXTURE / f"{CODEC}.gz").read_bytes()))
    return folder


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory, released: Path) -> Any:
    import transformers

    folder = tmp_path_factory.mktemp("audiogen")
    convert(released, folder / "model", text_encoder=save_text_encoder(folder / "t5"), read=read)
    return transformers.MusicgenForConditionalGeneration.from_pretrained(folder / "model", local_files_only=True).eval()


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(FIXTURE / "expected.safetensors")


def test_logits_agree(converted: Any, expected: dict[str, Any]) -> None:
    import torch

    codes = expected["lm_input_codes"]
    with torch.inference_mode():
        condition = converted.enc_to_dec_proj(expected["lm_condition"])
        logits = converted.decoder(input_ids=codes.reshape(-1, codes.shape[-1]), encoder_hidden_states=condition).logits
    found = logits.reshape(codes.shape[0], codes.shape[1], codes.shape[2], -1)
    assert (found - expected["lm_logits"]).abs().max().item() < 1e-4


def test_codes_are_the_same_and_the_waveform_agrees(converted: Any, expected: dict[str, Any]) -> None:
    import torch

    codec = converted.audio_encoder
    with torch.inference_mode():
        codes = codec.encode(expected["codec_input_wav"], bandwidth=codec.config.target_bandwidths[-1]).audio_codes
        wave = codec.decode(expected["codec_codes"][None], [None]).audio_values
    assert torch.equal(codes[0], expected["codec_codes"])
    assert (wave - expected["codec_output_wav"]).abs().max().item() < 1e-4


def test_what_is_read_from_the_configuration_matters(expected: dict[str, Any], released: Path, tmp_path: Path) -> None:
    """With the library's own defaults (reflected padding, 16 heads) the figures would be others."""
    import torch
    import transformers

    def misread(path: Path) -> Any:
        package = read(path)
        package["xp.cfg"] = package["xp.cfg"].replace("pad_mode: constant", "pad_mode: reflect")
        return package

    convert(released, tmp_path / "model", text_encoder=save_text_encoder(tmp_path / "t5"), read=misread)
    model = transformers.MusicgenForConditionalGeneration.from_pretrained(tmp_path / "model", local_files_only=True).eval()
    with torch.inference_mode():
        wave = model.audio_encoder.decode(expected["codec_codes"][None], [None]).audio_values
    assert (wave - expected["codec_output_wav"]).abs().max().item() > 1e-3


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("positional_embedding: sin", "positional_embedding: rope", "positional_embedding is 'rope'"),
        ("num_heads: 4", "num_heads: many", "num_heads is 'many'"),
        ("    - 2\n    - 3", "    - 2\n    - 7", "delays"),
        ("transformer_lm:", "transformer_other:", "no section 'transformer_lm'"),
        ("norm: weight_norm", "norm: time_group_norm", "seanet.norm"),
        ("dim: 48", "dim: 64", "and must be"),
        ("num_layers: 3", "num_layers: 4", "have no tensor|places have no tensor"),
    ],
)
def test_an_unknown_layout_is_refused(old: str, new: str, told: str, released: Path, tmp_path: Path) -> None:
    def altered(path: Path) -> Any:
        package = read(path)
        package["xp.cfg"] = package["xp.cfg"].replace(old, new)
        return package

    with pytest.raises(InputError, match=told):
        convert(released, tmp_path / "model", text_encoder=save_text_encoder(tmp_path / "t5"), read=altered)
    assert not (tmp_path / "model").exists()


def test_what_is_missing_is_named(released: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match=r"state_dict\.bin"):
        convert(tmp_path, tmp_path / "model", text_encoder=save_text_encoder(tmp_path / "t5"), read=read)
    with pytest.raises(MissingModelError, match="text encoder"):
        convert(released, tmp_path / "model", read=read)
    with pytest.raises(InputError, match="must be"):
        convert(released, tmp_path / "model", text_encoder=save_text_encoder(tmp_path / "wide", 40), read=read)
