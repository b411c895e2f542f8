"""Three people from shot to shot, by the real catalogue: which references a keyframe has, and what another look makes anew."""

from pathlib import Path

import pytest

from cinema import film, schedule
from cinema.plan.model import Plan
from cinema.plan.task import ImageRequest, Task, UpscaleRequest, VideoRequest
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings

FILM = """\
Title: The Three
Style: 35 mm film

INT. LIGHTHOUSE - NIGHT

[[look MARA: woman of sixty, yellow oilskin coat, long grey braid]]
[[look TOM: fisherman of thirty, dark wool cap]]
[[look ADA: woman of forty, navy uniform]]

MARA climbs the stairs with a lantern.

TOM enters, wet to the skin.

TOM
You kept it burning.

MARA
All night.

EXT. HARBOUR - DAWN

ADA walks along the pier.

ADA
Where is the boat?

INT. LIGHTHOUSE - DAY

Mara and Ada sit at the table.

ADA
They found the boat.

MARA
And Tom?

TITLE CARD: One year later

EXT. HARBOUR - DAY

TOM waves from the rocks.

TOM
Here!

MARA, TOM and ADA walk home.
"""
LOOKS = {
    "MARA": "woman of sixty, yellow oilskin coat, long grey braid",
    "TOM": "fisherman of thirty, dark wool cap",
    "ADA": "woman of forty, navy uniform",
}
CPU = DeviceFacts(name="cpu", title="a processor", memory_bytes=64_000_000_000, slots=8)
CARDS = {
    "fast": DeviceFacts(name="cuda:0", title="RTX 4090", memory_bytes=24_564 << 20),
    "cinema": DeviceFacts(name="cuda:0", title="H100 80 GB", memory_bytes=81_559 << 20),
}


@pytest.fixture(params=["cinema", "cinema-commercial", "fast"])
def wishes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Kontext with HunyuanVideo, klein with Wan, klein with HunyuanVideo's distilled model."""
    mode, _, purpose = request.param.partition("-")
    monkeypatch.setattr(schedule, "find_devices", lambda settings: (CPU, CARDS[settings.mode]))
    return {"mode": mode, **({"purpose": purpose, "territory": "EU"} if purpose else {})}


def planned(folder: Path, wishes: dict[str, str], text: str = FILM) -> Plan:
    source = folder / "three.fountain"
    source.write_text(text)
    return film.estimate(source, Settings.model_validate({**wishes, "weights": str(folder / "weights")}))[1]


def slots(plan: Plan, kind: str) -> dict[str, Task]:
    by_key = {task.key: task for task in plan.tasks}
    return {slot.partition(":")[2]: by_key[key] for slot, key in plan.uses.items() if slot.partition(":")[0] == kind}


def test_every_keyframe_has_the_sheets_of_those_it_shows_and_of_its_place(tmp_path: Path, wishes: dict[str, str]) -> None:
    plan = planned(tmp_path, wishes)
    sheets = {key: slot for slot, key in plan.uses.items() if slot.startswith(("cast:", "place:"))}
    assert set(slots(plan, "cast")) == {"MARA", "TOM", "ADA"}
    assert len(slots(plan, "place")) == 2
    together: set[tuple[str, ...]] = set()
    for shot in plan.shots:
        if shot.coverage == "title":
            continue
        keyframe, take, final = (slots(plan, kind)[shot.id] for kind in ("keyframe", "take", "shot"))
        place = "Lighthouse" if plan.scenes[shot.scene].place == "Lighthouse" else "Harbour"
        request = keyframe.request
        assert isinstance(request, ImageRequest)
        most = 5 if "klein" in keyframe.model else len(request.references)
        wanted = [*(f"cast:{name}" for name in shot.characters), f"place:{place}"][:most]
        assert [sheets[key] for key in keyframe.inputs] == wanted[: len(keyframe.inputs)]
        assert len(keyframe.inputs) >= min(len(shot.characters), 1)
        assert [one.input for one in request.references] == list(range(len(keyframe.inputs)))
        assert isinstance(take.request, VideoRequest)
        assert (take.inputs[0], take.request.keyframe) == (keyframe.key, 0)
        assert isinstance(final.request, UpscaleRequest)
        assert final.inputs == (take.key,)
        together.add(shot.characters)
    assert {name for group in together for name in group} == {"MARA", "TOM", "ADA"}
    assert any(len(group) == 2 for group in together)


@pytest.mark.parametrize("name", ["MARA", "TOM", "ADA"])
def test_another_look_makes_exactly_the_shots_that_show_them_anew(name: str, tmp_path: Path, wishes: dict[str, str]) -> None:
    before = planned(tmp_path, wishes)
    after = planned(tmp_path, wishes, FILM.replace(LOOKS[name], f"{LOOKS[name]}, silver ring"))
    shown = [shot for shot in before.shots if name in shot.characters]
    assert 2 <= len(shown) < len(before.shots) - 2
    assert before.uses.keys() == after.uses.keys()
    changed = {slot for slot, key in before.uses.items() if after.uses[slot] != key}
    assert changed == {f"cast:{name}", *(f"{kind}:{shot.id}" for shot in shown for kind in ("keyframe", "take", "shot"))}
    new = [task for task in after.tasks if task.key not in {one.key for one in before.tasks}]
    setups = len({before.uses[f"keyframe:{shot.id}"] for shot in shown})
    roles = [task.role for task in new]
    assert (roles.count("image"), roles.count("video"), roles.count("upscale")) == (1 + setups, len(shown), len(shown))
    assert len(new) == 1 + setups + 2 * len(shown)
