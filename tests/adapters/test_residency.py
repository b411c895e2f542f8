"""Components that take turns on a device, shown with host memory in the part of the card."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cinema.adapters.ace_step import AceStep
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.flux import Flux
from cinema.adapters.kit import residency
from cinema.adapters.kit.residency import HostCopy, Stage, attach
from cinema.adapters.ltx_video import LtxVideo
from cinema.catalog import Catalog
from cinema.events import LocalWatch
from cinema.identity import file_digest
from cinema.plan.task import ImageRequest, VideoRequest
from cinema.testing.tiny import build

pytestmark = pytest.mark.models


def network(width: int) -> Any:
    import torch

    torch.manual_seed(width)
    tied = torch.nn.Linear(width, width, bias=False)
    block = torch.nn.Sequential(torch.nn.Linear(width, width), tied, torch.nn.BatchNorm1d(width))
    block.add_module("again", tied)
    return block.eval()


def bytes_of(module: Any) -> int:
    return sum(one.numel() * one.element_size() for one in [*module.parameters(), *module.buffers()])


def test_a_component_computes_the_same_wherever_it_is() -> None:
    import torch

    module = network(24)
    sample = torch.randn(5, 24)
    before = module(sample)
    copy = HostCopy(module, lock=False)
    assert torch.equal(module(sample), before)
    copy.onto(torch.device("cpu"))
    assert torch.equal(module(sample), before)
    copy.off()
    assert torch.equal(module(sample), before)
    assert module[1] is module.again
    assert module[1].weight.data_ptr() == module.again.weight.data_ptr()


def test_what_came_within_inference_mode_is_of_use_outside_it() -> None:
    import torch

    module = network(24).requires_grad_(False)
    sample = torch.randn(5, 24)
    before = module(sample)
    stage = Stage(torch.device("cpu"))
    attach(module, stage)
    with torch.inference_mode():
        module(sample)
    assert not any(one.is_inference() for one in [*module.parameters(), *module.buffers()])
    assert torch.equal(module(sample), before)
    module.train()(sample)
    stage.leave()


def test_the_host_block_has_the_exact_size_and_is_the_only_one() -> None:
    module = network(24)
    copy = HostCopy(module, lock=False)
    tensors = len([*module.parameters(), *module.buffers()])
    assert bytes_of(module) <= copy.size_bytes < bytes_of(module) + 64 * tensors
    assert len({one.untyped_storage().data_ptr() for one in [*module.parameters(), *module.buffers()]}) == 1


def test_one_is_on_the_card_at_a_time_and_nothing_is_copied_back() -> None:
    import torch

    told: list[tuple[str, int]] = []
    stage = Stage(torch.device("cpu"), lambda what, _name, size: told.append((what, size)))
    first, second = network(8), network(16)
    sizes = {}
    for module in (first, second):
        attach(module, stage)
        attach(module, stage)
        sizes[module] = HostCopy(network(8 if module is first else 16), lock=False).size_bytes
    home = {module: next(module.parameters()).data_ptr() for module in (first, second)}
    for module, width in ((first, 8), (first, 8), (second, 16), (first, 8)):
        module(torch.randn(3, width))
    stage.leave()
    one, two = sizes[first], sizes[second]
    assert told == [("onto", one), ("off", one), ("onto", two), ("off", two), ("onto", one), ("off", one)]
    assert {module: next(module.parameters()).data_ptr() for module in (first, second)} == home


def test_the_parts_of_a_pipeline_come_by_encode_and_decode_too() -> None:
    import torch
    from diffusers import AutoencoderKL

    vae = AutoencoderKL(block_out_channels=(32,), norm_num_groups=8).eval()
    sample = torch.randn(1, 3, 16, 16)
    with torch.no_grad():
        before = vae.decode(vae.encode(sample).latent_dist.mean).sample
    told: list[str] = []
    stage = Stage(torch.device("cpu"), lambda what, name, _size: told.append(f"{what} {name}"))
    attach(vae, stage)
    with torch.no_grad():
        after = vae.decode(vae.encode(sample).latent_dist.mean).sample
    assert torch.equal(before, after)
    assert told == ["onto AutoencoderKL"]


def test_half_precisions_and_eight_bit_floats_keep_their_bytes() -> None:
    import torch

    module = torch.nn.Linear(7, 5).to(torch.bfloat16)
    module.register_buffer("scale", torch.ones(3).to(torch.float8_e4m3fn))
    kept = [one.clone() for one in [*module.parameters(), *module.buffers()]]
    copy = HostCopy(module, lock=False)
    copy.onto(torch.device("cpu"))
    for one, other in zip([*module.parameters(), *module.buffers()], kept, strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert torch.equal(one.view(torch.uint8), other.view(torch.uint8))


def test_a_whole_pipeline_makes_the_same_clip_while_its_components_take_turns(tmp_path: Path) -> None:
    """LTX-Video's components, tiny, with component offload in force: host memory stands for the card."""
    manifest = Catalog().manifest("ltx-video-2b-distilled")
    build(manifest, tmp_path / "weights")
    request = VideoRequest(prompt="a sea", width_px=64, height_px=32, fps=Fraction(24), length_frames=9, steps=2)
    plan = LoadPlan(manifest=manifest, weights=tmp_path / "weights", precision="native")
    digests: list[str] = []
    told: list[str] = []
    for load_plan in ("resident", "component_offload"):
        out = tmp_path / load_plan
        out.mkdir()
        adapter = LtxVideo()
        adapter.load(replace(plan, load_plan=load_plan), Device())
        if load_plan == "component_offload":
            stage = residency.Stage(adapter.parts.device, lambda what, name, _size: told.append(f"{what} {name}"))
            for part in residency._modules(adapter._pipeline).values():  # pyright: ignore[reportPrivateUsage]
                attach(part, stage)
        adapter.run(Job(request=request, seed=1), out, LocalWatch())
        adapter.unload()
        digests.append(file_digest(out / "clip.mp4"))
    assert digests[0] == digests[1]
    assert told[:3] == ["onto LTXVideoTransformer3DModel", "off LTXVideoTransformer3DModel", "onto AutoencoderKLLTXVideo"]


def test_encoders_may_come_with_the_still_that_needs_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened in the middle of a run, as for a prompt that nobody prepared, they give what they give ahead of it."""
    monkeypatch.setattr(residency, "place", residency.placed)
    manifest = Catalog().manifest("flux.1-dev")
    build(manifest, tmp_path / "weights")
    plan = LoadPlan(manifest=manifest, weights=tmp_path / "weights", precision="native", load_plan="component_offload")
    request = ImageRequest(prompt="a sea", width_px=64, height_px=32, steps=2)
    digests: list[str] = []
    for ahead in ((), (request,)):
        out = tmp_path / str(len(ahead))
        out.mkdir()
        adapter = Flux()
        adapter.load(plan, Device())
        adapter.prepare(ahead, LocalWatch())
        adapter.run(Job(request=request, seed=1), out, LocalWatch())
        adapter.unload()
        digests.append(file_digest(out / "image.png"))
    assert digests[0] == digests[1]


def test_a_component_whose_layers_cannot_be_streamed_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """diffusers refuses group offloading for ACE-Step's autoencoder; the others of its components stream all the same."""
    from diffusers.hooks.group_offloading import _is_group_offload_enabled

    monkeypatch.setattr(residency, "place", residency.placed)
    manifest = Catalog().manifest("ace-step-1.5")
    assert "group_offload" in manifest.load_plans
    build(manifest, tmp_path)
    adapter = AceStep()
    adapter.load(LoadPlan(manifest=manifest, weights=tmp_path, precision="native", load_plan="group_offload"), Device())
    pipeline = adapter._pipeline  # pyright: ignore[reportPrivateUsage]
    assert _is_group_offload_enabled(pipeline.transformer)
    assert not _is_group_offload_enabled(pipeline.vae)
    adapter.unload()
