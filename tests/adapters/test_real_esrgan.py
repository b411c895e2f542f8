"""Upscaling: tiles without seams, the right geometry, memory that hangs on nothing, and what may be loaded."""

import itertools
import subprocess
import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from cinema.adapters.contract import Device, InputArtefact, Job, LoadPlan
from cinema.adapters.kit.steps import Steps
from cinema.adapters.real_esrgan import RealEsrgan, reach, tiles
from cinema.catalog import Catalog, Manifest
from cinema.errors import InputError, MissingModelError
from cinema.events import LocalWatch
from cinema.identity import file_digest
from cinema.media import ClipWriter, read_frames
from cinema.plan.task import UpscaleRequest
from cinema.testing.tiny import build
from cinema.testing.tiny.real_esrgan import small_network

pytestmark = pytest.mark.models

CATALOG = Catalog()
MODELS = [one.id for one in CATALOG.manifests.values() if one.family == "spandrel"]


def with_settings(model: str, **settings: int) -> Manifest:
    manifest = CATALOG.manifest(model)
    return manifest.model_copy(update={"settings": {**manifest.settings, **settings}})


def loaded(manifest: Manifest, weights: Path, precision: str = "native") -> RealEsrgan:
    adapter = RealEsrgan()
    adapter.load(LoadPlan(manifest=manifest, weights=weights, precision=precision), Device())
    return adapter


def pattern(width_px: int, height_px: int, frames: int = 1) -> np.ndarray:
    """Colours that run across, with a sharp mark in a corner and some noise: nothing of it is symmetric."""
    across, down = np.meshgrid(np.linspace(0, 1, width_px), np.linspace(0, 1, height_px))
    picture = np.stack([across, down, 0.5 + 0.4 * np.sin(9 * across + 5 * down)], axis=-1) * 255
    picture[height_px // 8 : height_px // 4, width_px // 8 : width_px // 3] = (250, 20, 40)
    noise = np.random.default_rng(3).normal(0, 12, (frames, height_px, width_px, 3))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def clip_of(path: Path, frames: Iterable[np.ndarray], fps: Fraction = Fraction(24)) -> InputArtefact:
    remaining = iter(frames)
    first = next(remaining)
    height_px, width_px = first.shape[:2]
    with ClipWriter(path, width_px=width_px, height_px=height_px, fps=fps, pixel_format="rgb24") as clip:
        for frame in itertools.chain([first], remaining):
            clip.write(np.ascontiguousarray(frame))
        facts = clip.close()
    return InputArtefact(key="0" * 64, main=path.name, files={path.name: path}, facts=facts)


def enlarged(adapter: RealEsrgan, frames: np.ndarray) -> np.ndarray:
    import torch

    with torch.inference_mode():
        return adapter.larger(frames, Steps(LocalWatch(), 100))


def enlarging_by_repetition(folder: Path) -> Path:
    """A compact network whose every weight is 0: what is left is its shortcut, each pixel four times across and down."""
    import torch
    from safetensors.torch import save_file

    network = small_network("realesr-animevideov3")
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    folder.mkdir()
    save_file(network.state_dict(), folder / "realesr-animevideov3.safetensors")
    return folder


@pytest.mark.parametrize("model", MODELS)
def test_tiles_leave_no_trace(model: str, tmp_path: Path) -> None:
    """With the overlap that the network's reach asks for a tiled frame is the untiled one; with none it is not."""
    build(CATALOG.manifest(model), tmp_path / model)
    frames = pattern(134, 102)
    whole = enlarged(loaded(with_settings(model), tmp_path / model), frames).astype(int)
    tiled = enlarged(loaded(with_settings(model, tile_px=100), tmp_path / model), frames).astype(int)
    bare = enlarged(loaded(with_settings(model, tile_px=64, overlap_px=0), tmp_path / model), frames).astype(int)
    scale = CATALOG.manifest(model).settings["scale"]
    assert whole.shape[1:3] == (102 * scale, 134 * scale)
    assert np.abs(whole - tiled).max() <= 1
    assert np.abs(whole - bare).max() > 1


@pytest.mark.parametrize(("model", "sees"), [("realesrgan-x4plus", 1 + 15 + 1 + 4), ("realesr-animevideov3", 4)])
def test_the_reach_is_what_the_network_sees(model: str, sees: int) -> None:
    """No pixel beyond it has a gradient, and its border is not far outside what has (x4plus: less, for it grows in between)."""
    import torch

    network = small_network(model)
    assert reach(network) == sees
    picture = torch.rand(1, 3, 2 * sees + 9, 2 * sees + 9, requires_grad=True)
    middle = picture.shape[-1] // 2
    network(picture)[0, :, middle * 4, middle * 4].sum().backward()
    assert picture.grad is not None
    seen = torch.nonzero(picture.grad.abs().sum(dim=(0, 1)))
    distance = (seen - middle).abs().max().item()
    assert sees - 4 <= distance <= sees


@pytest.mark.parametrize("side_px", [1, 63, 64, 65, 479, 480, 720, 1081, 3840])
def test_tiles_keep_every_pixel_once(side_px: int) -> None:
    made = tiles(side_px, 256, 35)
    kept = [place for tile in made for place in range(tile.keep_start, tile.keep_stop)]
    assert kept == list(range(side_px))
    assert all(tile.stop - tile.start <= 256 for tile in made)
    assert all(tile.start % 4 == 0 for tile in made)
    for tile in made:
        assert tile.start <= max(tile.keep_start - 35, 0)
        assert tile.stop >= min(tile.keep_stop + 35, side_px)


def test_the_geometry_is_right(tmp_path: Path) -> None:
    """Four times as large, nothing moved, mirrored or exchanged, in one piece and in tiles."""
    weights = enlarging_by_repetition(tmp_path / "weights")
    frames = pattern(160, 120, frames=3)
    expected = np.stack([cv2.resize(frame, (640, 480), interpolation=cv2.INTER_NEAREST) for frame in frames])
    for tile_px in (512, 80):
        assert np.array_equal(
            enlarged(loaded(with_settings("realesr-animevideov3", tile_px=tile_px), weights), frames), expected
        )


@pytest.mark.parametrize("size", [(640, 480), (320, 240), (400, 240), (1000, 750)])
def test_any_size_is_met_without_stretching(size: tuple[int, int], tmp_path: Path) -> None:
    """The clip that comes out is the one that went in, scaled to cover the size and cropped at its middle."""
    adapter = loaded(with_settings("realesr-animevideov3"), enlarging_by_repetition(tmp_path / "weights"))
    smooth = cv2.GaussianBlur(pattern(160, 120)[0], (0, 0), 3)
    source = clip_of(tmp_path / "in.mp4", np.stack([smooth] * 3), Fraction(30000, 1001))
    request = UpscaleRequest(width_px=size[0], height_px=size[1])
    product = adapter.run(Job(request=request, seed=1, inputs=(source,)), tmp_path, LocalWatch())
    facts = product.files[0].facts
    assert (facts.frames, facts.fps, facts.width_px, facts.height_px) == (3, Fraction(30000, 1001), *size)
    scale = max(size[0] / 160, size[1] / 120)
    whole = cv2.resize(smooth, (round(160 * scale), round(120 * scale)), interpolation=cv2.INTER_CUBIC)
    top, left = (whole.shape[0] - size[1]) // 2, (whole.shape[1] - size[0]) // 2
    expected = whole[top : top + size[1], left : left + size[0]].astype(int)
    found = list(read_frames(tmp_path / "clip.mp4"))
    assert len(found) == 3
    assert np.abs(found[1].astype(int) - expected).mean() < 4


def test_no_piece_is_larger_than_a_tile_and_all_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small frames go together, large ones in tiles; a tick follows every call of the network."""
    model = "realesr-animevideov3"
    build(CATALOG.manifest(model), tmp_path / model)
    adapter = loaded(with_settings(model, tile_px=128), tmp_path / model)
    shapes: list[tuple[int, ...]] = []
    network = adapter._network

    def call(piece: object) -> object:
        shapes.append(tuple(piece.shape))  # type: ignore[attr-defined]
        return network(piece)

    call.scale = network.scale  # type: ignore[attr-defined]
    monkeypatch.setattr(adapter, "_network", call)
    for name, frames, calls in (("small", pattern(64, 48, frames=7), 2), ("large", pattern(320, 256, frames=2), 2 * 9)):
        shapes.clear()
        watch = LocalWatch()
        source = clip_of(tmp_path / f"{name}.mp4", frames)
        (tmp_path / name).mkdir()
        request = UpscaleRequest(width_px=128, height_px=96)
        adapter.run(Job(request=request, seed=1, inputs=(source,)), tmp_path / name, watch)
        assert len(shapes) == calls
        assert max(count * height * width for count, _, height, width in shapes) <= 128 * 128
        assert watch.steps == [*((done, calls + 1) for done in range(calls + 1)), (calls + 1, calls + 1)]


MEMORY = """
import sys
from pathlib import Path
from fractions import Fraction
import numpy as np
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.events import LocalWatch
from cinema.plan.task import UpscaleRequest
sys.path.insert(0, {tests!r})
from test_real_esrgan import clip_of, loaded, pattern, with_settings

folder = Path({folder!r})
adapter = loaded(with_settings("realesr-animevideov3"), folder / "weights")
for count in (40, 40, 1000):
    source = clip_of(folder / "in.mp4", (frame for _ in range(count // 20) for frame in pattern(64, 36, 20)))
    adapter.run(Job(request=UpscaleRequest(width_px=256, height_px=144), seed=1, inputs=(source,)), folder, LocalWatch())
    status = Path("/proc/self/status").read_text()
    print(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="counts memory by Linux's own account")
def test_memory_does_not_hang_on_the_length(tmp_path: Path) -> None:
    """960 frames more (106 MB of them, made larger) take no more than the encoder's few and what allocators leave about."""
    build(CATALOG.manifest("realesr-animevideov3"), tmp_path / "weights")
    code = MEMORY.format(folder=str(tmp_path), tests=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    _, short, long = (int(line) for line in done.stdout.split())
    assert long - short < 32_000


def test_half_precision_is_near(tmp_path: Path) -> None:
    model = "realesrgan-x2plus"
    build(CATALOG.manifest(model), tmp_path / model)
    frames = pattern(48, 40)
    full = enlarged(loaded(with_settings(model), tmp_path / model), frames).astype(int)
    half = enlarged(loaded(with_settings(model), tmp_path / model, precision="fp16"), frames).astype(int)
    assert np.abs(full - half).max() <= 2


@pytest.mark.parametrize("model", MODELS)
def test_the_released_form_is_read_when_its_hash_is_stated(model: str, tmp_path: Path) -> None:
    """A .pth with the weights below "params_ema", as released; the same bytes without a stated hash are refused."""
    import torch

    manifest = CATALOG.manifest(model)
    name = manifest.sources[0].files[0].path
    network = small_network(model)
    torch.save({"params_ema": network.state_dict()}, tmp_path / name)
    with pytest.raises(InputError, match="SHA-256"):
        loaded(manifest, tmp_path)
    file = manifest.sources[0].files[0].model_copy(update={"sha256": file_digest(tmp_path / name)})
    source = manifest.sources[0].model_copy(update={"files": (file,)})
    adapter = loaded(manifest.model_copy(update={"sources": (source,)}), tmp_path)
    made = enlarged(adapter, pattern(32, 24))
    assert made.shape == (1, 24 * manifest.settings["scale"], 32 * manifest.settings["scale"], 3)


def test_another_network_is_refused(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    save_file({"something": torch.zeros(3)}, tmp_path / "RealESRGAN_x4plus.safetensors")
    with pytest.raises(InputError, match="spandrel"):
        loaded(CATALOG.manifest("realesrgan-x4plus"), tmp_path)
    (tmp_path / "RealESRGAN_x4plus.safetensors").rename(tmp_path / "other.safetensors")
    with pytest.raises(MissingModelError, match="realesrgan-x4plus"):
        loaded(CATALOG.manifest("realesrgan-x4plus"), tmp_path)
