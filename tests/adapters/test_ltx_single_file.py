"""The converter for LTX-Video's single-file release, on a tiny checkpoint under the vendor's names."""

from pathlib import Path
from typing import Any

import pytest

from cinema.catalog import Catalog
from cinema.errors import InputError, MissingModelError

pytestmark = pytest.mark.models
TRANSFORMER = (("proj_in", "patchify_proj"), ("time_embed", "adaln_single"), ("norm_q", "q_norm"), ("norm_k", "k_norm"))
DECODER = (
    ("mid_block", "up_blocks.0"),
    ("up_blocks.3.conv_in", "up_blocks.7"),
    ("up_blocks.3.upsamplers.0", "up_blocks.8"),
    ("up_blocks.3", "up_blocks.9"),
    ("up_blocks.2.conv_in", "up_blocks.4"),
    ("up_blocks.2.upsamplers.0", "up_blocks.5"),
    ("up_blocks.2", "up_blocks.6"),
    ("up_blocks.1.upsamplers.0", "up_blocks.2"),
    ("up_blocks.1", "up_blocks.3"),
    ("up_blocks.0", "up_blocks.1"),
)
ENCODER = (
    ("mid_block", "down_blocks.9"),
    ("down_blocks.3", "down_blocks.8"),
    ("down_blocks.2.downsamplers.0", "down_blocks.7"),
    ("down_blocks.2", "down_blocks.6"),
    ("down_blocks.1.conv_out", "down_blocks.5"),
    ("down_blocks.1.downsamplers.0", "down_blocks.4"),
    ("down_blocks.1", "down_blocks.3"),
    ("down_blocks.0.conv_out", "down_blocks.2"),
    ("down_blocks.0.downsamplers.0", "down_blocks.1"),
)
COMMON = (("conv_shortcut.conv", "conv_shortcut"), ("resnets", "res_blocks"))
STATISTICS = {"latents_mean": "per_channel_statistics.mean-of-means", "latents_std": "per_channel_statistics.std-of-means"}


def vendor_name(part: str, name: str) -> str:
    """The name under which the release holds a tensor of diffusers' (0.9.0's, the only layout that can be made small)."""
    if part == "transformer":
        for ours, theirs in TRANSFORMER:
            name = name.replace(ours, theirs)
        return f"model.diffusion_model.{name}"
    if name in STATISTICS:
        return f"vae.{STATISTICS[name]}"
    blocks = DECODER if name.startswith("decoder.") else ENCODER
    found = next(((ours, theirs) for ours, theirs in blocks if f".{ours}." in name), None)
    name = name.replace(*found, 1) if found else name
    for ours, theirs in COMMON:
        name = name.replace(ours, theirs)
    return f"vae.{name}"


def small_vae() -> Any:
    """In the layout of 0.9.0: the library tells the later ones by 2,048 channels, which cannot be made small."""
    from diffusers import AutoencoderKLLTXVideo

    return AutoencoderKLLTXVideo(
        latent_channels=8,
        block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1, 1),
    )


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The released files as a pull lays them down: one file, and the rest of a folder."""
    from safetensors.torch import load_file, save_file

    from cinema.testing.tiny import ltx_video

    folder = tmp_path_factory.mktemp("released")
    ltx_video.build(Catalog().manifest("ltx-video-2b-distilled"), folder)
    small_vae().save_pretrained(folder / "vae")
    tensors: dict[str, Any] = {}
    for part in ("transformer", "vae"):
        weights = folder / part / "diffusion_pytorch_model.safetensors"
        tensors |= {vendor_name(part, name): tensor for name, tensor in load_file(weights).items()}
        weights.unlink()
    save_file(tensors, folder / "ltxv-tiny.safetensors")
    return folder


def test_the_folder_has_every_tensor_of_the_release(release: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    from cinema.adapters.ltx_single_file import convert

    convert(release, tmp_path / "made")
    held = load_file(release / "ltxv-tiny.safetensors")
    for part in ("transformer", "vae"):
        made = load_file(tmp_path / "made" / part / "diffusion_pytorch_model.safetensors")
        assert len(made) > 20
        for name, tensor in made.items():
            expected = held.pop(vendor_name(part, name))
            assert (tensor.float() - expected.float()).abs().max() <= 2**-8 * expected.abs().max(), name
    assert held == {}, "tensors of the release that have no place in the folder"
    for name in ("text_encoder/model.safetensors", "tokenizer/tokenizer.json", "scheduler/scheduler_config.json"):
        assert (tmp_path / "made" / name).read_bytes() == (release / name).read_bytes()


def test_a_release_without_its_parts_or_with_others_is_refused(release: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    from cinema.adapters.ltx_single_file import convert

    with pytest.raises(MissingModelError, match=r"text_encoder, tokenizer, scheduler, transformer/config.json"):
        convert(tmp_path, tmp_path / "made")
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in release.iterdir():
        if path.is_dir():
            (broken / path.name).symlink_to(path)
    tensors = load_file(release / "ltxv-tiny.safetensors")
    save_file({key: one for key, one in tensors.items() if "patchify_proj" not in key}, broken / "one.safetensors")
    with pytest.raises(InputError, match=r"one\.safetensors"):
        convert(broken, tmp_path / "made")
