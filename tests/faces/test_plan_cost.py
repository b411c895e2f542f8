"""What `cinema plan` tells of cost: who makes what, where, for how long, with how much memory; and which figures are guesses."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from cinema import film, schedule
from cinema.catalog import Catalog
from cinema.faces.cli import run
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings
from cinema.units import human_bytes

KEEPER = Path(__file__).parents[2] / "examples" / "the-keeper.fountain"
CPU = DeviceFacts(name="cpu", title="EPYC", memory_bytes=64_000_000_000, slots=8)
CARDS = {
    "fast": DeviceFacts(name="cuda:0", title="RTX 4090", memory_bytes=24_564 << 20),
    "balanced": DeviceFacts(name="cuda:0", title="A100 40 GB", memory_bytes=40_354 << 20),
    "cinema": DeviceFacts(name="cuda:0", title="H100 80 GB", memory_bytes=81_559 << 20),
}
_ROW = re.compile(r"  (\S+) +(\S+) +(\d+) tasks? +(~?)(\S.*?)  +(~?)(\d+\.\d [MG]B)  on (\S+) \((\w+), (\w+)\)")


@pytest.fixture(params=sorted(CARDS))
def mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A mode, on a machine with the card that it was made for."""
    monkeypatch.setattr(schedule, "find_devices", lambda _: (CPU, CARDS[request.param]))
    return request.param


def shown(mode: str, folder: Path, capsys: pytest.CaptureFixture[str], *wishes: str) -> str:
    said = [word for wish in (f"weights={folder}", *wishes) for word in ("--set", wish)]
    assert run(["plan", str(KEEPER), "--mode", mode, *said]) == 0
    told = capsys.readouterr()
    assert ("Seconds go by figures of H100 80 GB, or are guesses" in " ".join(told.err.split())) == (mode != "animatic")
    return told.out


def test_a_reader_learns_who_makes_what_where_and_which_figures_were_not_measured(
    mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(mode, tmp_path, capsys)
    card = CARDS[mode]
    assert f"Mode {mode} on cpu (EPYC, 64.0 GB, 8 workers) and cuda:0 ({card.title}, {human_bytes(card.memory_bytes)})" in text
    rows = [found.groups() for line in text.splitlines() if (found := _ROW.fullmatch(line))]
    roles = list(dict.fromkeys(row[0] for row in rows))
    assert roles == ["speech", "image", "video", "upscale", "music", "sound"], "as the journey goes"
    studio, plan, planned = film.estimate(KEEPER, Settings(mode=mode, weights=str(tmp_path)))
    assert len(rows) == len(planned.batches)
    assert sum(int(row[2]) for row in rows) == len(plan.tasks)
    for _, model, _, guessed, _, peak_guessed, peak, device, load_plan, precision in rows:
        batch = next(one for one in planned.batches if one.model == model)
        manifest = studio.catalog.manifest(model)
        assert bool(guessed) == (not manifest.speed[0].measured)
        assert bool(peak_guessed) == (not any(one.measured for one in manifest.memory))
        assert (device, load_plan, precision) == (batch.device, batch.load_plan, batch.precision)
        assert peak == human_bytes(batch.prediction.peak_bytes)
        if device == "cuda:0":
            assert batch.prediction.peak_bytes <= card.memory_bytes
    (whole,) = [line for line in text.splitlines() if line.startswith("Predicted: ")]
    assert re.fullmatch(r"Predicted: ~\d+ (min|h) \d\d (s|min), ~\d+\.\d MB on disk", whole)
    assert human_bytes(film.size_bytes(plan, planned)) in whole
    assert "~: estimated, not measured on a machine like this" in text


def test_money_is_told_where_an_hour_has_a_price(mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert re.search(r" on disk, ~\d+\.\d\d USD$", shown(mode, tmp_path, capsys, "price_per_hour_usd=2.5"), re.MULTILINE)


def test_a_film_takes_what_its_parts_take_and_what_the_cut_writes() -> None:
    """Beside 28 drawn shots of 1280x720, 2,243 frames: a film of 45.3 MB and stems of 80.7 MB (2026-11-21)."""
    assert schedule.finished_size_bytes(2243, Fraction(24), 1280, 720) == pytest.approx(45_306_553 + 80_748_132, rel=0.05)


def test_the_animatics_seconds_were_measured_and_its_memory_is_a_guess(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "find_devices", lambda _: (CPU,))
    text = shown("animatic", tmp_path, capsys)
    rows = [found.groups() for line in text.splitlines() if (found := _ROW.fullmatch(line))]
    assert {row[1] for row in rows} == {one for models in Catalog().mode("animatic").roles.values() for one in models[:1]} - {
        "openai-compatible"
    }
    assert {(row[3], row[5]) for row in rows} == {("", "~")}
    assert re.search(r"^Predicted: \d", text, re.MULTILINE)
