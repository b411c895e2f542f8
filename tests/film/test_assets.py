"""The user's own pictures and recordings: found, refused, brought into the film in one form, and kept there."""

from __future__ import annotations

import io
import json
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from cinema import assets, film, studio
from cinema.artefact import Artefact
from cinema.errors import InputError
from cinema.events import TaskStarted
from cinema.faces.cli import run
from cinema.plan import load_plan
from cinema.plan.model import Plan
from cinema.render import Store
from cinema.script import read_text
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog

RATE = 16_000


def picture(width: int = 100, height: int = 80, form: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    rng = np.random.default_rng(7)
    Image.fromarray(rng.integers(0, 255, (height, width, 3), dtype=np.uint8)).convert(mode).save(out, form, **options)
    return out.getvalue()


def recording(seconds: float = 2.0, form: str = "WAV", channels: int = 1, rate: int = RATE, loud: float = 0.5) -> bytes:
    out = io.BytesIO()
    wave = loud * np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 220 / rate)
    soundfile.write(out, np.tile(wave[:, None], (1, channels)), rate, format=form)
    return out.getvalue()


def script_of(references: tuple[str, ...] = (), sample: str | None = None) -> dict[str, object]:
    mara = {"name": "MARA", "look": "woman of sixty, yellow oilskin", "references": list(references)}
    voice = {"voice": {"sample": sample}} if sample else {}
    cast = [mara | voice, {"name": "TOM", "look": "fisherman, dark cap"}, {"name": "ADA", "look": "officer, navy uniform"}]
    return {
        "schema": "cinema-script/1",
        "title": "Three",
        "characters": cast,
        "scenes": [
            {"heading": "INT. ROOM - DAY", "shots": [
                {"action": "Mara waits.", "characters": ["MARA"], "dialogue": [{"character": "MARA", "text": "Come in."}]},
                {"action": "Tom and Ada enter.", "characters": ["TOM", "ADA"],
                 "dialogue": [{"character": "TOM", "text": "Here.", "parenthetical": "laughs"}]},
            ]},
            {"heading": "EXT. ROOM - NIGHT", "elements": [
                {"type": "action", "text": "MARA and ADA walk."}, {"type": "action", "text": "TITLE CARD: Later"}]},
        ],
    }  # fmt: skip


def written(folder: Path, references: tuple[str, ...] = (), sample: str | None = None) -> Path:
    path = folder / "three.json"
    path.write_text(json.dumps(script_of(references, sample)))
    return path


def gathered(folder: Path, references: tuple[str, ...] = (), sample: str | None = None) -> tuple[assets.Found, ...]:
    return assets.gather(read_text(written(folder, references, sample).read_bytes(), "json", "three.json"), folder)


def adopted(folder: Path, references: tuple[str, ...] = (), sample: str | None = None) -> list[Artefact]:
    found = gathered(folder, references, sample)
    with Store.open(folder / "store") as store:
        assets.adopt(found, store)
        return [artefact for one in found if (artefact := store.get(one.asset.key))]


# -- pictures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_told_by_its_bytes_and_kept_as_png(tmp_path: Path, form: str) -> None:
    (tmp_path / "mara.dat").write_bytes(picture(form=form))
    (kept,) = adopted(tmp_path, ("mara.dat",))
    assert (kept.facts.kind, kept.facts.width_px, kept.facts.height_px) == ("image", 100, 80)
    assert (kept.making.model, kept.making.role) == ("user", "image")
    with Image.open(kept.path) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (100, 80))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "I;16"])
def test_a_picture_of_any_depth_becomes_rgb(tmp_path: Path, mode: str) -> None:
    data = picture() if mode == "I;16" else picture(mode=mode)
    if mode == "I;16":
        out = io.BytesIO()
        Image.fromarray(np.full((80, 100), 40_000, np.uint16)).save(out, "PNG")
        data = out.getvalue()
    (tmp_path / "a.png").write_bytes(data)
    (kept,) = adopted(tmp_path, ("a.png",))
    with Image.open(kept.path) as image:
        assert image.mode == "RGB"
        if mode == "I;16":
            assert abs(int(np.asarray(image).mean()) - round(40_000 / 257)) <= 1  # scaled, not clipped to white


def test_a_camera_held_upright_gives_an_upright_picture_and_a_large_one_is_made_smaller(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    (tmp_path / "a.jpg").write_bytes(picture(3000, 1500, "JPEG", exif=exif))
    (kept,) = adopted(tmp_path, ("a.jpg",))
    assert (kept.facts.width_px, kept.facts.height_px) == (1024, 2048)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds almost nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"not a picture", "not a PNG, JPEG or WebP picture"),
        (b"", "not a PNG, JPEG or WebP picture"),
        (picture(form="GIF"), "not a PNG, JPEG or WebP picture"),
        (picture(form="TIFF"), "not a PNG, JPEG or WebP picture"),
        (recording(), "not a PNG, JPEG or WebP picture"),
        (picture(20, 20), "20 x 20 pixels"),
        (picture(400, 400)[:2000], "is damaged"),
        (picture(400, 400, "JPEG")[:2000], "is damaged"),
        (png_header(9_000, 9_000), "more than 64 megapixels"),
        (png_header(60_000, 60_000), "more than 64 megapixels"),
        (png_header(1_000, 1_000), "is damaged"),
    ],
)
def test_what_is_no_picture_is_refused_in_our_own_words(tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "mara.png").write_bytes(data)
    with pytest.raises(InputError, match=why) as caught:
        adopted(tmp_path, ("mara.png",))
    assert "The picture 'mara.png' of MARA" in str(caught.value)
    assert "three.json at /characters/0/references/0" in str(caught.value)
    for word in ("PIL", "cannot identify", "truncated", "broken", "Error"):
        assert word not in str(caught.value)


# -- recordings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "channels"), [("WAV", 1), ("WAV", 2), ("FLAC", 2), ("OGG", 1), ("MP3", 2)])
def test_a_recording_becomes_mono_at_48_khz(tmp_path: Path, form: str, channels: int) -> None:
    (tmp_path / "mara.wav").write_bytes(recording(3.0, form, channels))
    (kept,) = adopted(tmp_path, sample="mara.wav")
    assert (kept.facts.kind, kept.facts.sample_rate_hz, kept.facts.channels) == ("audio", 48_000, 1)
    assert abs(kept.facts.samples - 3 * 48_000) < 5_000  # MP3 pads
    sound, rate = soundfile.read(kept.path)
    assert (rate, sound.ndim, len(sound)) == (48_000, 1, kept.facts.samples)
    assert soundfile.info(kept.path).subtype == "PCM_16"
    assert 0.3 < np.abs(sound).max() < 0.7


def test_of_a_long_recording_the_first_half_minute_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.flac").write_bytes(recording(70.0, "FLAC", rate=8_000))
    (kept,) = adopted(tmp_path, sample="a.flac")
    assert kept.facts.samples == 30 * 48_000


def truncated(data: bytes) -> bytes:
    """A WAV whose header promises what is not there: readers count what is."""
    return data[:8_000]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not a WAV, FLAC, OGG or MP3"),
        (b"", "not a WAV, FLAC, OGG or MP3"),
        (picture(), "not a WAV, FLAC, OGG or MP3"),
        (recording(form="AIFF"), "not a WAV, FLAC, OGG or MP3"),
        (b"RIFF\x24\0\0\0WAVEjunkjunkjunkjunkjunk", "is damaged"),
        (recording(0.5), "lasts 0.5 s"),
        (recording(310.0, rate=8_000), "lasts 310.0 s"),
        (truncated(recording(2.0)), "lasts 0.2 s"),
        (recording(2.0, rate=4_000), "1 channels of 4000"),
        (recording(2.0, loud=0.0), "is silent"),
    ],
)
def test_what_is_no_recording_is_refused_in_our_own_words(tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "mara.wav").write_bytes(data)
    with pytest.raises(InputError, match=why) as caught:
        adopted(tmp_path, sample="mara.wav")
    assert "The recording 'mara.wav' of MARA" in str(caught.value)
    assert "/characters/0/voice/sample" in str(caught.value)
    assert "libsndfile" not in str(caught.value)


# -- where they lie ------------------------------------------------------------------------------------------------------


def test_a_key_comes_from_the_bytes_alone(tmp_path: Path) -> None:
    (tmp_path / "faces").mkdir()
    (tmp_path / "a.png").write_bytes(picture())
    (tmp_path / "faces" / "b.jpg").write_bytes(picture())
    (tmp_path / "c.png").write_bytes(picture(101))
    one, same, other = gathered(tmp_path, ("a.png", "faces/b.jpg", "c.png"))
    assert one.asset.key == same.asset.key != other.asset.key
    assert len({artefact.path for artefact in adopted(tmp_path, ("a.png", "faces/b.jpg", "c.png"))}) == 2


@pytest.mark.parametrize("address", ["https://example.org/a.png", "file:///etc/passwd", "data:image/png;base64,AAAA"])
def test_a_web_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(InputError, match="is an address, not a file"):
        gathered(tmp_path, (address,))


@pytest.mark.parametrize("path", ["/etc/passwd", "../a.png", "faces/../../a.png", "~/a.png"])
def test_a_path_that_leaves_the_scripts_folder_is_refused_by_the_script_room(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError, match="/characters/0/references/0"):
        gathered(tmp_path, (path,))


def test_a_missing_file_is_an_error_of_a_render_and_a_warning_of_a_plan(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'mara\.png' of MARA is not there"):
        gathered(tmp_path, ("mara.png",))
    (tmp_path / "mara.wav").write_bytes(recording())
    script = read_text(written(tmp_path, ("mara.png",), "mara.wav").read_bytes(), "json", "three.json")
    there, warnings = assets.survey(script, tmp_path)
    assert [asset.source for asset in there] == ["mara.wav"]
    assert len(warnings) == 1
    assert "mara.png" in warnings[0]
    (tmp_path / "mara.png").mkdir()
    with pytest.raises(InputError, match="is not there"):
        gathered(tmp_path, ("mara.png",))


# -- whole films ---------------------------------------------------------------------------------------------------------

MODELS = {
    "voice": 'wants = ["sample"]',
    "still": 'wants = ["references"]\n[settings]\nmax_references = 3\nshort_side_px = 60',
    "camera": 'wants = ["keyframe", "speech"]\n[settings]\nshort_side_px = 60\n[grid]\nmax_frames = 25\noverlap_frames = 5',
}
SETTINGS = Settings(mode="testing", models={"speech": "voice", "image": "still", "video": "camera"}, workers=2)


@pytest.fixture
def testing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Films are made by the testing family."""
    made = testing_catalog(tmp_path / "catalog", MODELS)
    monkeypatch.setattr(studio, "Catalog", lambda: made)


def rendered(source: Path, folder: Path) -> tuple[film.Film, set[str]]:
    """The film, and the slots whose tasks were really started."""
    started: set[str] = set()
    made = film.render(
        source, folder, SETTINGS, listener=lambda event: started.add(event.key) if isinstance(event, TaskStarted) else None
    )
    return made, {slot for slot, key in made.plan.uses.items() if key in started}


def plan_of(folder: Path) -> Plan:
    return load_plan(json.loads((folder / "plan.json").read_text()))


@pytest.mark.slow
@pytest.mark.usefixtures("testing")
def test_a_film_is_made_through_sheets_keyframes_takes_and_upscaling(tmp_path: Path) -> None:
    (tmp_path / "mara.png").write_bytes(picture())
    (tmp_path / "mara.wav").write_bytes(recording())
    folder = tmp_path / "film"
    made, started = rendered(written(tmp_path, ("mara.png",), "mara.wav"), folder)
    assert made.missing == ()
    plan = plan_of(folder)
    assert plan == made.plan
    assert {slot for slot in started if slot.startswith("cast:")} == {"cast:TOM", "cast:ADA"}
    assert {slot.partition(":")[0] for slot in started} >= {"line", "nonverbal", "cast", "place", "keyframe", "take", "shot"}
    with Store.open(folder / ".cinema") as store:
        made_of = store.get_many(plan.uses.values())
    for shot in plan.shots:
        clip = made_of[plan.uses[f"shot:{shot.id}"]]
        assert (clip.facts.width_px, clip.facts.height_px) == (plan.width_px, plan.height_px)
        assert clip.facts.frames == shot.length_frames + shot.tail_frames
        if shot.coverage == "title":
            assert clip.making.model == "testing-title"
        else:
            assert clip.making.role == "upscale"
            assert made_of[plan.uses[f"take:{shot.id}"]].facts.height_px == 60
            assert made_of[plan.uses[f"keyframe:{shot.id}"]].facts.kind == "image"
    scheduled = {key for batch in json.loads((folder / "schedule.json").read_text())["batches"] for key in batch["keys"]}
    assert scheduled == {task.key for task in plan.tasks}
    report = json.loads((folder / "report.json").read_text())
    assert {shot["model"] for shot in report["shots"]} == {"camera", "testing-title"}
    models = {model["id"] for model in report["models"]}
    assert models >= {"voice", "still", "camera", "testing-nonverbal", "testing-title", "testing-upscale"}


@pytest.mark.slow
@pytest.mark.usefixtures("testing")
def test_a_film_goes_on_when_the_originals_are_gone_and_a_damaged_copy_is_taken_again(tmp_path: Path) -> None:
    face = tmp_path / "mara.png"
    face.write_bytes(picture())
    folder = tmp_path / "film"
    first, _ = rendered(written(tmp_path, ("mara.png",)), folder)
    face.rename(tmp_path / "elsewhere.png")
    assert film.resume(folder).plan == first.plan
    film.retake(folder, "1-1", film.Retake())
    started: list[str] = []
    back = film.retake(
        folder,
        "1-1",
        film.Retake(take=1),
        listener=lambda event: started.append(event.key) if isinstance(event, TaskStarted) else None,
    )
    assert started == []
    assert back.plan.uses == first.plan.uses

    with Store.open(folder / ".cinema") as store:
        kept = store.get(first.plan.assets[0].key)
    assert kept is not None
    kept.path.write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"mara\.png"):
        film.resume(folder)
    shutil.copy(tmp_path / "elsewhere.png", face)
    assert film.resume(folder).missing == ()
    with Image.open(kept.path) as image:
        assert image.size == (100, 80)


@pytest.mark.slow
@pytest.mark.usefixtures("testing")
def test_another_picture_makes_the_shots_that_show_her_anew_and_a_moved_one_nothing(tmp_path: Path) -> None:
    (tmp_path / "mara.png").write_bytes(picture())
    folder = tmp_path / "film"
    first, _ = rendered(written(tmp_path, ("mara.png",)), folder)
    (tmp_path / "faces").mkdir()
    (tmp_path / "mara.png").rename(tmp_path / "faces" / "m.png")
    assert rendered(written(tmp_path, ("faces/m.png",)), folder)[1] == set()
    (tmp_path / "faces" / "m.png").write_bytes(picture(101))
    shown = [shot.id for shot in first.plan.shots if "MARA" in shot.characters]
    again = rendered(written(tmp_path, ("faces/m.png",)), folder)[1]
    assert again == {f"{kind}:{shot}" for shot in shown for kind in ("keyframe", "take", "shot")}


@pytest.mark.slow
@pytest.mark.usefixtures("testing")
def test_a_plan_shows_the_tasks_of_each_model_and_names_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = [part for role, model in SETTINGS.models.items() for part in ("--set", f"models.{role}={model}")]
    assert run(["plan", str(written(tmp_path, ("mara.png",))), "--mode", "testing", *chosen]) == 0
    said = capsys.readouterr()
    for model in ("still", "camera", "voice", "testing-upscale", "testing-title", "testing-nonverbal"):
        assert model in said.out
    assert "mara.png" in said.err
    assert run(["render", str(tmp_path / "three.json"), "--out", str(tmp_path / "film"), "--mode", "testing", *chosen]) == 2
