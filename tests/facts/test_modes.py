"""The modes of `configs/modes/`: a complete choice for everyone they promise one to, and reasons for what was passed over."""

from pathlib import Path

import pytest

from cinema.catalog import ROLES, Catalog, Choice, Role
from cinema.schedule import choose_mode, choose_models
from cinema.schedule.model import DeviceFacts
from cinema.schedule.predict import fit
from cinema.settings import Settings
from cinema.weights.tiny import TINY_STEPS, TinyShelf

CATALOG = Catalog()
CPU = DeviceFacts(name="cpu", title="a processor", memory_bytes=64_000_000_000, slots=8)
CARDS = {
    "fast": DeviceFacts(name="cuda:0", title="RTX 4090", memory_bytes=24_564 << 20),
    "balanced": DeviceFacts(name="cuda:0", title="A100 40 GB", memory_bytes=40_354 << 20),
    "cinema": DeviceFacts(name="cuda:0", title="H100 80 GB", memory_bytes=81_559 << 20),
}
SMALLER = DeviceFacts(name="cuda:0", title="L4", memory_bytes=23_034 << 20)
A6000 = DeviceFacts(name="cuda:0", title="RTX A6000", memory_bytes=49_140 << 20)
PERSONAL = Settings()
COMMERCIAL = Settings(purpose="commercial", territory="DE")
NEEDED: set[Role] = {"speech", "video", "music", "sound"}
FORBIDDEN = ("hunyuanvideo", "framepack", "xtts", "musicgen", "audiogen", "audioldm2", "flux.1")
GENERATED = sorted(CARDS)


def choose(mode: str, settings: Settings, language: str, card: DeviceFacts | None = None) -> tuple[Choice, str]:
    devices = (CPU, card or CARDS[mode])
    choice, notes = choose_models(CATALOG.mode(mode), settings, CATALOG, devices, language=language)
    return choice, "\n".join(notes)


@pytest.mark.parametrize("name", CATALOG.names("modes"))
def test_a_mode_names_models_that_serve_the_role(name: str) -> None:
    mode = CATALOG.mode(name)
    assert mode.name == name
    assert set(mode.roles) >= NEEDED
    for role, models in mode.roles.items():
        assert len(set(models)) == len(models) > 0
        for model in models:
            assert role in CATALOG.manifest(model).roles, (role, model)
    assert set(mode.settings) <= set(mode.roles)


@pytest.mark.parametrize("name", GENERATED)
def test_a_film_is_always_complete(name: str) -> None:
    """Whatever is forbidden or does not fit: boards, a drawn score, drawn effects and a formant voice come last."""
    roles = CATALOG.mode(name).roles
    assert set(roles) == set(ROLES)
    last: dict[Role, str] = {"speech": "espeak", "video": "boards", "title": "boards", "music": "score", "sound": "foley"}
    assert {role: roles[role][-1] for role in last} == last


@pytest.mark.parametrize("language", ["en", "de", "ja"])
@pytest.mark.parametrize("name", GENERATED)
def test_a_personal_user_gets_generators_for_everything(name: str, language: str) -> None:
    choice, _ = choose(name, PERSONAL, language)
    assert set(choice) == set(ROLES)
    assert choice["speech"].id == "xtts-v2"
    assert choice["video"].id.startswith("hunyuanvideo")
    assert choice["music"].id.startswith("musicgen")
    assert choice["sound"].id == "audiogen-medium"
    assert "references" in choice["image"].wants
    assert "keyframe" in choice["video"].wants


@pytest.mark.parametrize("language", ["en", "de", "ja"])
@pytest.mark.parametrize("name", GENERATED)
def test_a_commercial_user_in_the_eu_gets_generators_for_everything(name: str, language: str) -> None:
    choice, notes = choose(name, COMMERCIAL, language)
    assert set(choice) == set(ROLES)
    for role, manifest in choice.items():
        assert manifest.licence.commercial
        assert not manifest.id.startswith(FORBIDDEN)
        assert manifest.sources or role == "title", f"{role} is not generated"
    assert "references" in choice["image"].wants
    assert "keyframe" in choice["video"].wants
    assert choice["speech"].id == ("kokoro-82m" if language == "en" else choice["nonverbal"].id)
    for said in (
        "xtts-v2 was passed over: its licence (Coqui Public Model License 1.0) forbids commercial use.",
        "was passed over: its licence (Tencent Hunyuan Community License) excludes the territory 'DE': it does not hold in EU, GB, KR.",
        "was passed over: its licence (CC-BY-NC-4.0) forbids commercial use.",
    ):
        assert said in notes
    assert ("flux.1-dev was passed over: its licence (FLUX.1 [dev]" in notes) == (name != "fast")


@pytest.mark.parametrize("name", GENERATED)
def test_above_the_revenue_caps_there_still_is_a_film(name: str) -> None:
    rich = Settings(purpose="commercial", territory="DE", revenue_usd=50_000_000)
    choice, notes = choose(name, rich, "de")
    assert set(choice) == set(ROLES)
    assert all(one.licence.revenue_cap_usd is None for one in choice.values())
    assert choice["sound"].id == "foley"
    assert "stable-audio-open was passed over" in notes
    assert choice["video"].sources


@pytest.mark.parametrize("name", GENERATED)
def test_a_language_that_no_generator_speaks_is_spoken(name: str) -> None:
    choice, notes = choose(name, PERSONAL, "sv")
    assert choice["speech"].id == "espeak"
    assert "xtts-v2 was passed over: it does not speak 'sv'" in notes


@pytest.mark.parametrize(
    ("mode", "card"),
    [("fast", SMALLER), ("fast", A6000), ("balanced", A6000), *CARDS.items()],
    ids=lambda one: getattr(one, "title", one),
)
def test_what_is_chosen_fits_the_card_without_streaming_its_layers(mode: str, card: DeviceFacts) -> None:
    for settings in (PERSONAL, COMMERCIAL):
        choice, _ = choose(mode, settings, "de", card)
        for manifest in choice.values():
            found = fit(manifest, manifest.precisions[0], card if manifest.needs_gpu else CPU)
            assert found is not None, manifest.id
            assert found.load_plan != "group_offload", manifest.id


@pytest.mark.parametrize(
    ("card", "mode"),
    [
        (None, "animatic"),
        (SMALLER, "fast"),
        (CARDS["fast"], "fast"),
        (A6000, "balanced"),
        (CARDS["balanced"], "balanced"),
        (CARDS["cinema"], "cinema"),
    ],
    ids=lambda one: getattr(one, "title", str(one)),
)
def test_auto_takes_the_largest_mode_that_the_card_serves_and_never_the_tiny_one(card: DeviceFacts | None, mode: str) -> None:
    devices = (CPU,) if card is None else (CPU, card)
    assert choose_mode(Settings(), CATALOG, devices).name == mode
    assert choose_mode(Settings(mode="tiny"), CATALOG, devices).weights == "tiny"


def test_tiny_names_real_adapters_only() -> None:
    mode = CATALOG.mode("tiny")
    drawn = {model for models in mode.roles.values() for model in models if not CATALOG.manifest(model).sources}
    assert drawn == {"boards"}, "words to be read are drawn in every mode"
    assert mode.needs_gpu_bytes == 0
    assert mode.settings["video"] == {"short_side_px": 64}


@pytest.mark.parametrize(("memory", "cores"), [(16, 40), (4, 8), (2, 16), (1, 2)])
def test_kokoro_speaks_on_any_processor_however_many_cores_share_its_memory(memory: int, cores: int) -> None:
    cpu = DeviceFacts(name="cpu", title="many cores", memory_bytes=memory * 1_000_000_000, slots=cores)
    named = Settings(models={"speech": "kokoro-82m"})
    choice, notes = choose_models(CATALOG.mode("animatic"), named, CATALOG, (cpu,), language="en")
    found = fit(choice["speech"], choice["speech"].precisions[0], cpu)
    assert found is not None
    assert found.slots * found.peak_bytes <= cpu.memory_bytes
    assert any("kokoro-82m by" in note for note in notes) == (found.slots < cores)


def test_a_dry_run_of_any_model_takes_few_steps(tmp_path: Path) -> None:
    catalog = CATALOG.with_shelf(TinyShelf(tmp_path))
    asked = {one.id for one in CATALOG.manifests.values() if one.sources and int(one.settings.get("steps", 0)) > TINY_STEPS}
    assert {"audioldm2", "stable-audio-open", "flux.1-kontext-dev", "hunyuanvideo-i2v"} <= asked
    for model in asked:
        role = catalog.manifest(model).roles[0]
        named = Settings(mode="tiny", models={role: model}, purpose="personal")
        choice, _ = choose_models(catalog.mode("tiny"), named, catalog, (CPU,), language="en", roles=[role])
        assert choice[role].settings["steps"] == catalog.manifest(model).settings["steps"] == TINY_STEPS, model
        assert f"{TINY_STEPS} steps" in choice[role].name
