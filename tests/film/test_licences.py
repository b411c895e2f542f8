"""What a commercial film made in the European Union is made with, and what its maker reads: the gate of licences, whole."""

from pathlib import Path

import pytest

from cinema import film, schedule
from cinema.catalog import ROLES
from cinema.faces.cli import run
from cinema.plan.model import Plan
from cinema.schedule.model import DeviceFacts, Schedule
from cinema.settings import Settings
from cinema.studio import Studio

KEEPER = Path(__file__).parents[2] / "examples" / "the-keeper.fountain"
CPU = DeviceFacts(name="cpu", title="a processor", memory_bytes=64_000_000_000, slots=8)
CARDS = {
    "fast": DeviceFacts(name="cuda:0", title="RTX 4090", memory_bytes=24_564 << 20),
    "balanced": DeviceFacts(name="cuda:0", title="A100 40 GB", memory_bytes=40_354 << 20),
    "cinema": DeviceFacts(name="cuda:0", title="H100 80 GB", memory_bytes=81_559 << 20),
}
FORBIDDEN = ("hunyuanvideo", "framepack", "xtts", "musicgen", "audiogen", "flux.1-")
PLACES = ("EU", "DE")
modes = pytest.mark.parametrize("mode", sorted(CARDS))


@pytest.fixture(autouse=True)
def cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine has the card that the mode was made for, and no weights yet."""
    monkeypatch.setattr(schedule, "find_devices", lambda settings: (CPU, CARDS[settings.mode]))


def estimated(mode: str, folder: Path, **settings: object) -> tuple[Studio, Plan, Schedule]:
    return film.estimate(KEEPER, Settings.model_validate({"mode": mode, "weights": str(folder / "weights"), **settings}))


@pytest.mark.parametrize("territory", PLACES)
@modes
def test_a_commercial_film_in_the_eu_is_planned_whole_with_nothing_forbidden(mode: str, territory: str, tmp_path: Path) -> None:
    studio, plan, planned = estimated(mode, tmp_path, purpose="commercial", territory=territory)
    used = {task.model for task in plan.tasks}
    assert not [model for model in {*used, *(one.id for one in studio.choice.values())} if model.startswith(FORBIDDEN)]
    assert set(studio.choice) >= set(ROLES) - {"text"}, "nothing is written for this film, so nobody need write"
    kinds = {slot.partition(":")[0] for slot in plan.uses}
    assert kinds >= {"line", "cast", "place", "keyframe", "take", "shot", "music", "ambience"}
    for line in plan.lines:
        assert f"line:{line.id}" in plan.uses
    for shot in plan.shots:
        assert f"shot:{shot.id}" in plan.uses
    assert {key for batch in planned.batches for key in batch.keys} == {task.key for task in plan.tasks}
    assert plan.warnings == ()
    for manifest in studio.choice.values():
        assert manifest.licence.commercial
        assert not set(manifest.licence.excluded_territories) & {"EU", "DE"}


@modes
def test_the_same_film_for_oneself_has_them(mode: str, tmp_path: Path) -> None:
    """So the gate is what keeps them out, and not the lists."""
    _, plan, _ = estimated(mode, tmp_path, territory="US")
    used = {task.model for task in plan.tasks}
    assert {model for model in used if model.startswith(("hunyuanvideo", "xtts", "musicgen", "audiogen"))}
    assert len([model for model in used if model.startswith(FORBIDDEN)]) >= 4


@modes
def test_the_maker_reads_why_and_what_took_their_place(mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wishes = ("purpose=commercial", "territory=DE", f"weights={tmp_path}")
    assert run(["plan", str(KEEPER), "--mode", mode, *(word for wish in wishes for word in ("--set", wish))]) == 0
    notes = capsys.readouterr().err
    studio, _, _ = estimated(mode, tmp_path, purpose="commercial", territory="DE")
    for model, why in (
        ("speech: xtts-v2", "its licence (Coqui Public Model License 1.0) forbids commercial use."),
        (
            "video: hunyuanvideo-1.5-",
            "its licence (Tencent Hunyuan Community License) excludes the territory 'DE': it does not hold in EU, GB, KR.",
        ),
        ("music: musicgen-", "its licence (CC-BY-NC-4.0) forbids commercial use."),
        ("sound: audiogen-medium", "its licence (CC-BY-NC-4.0) forbids commercial use."),
        *(
            [("image: flux.1-dev", "its licence (FLUX.1 [dev] Non-Commercial License) forbids commercial use.")]
            if mode != "fast"
            else []
        ),
    ):
        said = [line for line in notes.splitlines() if line.startswith(f"note: {model}")]
        assert said, model
        assert said[0].endswith(f"was passed over: {why}")
        role = model.partition(":")[0]
        chosen = next(one.id for key, one in studio.choice.items() if key == role)
        assert any(
            line.startswith(f"note: {role}: {chosen} takes the") or f"{chosen} takes its place" in line
            for line in notes.splitlines()
        )


@pytest.mark.parametrize(
    ("role", "model", "clause"),
    [
        ("video", "hunyuanvideo-t2v", "excludes the territory 'DE': it does not hold in EU, GB, KR"),
        ("video", "framepack-i2v", "excludes the territory 'DE'"),
        ("speech", "xtts-v2", "forbids commercial use"),
        ("image", "flux.1-dev", "forbids commercial use"),
    ],
)
def test_to_insist_on_one_is_refused_with_the_clause(
    role: str, model: str, clause: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wishes = ("purpose=commercial", "territory=DE", f"models.{role}={model}", f"weights={tmp_path}")
    command = ["render", str(KEEPER), "--mode", "cinema", "--out", str(tmp_path / "film")]
    assert run([*command, *(word for wish in wishes for word in ("--set", wish))]) == 2
    said = capsys.readouterr().err
    assert f"{model} may not be used: its licence" in said
    assert clause in said
    assert f"models.{role}" in said
    assert not (tmp_path / "film").exists(), "nothing was begun"


@pytest.mark.parametrize("mode", ["fast", "cinema", "auto", "animatic"])
@pytest.mark.parametrize(
    ("wishes", "clause"),
    [
        (("territory=DE", "models.video=hunyuanvideo-t2v"), "excludes the territory 'DE': it does not hold in EU, GB, KR"),
        (("purpose=commercial", "models.image=flux.1-dev"), "forbids commercial use"),
        (("revenue_usd=20000000", "models.video=ltx-2.3"), "10,000,000 USD, and yours is 20,000,000"),
    ],
)
def test_the_clause_is_read_on_a_machine_without_a_card_too(
    mode: str,
    wishes: tuple[str, ...],
    clause: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "find_devices", lambda _: (CPU,))
    said = [word for wish in (*wishes, f"weights={tmp_path}") for word in ("--set", wish)]
    for command in (["render", str(KEEPER), "--out", str(tmp_path / "film")], ["plan", str(KEEPER)]):
        assert run([*command, "--mode", mode, *said]) == 2
        assert clause in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "film").exists()


def test_above_the_cap_of_a_licence_its_model_is_passed_over_with_both_figures(tmp_path: Path) -> None:
    studio, _, _ = estimated("fast", tmp_path, purpose="commercial", territory="DE", revenue_usd=20_000_000)
    assert not studio.choice["video"].id.startswith("ltx")
    assert any("ltx-video-13b-distilled" in note and "10,000,000 USD, and yours is 20,000,000" in note for note in studio.notes)


def test_who_does_not_say_where_is_told_what_to_look_at(tmp_path: Path) -> None:
    studio, _, _ = estimated("cinema", tmp_path)
    assert any("does not hold in EU, GB, KR; set `territory`" in note for note in studio.notes)
