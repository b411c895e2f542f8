"""The manifests of `models/`: complete, true to their architectures, and plain about what is not known."""

import json
from pathlib import Path

import pytest

from cinema.adapters.registry import ADAPTERS
from cinema.catalog import Catalog, Manifest
from cinema.weights.converters import CONVERTERS
from cinema.weights.patterns import matches
from cinema.weights.pickles import is_pickle

CATALOG = Catalog()
ALL = list(CATALOG.manifests.values())
WEIGHTY = [one for one in ALL if one.sources]
VIDEO = [one for one in WEIGHTY if "video" in one.roles]
COMING = frozenset(
    [
        "ace_step",
        "audiogen",
        "audioldm2",
        "bark",
        "dia",
        "flux",
        "flux2",
        "framepack",
        "hunyuan_video",
        "hunyuan_video_15",
        "kandinsky5",
        "kokoro",
        "llm",
        "ltx2",
        "ltx_video",
        "musicgen",
        "openai",
        "qwen_image",
        "skyreels",
        "spandrel",
        "stable_audio",
        "wan",
        "xtts",
        "z_image",
    ]
)
"""The families of the trade; a manifest of any other family than these or the registry's has no adapter."""
DTYPES = {"bf16", "fp16", "fp32"}
PRECISIONS = {"native", "fp32", "bf16", "fp16", "fp8", "int8", "nf4"}


def named(manifests: list[Manifest]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("one", manifests, ids=lambda one: one.id)


def test_the_models_that_were_promised_are_here() -> None:
    assert len(WEIGHTY) == 52
    for family in COMING:
        assert [one for one in ALL if one.family == family], family


@named(ALL)
def test_a_file_is_named_after_its_model_and_an_adapter_serves_it(one: Manifest) -> None:
    assert (CATALOG.models_dir / f"{one.id}.toml").is_file()
    assert one.name
    assert one.family in ADAPTERS or one.family in COMING
    assert not one.convert or one.convert in CONVERTERS
    assert one.roles
    assert one.revision != "unpinned" or one.sources or one.family == "openai", "code has a revision of its own"
    assert set(one.precisions) <= PRECISIONS
    assert len(set(one.load_plans)) == len(one.load_plans) > 0


@named(ALL)
def test_the_licence_is_complete_and_says_where_it_was_read(one: Manifest) -> None:
    licence = one.licence
    assert licence.name
    assert licence.source
    assert licence.url.startswith("https://") or one.family == "openai"
    if one.sources:
        assert licence.duties
    assert all(duty.endswith(".") and len(duty) > 20 for duty in licence.duties)
    assert all(len(code) == 2 and code.isupper() and code != "UK" for code in licence.excluded_territories)
    assert licence.spdx is None or " " not in licence.spdx
    assert licence.gated == any(source.gated for source in one.sources), "licence and sources disagree on gating"


@named(WEIGHTY)
def test_the_sources_name_the_files_that_are_needed_and_no_more(one: Manifest) -> None:
    for source in one.sources:
        assert source.files
        assert "/" in source.repository
        assert all(file.sha256 is None or len(file.sha256) == 64 for file in source.files)
        assert not any(matches(file.path, "README.md") or file.path in ("*", "**") for file in source.files)
    unknown = [file.path for source in one.sources for file in source.files if is_pickle(file.path) and not file.sha256]
    told = any("--accept-sha256" in note for note in one.notes)
    assert bool(unknown) == told, "a pickle without a hash, and nobody was told"


@named(WEIGHTY)
def test_every_component_has_its_folder_among_the_files(one: Manifest) -> None:
    if one.convert or [part.name for part in one.components] == ["model"]:
        return
    folders = {f"{source.into}/{file.path}".strip("/").partition("/")[0] for source in one.sources for file in source.files}
    assert not {part.name for part in one.components} - folders - {"model"}


@named(WEIGHTY)
def test_components_agree_with_their_architectures(one: Manifest) -> None:
    assert one.components
    assert len({part.name for part in one.components}) == len(one.components)
    for part in one.components:
        document = json.loads((CATALOG.models_dir / "architectures" / f"{part.architecture}.json").read_text())
        assert part.parameters == document["parameters"] > 100_000
        assert part.source == document["source"]
        assert part.confidence == document["confidence"]
        assert part.dtype in DTYPES


def test_every_architecture_is_used_and_says_how_it_was_counted() -> None:
    used = {part.architecture for one in ALL for part in one.components}
    files = {path.stem for path in (CATALOG.models_dir / "architectures").glob("*.json")}
    assert files == used
    for name in sorted(files):
        document = json.loads((CATALOG.models_dir / "architectures" / f"{name}.json").read_text())
        assert set(document) == {"library", "class", "config", "parameters", "source", "confidence"}, name
        assert document["library"] in {"diffusers", "transformers", "TTS", "spandrel", "kokoro"}
        assert document["source"]


@named(VIDEO)
def test_windows_overlaps_and_sizes_lie_on_the_grid(one: Manifest) -> None:
    grid = one.grid
    assert grid.fps
    assert grid.frames_for(grid.min_frames) == grid.min_frames
    if grid.max_frames is not None:
        assert grid.frames_for(grid.max_frames) == grid.max_frames
        assert 0 <= grid.overlap_frames < grid.max_frames
    if grid.overlap_frames > 1:
        assert grid.frames_for(grid.overlap_frames) == grid.overlap_frames
    assert all(side % grid.size_multiple == 0 for size in grid.sizes for side in size)
    # SkyReels makes a long take in sections of its own.
    in_windows = "keyframe" in one.wants and grid.max_frames is not None and one.family != "skyreels"
    assert bool(grid.overlap_frames) == in_windows
    assert isinstance(one.settings["short_side_px"], int)
    assert isinstance(one.settings["steps"], int)
    assert isinstance(one.settings["guidance"], float)


@named(WEIGHTY)
def test_nothing_is_called_measured_and_every_figure_names_where_it_comes_from(one: Manifest) -> None:
    assert one.speed
    for figure in (*one.speed, *one.memory):
        assert figure.machine
        assert not figure.measured
    assert all(memory.load_plan in one.load_plans and memory.precision in one.precisions for memory in one.memory)
    assert one.notes


def test_distilled_timesteps_are_as_many_as_the_steps() -> None:
    for one in ALL:
        if "timesteps" in one.settings:
            assert len([float(step) for step in str(one.settings["timesteps"]).split()]) == one.settings["steps"]


def test_one_call_a_step_needs_all_six_guidance_values() -> None:
    for one in (CATALOG.manifest("ltx-2-distilled"), CATALOG.manifest("ltx-2.3-distilled")):
        ones = ("guidance", "audio_guidance", "modality_scale", "audio_modality_scale")
        assert [one.settings[name] for name in ones] == [1.0] * 4
        assert [one.settings[name] for name in ("stg_scale", "audio_stg_scale")] == [0.0] * 2


def test_the_page_of_models_is_current() -> None:
    from importlib import util

    path = Path(__file__).parents[2] / "scripts" / "write_models_page.py"
    spec = util.spec_from_file_location("write_models_page", path)
    assert spec is not None
    assert spec.loader is not None
    script = util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = (path.parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
    assert written == script.page(CATALOG), "run scripts/write_models_page.py"
