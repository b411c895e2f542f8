"""Modes and models: which is chosen, which is passed over, and what is said about it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cinema.catalog import Catalog, Licence, Manifest
from cinema.catalog import Held as HeldWeights
from cinema.errors import DoesNotFitError, InputError, MissingModelError
from cinema.schedule import choose_mode, choose_models
from cinema.schedule.licences import caution, refusal
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings

CPU = DeviceFacts(name="cpu", title="a processor", memory_bytes=8_000_000_000, slots=2)
CARD = DeviceFacts(name="cuda:0", title="a card", memory_bytes=24_000_000_000)


def manifest(folder: Path, model: str, *, role: str = "speech", **facts: object) -> None:
    licence = {"name": "MIT", "commercial": "true", **facts.pop("licence", {})}  # type: ignore[dict-item]
    lines = [f'id = "{model}"', f'name = "{model}"', f'roles = ["{role}"]', 'family = "testing"']
    lines.append(f"needs_gpu = {str(facts.pop('needs_gpu', False)).lower()}")
    if "languages" in facts:
        lines.append(f"languages = {facts.pop('languages')}")
    lines += ["[licence]", *(f"{key} = {value!r}" if key == "name" else f"{key} = {value}" for key, value in licence.items())]
    if "peak" in facts:
        lines += ["[[memory]]", 'load_plan = "resident"', 'precision = "native"', f"peak_bytes = {facts.pop('peak')}"]
    assert not facts
    (folder / "models").mkdir(exist_ok=True)
    (folder / "models" / f"{model}.toml").write_text("\n".join(lines))


def mode(folder: Path, name: str, roles: Mapping[str, list[str]], needs: int = 0) -> None:
    text = f'name = "{name}"\ntitle = "{name}"\nneeds_gpu_bytes = {needs}\nshort_side_px = 720\n[roles]\n'
    text += "\n".join(f"{role} = {models!r}" for role, models in roles.items())
    (folder / "configs" / "modes").mkdir(parents=True, exist_ok=True)
    (folder / "configs" / "modes" / f"{name}.toml").write_text(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    manifest(tmp_path, "plain")
    mode(tmp_path, "animatic", {"speech": ["plain"]})
    return tmp_path


def opened(folder: Path) -> Catalog:
    return Catalog(models=folder / "models", configs=folder / "configs")


def choose(
    folder: Path, name: str = "animatic", language: str = "en", devices: tuple[DeviceFacts, ...] = (CPU,), **chosen: object
):
    catalog = opened(folder)
    return choose_models(catalog.mode(name), Settings(**chosen), catalog, devices, language=language)


def test_auto_takes_the_largest_mode_that_can_be_served(folder: Path) -> None:
    manifest(folder, "grand", needs_gpu=True, peak=20_000_000_000)
    mode(folder, "fast", {"speech": ["grand"]}, needs=20_000_000_000)
    mode(folder, "balanced", {"speech": ["not-here"]}, needs=22_000_000_000)
    mode(folder, "cinema", {"speech": ["grand"]}, needs=80_000_000_000)
    catalog = opened(folder)
    assert choose_mode(Settings(), catalog, (CPU,)).name == "animatic"
    assert choose_mode(Settings(), catalog, (CPU, CARD)).name == "fast"
    assert choose_mode(Settings(mode="animatic"), catalog, (CPU, CARD)).name == "animatic"


def test_a_named_mode_that_does_not_fit_is_refused_with_both_figures(folder: Path) -> None:
    mode(folder, "cinema", {"speech": ["plain"]}, needs=80_000_000_000)
    with pytest.raises(DoesNotFitError, match=r"80\.0 GB, and the largest here has 24\.0 GB"):
        choose_mode(Settings(mode="cinema"), opened(folder), (CPU, CARD))
    with pytest.raises(DoesNotFitError, match="none was found"):
        choose_mode(Settings(mode="cinema"), opened(folder), (CPU,))
    with pytest.raises(InputError, match="There is no mode 'opera'"):
        choose_mode(Settings(mode="opera"), opened(folder), (CPU,))


def test_auto_without_any_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    mode(tmp_path, "animatic", {"speech": ["plain"]})
    with pytest.raises(MissingModelError, match="No mode can be served"):
        choose_mode(Settings(), opened(tmp_path), (CPU,))


def test_the_first_model_that_may_and_can_is_chosen_and_the_others_are_explained(folder: Path) -> None:
    manifest(folder, "noncommercial", licence={"name": "NC", "commercial": "false"})
    manifest(folder, "french", languages='["fr"]')
    manifest(folder, "huge", needs_gpu=True, peak=90_000_000_000)
    manifest(folder, "paints", role="image")
    mode(folder, "mixed", {"speech": ["gone", "paints", "noncommercial", "french", "huge", "plain"]})
    choice, notes = choose(folder, "mixed", purpose="commercial", devices=(CPU, CARD))
    assert choice["speech"].id == "plain"
    text = "\n".join(notes)
    for said in (
        "gone was passed over: it is not installed",
        "paints was passed over: it serves image",
        "noncommercial was passed over: its licence (NC) forbids commercial use",
        "french was passed over: it does not speak 'en'",
        "huge was passed over: it needs at least 90.0 GB, and 24.0 GB is here",
        "plain takes their place, the next choice",
    ):
        assert said in text
    assert choose(folder, "mixed", language="fr-CA")[0]["speech"].id == "noncommercial"
    assert choose(folder, "mixed", language="fr-CA", purpose="commercial")[0]["speech"].id == "french"


def test_roles_narrow_the_choice(folder: Path) -> None:
    catalog = opened(folder)
    chosen, _ = choose_models(catalog.mode("animatic"), Settings(), catalog, (CPU,), language="en", roles=())
    assert chosen == {}
    with pytest.raises(MissingModelError, match="The mode names none"):
        choose_models(catalog.mode("animatic"), Settings(), catalog, (CPU,), language="en", roles=("video",))


def test_memory_alone_does_not_fit_and_anything_else_is_missing(folder: Path) -> None:
    manifest(folder, "huge", needs_gpu=True, peak=90_000_000_000)
    manifest(folder, "noncommercial", licence={"name": "NC", "commercial": "false"})
    mode(folder, "large", {"speech": ["gone", "huge"]})
    mode(folder, "closed", {"speech": ["noncommercial", "huge"]})
    with pytest.raises(DoesNotFitError, match="needs a GPU, and none"):
        choose(folder, "large")
    with pytest.raises(MissingModelError, match="forbids commercial use"):
        choose(folder, "closed", purpose="commercial")


def test_the_settings_choice_is_obeyed_or_refused(folder: Path) -> None:
    manifest(folder, "noncommercial", licence={"name": "NC", "commercial": "false"}, languages='["fr"]')
    manifest(folder, "huge", needs_gpu=True, peak=90_000_000_000)
    manifest(folder, "paints", role="image")
    choice, notes = choose(folder, models={"speech": "noncommercial"})
    assert choice["speech"].id == "noncommercial"
    assert any("does not list the language 'en'" in note for note in notes)
    with pytest.raises(InputError, match="forbids commercial use") as refused:
        choose(folder, models={"speech": "noncommercial"}, purpose="commercial")
    assert refused.value.exit_code == 2
    with pytest.raises(InputError, match="paints serves image, not speech"):
        choose(folder, models={"speech": "paints"})
    with pytest.raises(InputError, match="There is no model 'gone'"):
        choose(folder, models={"speech": "gone"})
    with pytest.raises(InputError, match="there is no such role"):
        choose(folder, models={"speach": "plain"})
    with pytest.raises(DoesNotFitError, match="huge cannot be used"):
        choose(folder, models={"speech": "huge"})


def test_what_a_licence_forbids_is_told_before_what_this_machine_lacks(folder: Path) -> None:
    manifest(folder, "huge", needs_gpu=True, peak=90_000_000_000)
    manifest(folder, "closed", role="video", licence={"name": "NC", "commercial": "false"})
    mode(folder, "large", {"speech": ["huge"], "video": ["closed"]}, needs=20_000_000_000)
    named = Settings(mode="large", purpose="commercial", models={"video": "closed"})
    with pytest.raises(InputError, match="closed may not be used: its licence"):
        choose_mode(named, opened(folder), (CPU,))
    with pytest.raises(InputError, match="closed may not be used: its licence"):
        choose(folder, "large", purpose="commercial", models={"video": "closed"})
    with pytest.raises(DoesNotFitError):
        choose_mode(named.model_copy(update={"purpose": "personal"}), opened(folder), (CPU,))


@pytest.mark.parametrize(
    ("territory", "refused"),
    [("DE", True), ("EU", True), ("uk", True), ("GB", True), ("KR", True), ("US", False), ("CH", False), ("", False)],
)
def test_territories(territory: str, refused: bool) -> None:
    licence = Licence(name="L", commercial=True, excluded_territories=("EU", "UK", "KR"))
    found = refusal(licence, Settings(territory=territory))
    assert (found is not None) == refused
    assert (caution(licence, Settings(territory=territory)) is not None) == (territory == "")


def test_a_maker_anywhere_in_the_eu_is_touched_by_one_excluded_member() -> None:
    assert refusal(Licence(name="L", commercial=True, excluded_territories=("FR",)), Settings(territory="EU"))


def test_revenue_caps_and_notes_about_territories(folder: Path) -> None:
    licence = Licence(name="L", commercial=True, revenue_cap_usd=1_000_000)
    assert refusal(licence, Settings(revenue_usd=1_000_000)) is None
    assert "1,000,000 USD, and yours is 1,000,001" in (refusal(licence, Settings(revenue_usd=1_000_001)) or "")
    manifest(folder, "regional", licence={"name": "R", "excluded_territories": '["KR"]'})
    _, notes = choose(folder, models={"speech": "regional"})
    assert any("does not hold in KR" in note for note in notes)


class Held:
    """A shelf that holds the weights of the models named."""

    def __init__(self, *models: str) -> None:
        self.models = models

    def find(self, manifest: Manifest) -> HeldWeights | None:
        return HeldWeights(path=Path("/nowhere"), revision="r") if manifest.id in self.models else None

    def fitted(self, manifest: Manifest) -> Manifest:
        return manifest


def weighty(folder: Path, model: str, **facts: object) -> None:
    """A manifest with sources."""
    manifest(folder, model, **facts)  # type: ignore[arg-type]
    path = folder / "models" / f"{model}.toml"
    path.write_text(f'{path.read_text()}\n[[sources]]\nrepository = "a/{model}"\nfiles = [{{ path = "w.safetensors" }}]\n')


def pick(folder: Path, *held: str, weights: str = "released", **chosen: object) -> tuple[str, str]:
    """The speaking model of the mode "both", and the notes."""
    catalog = opened(folder).with_shelf(Held(*held))
    asked = catalog.mode("both").model_copy(update={"weights": weights})
    choice, notes = choose_models(asked, Settings(**chosen), catalog, (CPU,), language="en")
    return choice["speech"].id, "\n".join(notes)


def test_of_the_models_that_can_one_whose_weights_are_here_goes_first(folder: Path) -> None:
    for model in ("first", "second", "third"):
        weighty(folder, model)
    mode(folder, "both", {"speech": ["gone", "first", "second", "third", "plain"]})
    assert pick(folder)[0] == "first", "none is here"
    assert pick(folder, "first", "second")[0] == "first"
    model, notes = pick(folder, "third")
    assert model == "third"
    assert "third is taken since its weights are here, and not here are all those of first, second" in notes
    assert "`cinema models pull first`" in notes
    assert "taken since" not in pick(folder, "first", "third")[1]
    assert pick(folder, "third", weights="tiny")[0] == "first", "tiny weights are made when they are needed"
    assert pick(folder, "third", models={"speech": "second"})[0] == "second"
    mode(folder, "both", {"speech": ["plain", "third"]})
    assert pick(folder, "third")[0] == "plain", "code has no weights to miss"


def test_a_role_that_a_film_can_do_without_is_left_out_with_a_note(folder: Path) -> None:
    manifest(folder, "paints", role="image", licence={"name": "NC", "commercial": "false"})
    mode(folder, "mixed", {"speech": ["plain"], "image": ["paints"], "upscale": ["gone"]})
    choice, notes = choose(folder, "mixed", purpose="commercial")
    assert set(choice) == {"speech"}
    text = "\n".join(notes)
    assert "image: paints was passed over: its licence (NC) forbids commercial use" in text
    assert "image: no model can serve in the mode 'mixed', so the film does without." in text
    assert "upscale: no model can serve" in text
    mode(folder, "mixed", {"speech": ["plain"], "sound": ["gone"]})
    with pytest.raises(MissingModelError, match="No model can serve sound"):
        choose(folder, "mixed")


def test_auto_minds_only_the_roles_that_a_film_needs_and_never_takes_tiny_weights(folder: Path) -> None:
    mode(folder, "fast", {"speech": ["plain"], "upscale": ["gone"]}, needs=20_000_000_000)
    mode(folder, "tiny", {"speech": ["plain"]}, needs=0)
    path = folder / "configs" / "modes" / "tiny.toml"
    path.write_text(path.read_text().replace("[roles]", 'weights = "tiny"\n[roles]'))
    catalog = opened(folder)
    assert choose_mode(Settings(), catalog, (CPU, CARD)).name == "fast"
    (folder / "configs" / "modes" / "animatic.toml").unlink()
    with pytest.raises(MissingModelError):
        choose_mode(Settings(), opened(folder), (CPU,))
    assert choose_mode(Settings(mode="tiny"), catalog, (CPU,)).name == "tiny"


def test_the_modes_settings_lie_over_the_manifests(folder: Path) -> None:
    path = folder / "models" / "plain.toml"
    path.write_text(path.read_text().replace("[licence]", "settings = { steps = 30, guidance = 3.5 }\n[licence]"))
    path = folder / "configs" / "modes" / "animatic.toml"
    path.write_text(f"{path.read_text()}\n[settings.speech]\nsteps = 8\nshort_side_px = 480\n")
    choice, _ = choose(folder)
    assert choice["speech"].settings == {"steps": 8, "guidance": 3.5, "short_side_px": 480}


@pytest.mark.parametrize(
    ("peaks", "first"),
    [
        ({"bf16": (20, 20, 20), "fp8": (20, 20, 20)}, "bf16"),
        ({"bf16": (90, 20, 20), "fp8": (20, 20, 20)}, "bf16"),
        ({"bf16": (90, 90, 20), "fp8": (90, 20, 20)}, "fp8"),
        ({"bf16": (90, 90, 20), "fp8": (90, 90, 20)}, "bf16"),
        ({"bf16": (90, 90, 90), "fp8": (90, 90, 20)}, "fp8"),
    ],
)
def test_the_first_precision_is_one_that_fits_and_streams_only_where_it_must(
    folder: Path, peaks: dict[str, tuple[int, int, int]], first: str
) -> None:
    plans = ("resident", "component_offload", "group_offload")
    lines = ['id = "grand"', 'name = "grand"', 'roles = ["speech"]', 'family = "testing"']
    lines += [f"load_plans = {list(plans)}", f"precisions = {list(peaks)}", "[licence]", 'name = "MIT"', "commercial = true"]
    for precision, sizes in peaks.items():
        for plan, size in zip(plans, sizes, strict=True):
            lines += ["[[memory]]", f'load_plan = "{plan}"', f'precision = "{precision}"', f"peak_bytes = {size}_000_000_000"]
    (folder / "models" / "grand.toml").write_text("\n".join(lines))
    mode(folder, "large", {"speech": ["grand"]})
    choice, notes = choose(folder, "large", devices=(CPU, CARD))
    assert choice["speech"].precisions[0] == first
    assert set(choice["speech"].precisions) == set(peaks)
    assert any("does not fit" in note for note in notes) == (first != "bf16")
