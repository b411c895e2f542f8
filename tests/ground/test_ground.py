import math
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinema import paths
from cinema.catalog import Catalog, Grid, Mode, read_toml
from cinema.errors import Cancelled, CinemaError, InputError, LockedError, OutOfDiskError, Where
from cinema.events import LocalWatch, StageAdvanced, StageFinished, StageStarted, nobody
from cinema.identity import canonical_json, digest, file_digest, seed_from
from cinema.paths import inside, slug
from cinema.progress import FilmProgress
from cinema.settings import Settings
from cinema.units import human_bytes, human_seconds


def test_where_is_told_before_the_message() -> None:
    assert str(InputError("It is wrong.", where=Where(source="a.fountain", line=3))) == "a.fountain:3: It is wrong."
    assert (
        str(InputError("It is wrong.", where=Where(source="a.json", pointer="/scenes/0")))
        == "a.json at /scenes/0: It is wrong."
    )
    assert str(InputError("It is wrong.", where=Where(pointer=""))) == "at /: It is wrong."
    assert str(InputError("It is wrong.", where=Where(line=7))) == "line 7: It is wrong."
    assert str(CinemaError("It broke.")) == "It broke."
    assert LockedError("Held.", pid=7).pid == 7


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.booleans())))
def test_equal_values_have_equal_digests_whatever_their_order(value: dict[str, object]) -> None:
    turned = dict(reversed(list(value.items())))
    assert digest(value) == digest(turned)
    assert canonical_json(value).isascii()


def test_a_digest_has_no_room_for_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest({"a": math.nan})


def test_seeds_are_stable_and_differ() -> None:
    assert seed_from(1, "video", "x") == seed_from(1, "video", "x")
    assert len({seed_from(n) for n in range(1000)}) == 1000
    assert 0 <= seed_from("a") < 2**31


def test_file_digest(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert file_digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.text(max_size=200))
def test_slugs_are_safe_everywhere(text: str) -> None:
    name = slug(text)
    assert name
    assert len(name) <= 70
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_reserved_names_are_not_slugs() -> None:
    assert slug("CON") == "con-film"
    assert slug("…") == "film"


@pytest.mark.parametrize("name", ["", "..", "../x", "a/../../x", "/etc/x", "C:\\x", "c:x", "a\0b", "..\\x", "link/x"])
def test_names_that_would_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "film"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(InputError, match="would leave the folder"):
        inside(folder, name)


def test_names_inside_are_kept(tmp_path: Path) -> None:
    assert inside(tmp_path, "stems/a.wav") == tmp_path / "stems" / "a.wav"


def test_data_is_found_and_its_absence_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert (paths.data_dir("configs") / "modes").is_dir()
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "cinema" / "paths.py"))
    with pytest.raises(InputError, match="install Cinema again"):
        paths.data_dir("models")


def test_units() -> None:
    assert [human_bytes(n) for n in (12, 43_000_000_000, 1500, 2.5e12)] == ["12 B", "43.0 GB", "1.5 kB", "2.5 TB"]
    assert [human_seconds(n) for n in (0.42, 12.2, 185, 7800)] == ["0.4 s", "12 s", "3 min 05 s", "2 h 10 min"]


def test_precedence_of_settings(tmp_path: Path) -> None:
    (tmp_path / "cinema.toml").write_text('pace = 1.5\nmode = "animatic"\nseed = 1\n')
    settings = Settings.load(folder=tmp_path, environment={"CINEMA_SEED": "2", "CINEMA_PACE": "2"}, overrides={"pace": "3"})
    assert (settings.mode, settings.seed, settings.pace, settings.delivery) == ("animatic", 2, 3.0, "web")


@pytest.mark.parametrize(
    ("overrides", "environment", "toml", "said"),
    [
        ({"paec": 1}, {}, "", "--set: setting paec = 1.*The settings are mode"),
        ({"pace": "fast"}, {}, "", "--set: setting pace = 'fast'"),
        ({"pace": math.nan}, {}, "", "setting pace = nan"),
        ({}, {"CINEMA_SEED": "-1"}, "", "environment: setting seed = '-1'"),
        ({}, {}, "seed = true\nmodels = 3", r"cinema.toml: setting"),
        ({}, {}, "seed =", "not valid TOML"),
    ],
)
def test_wrong_settings_name_their_source(
    tmp_path: Path, overrides: dict[str, object], environment: dict[str, str], toml: str, said: str
) -> None:
    (tmp_path / "cinema.toml").write_text(toml)
    with pytest.raises(InputError, match=said):
        Settings.load(folder=tmp_path, overrides=overrides, environment=environment)


def test_an_unreadable_settings_file_is_a_disk_error(tmp_path: Path) -> None:
    with pytest.raises(OutOfDiskError, match="cannot be read"):
        read_toml(tmp_path / "none.toml", Mode)


def test_the_catalog_is_whole() -> None:
    catalog = Catalog()
    for name in catalog.names("modes"):
        for role, models in catalog.mode(name).roles.items():
            assert all(role in catalog.manifest(model).roles for model in models)
    assert {catalog.delivery(name).name for name in catalog.names("delivery")} == {"web", "ebu", "atsc", "streaming"}
    assert all(path == manifest.id for path, manifest in catalog.manifests.items())


def test_names_that_are_not_in_the_catalog() -> None:
    catalog = Catalog()
    for call, said in ((catalog.manifest, "no model"), (catalog.mode, "no mode"), (catalog.delivery, "no delivery")):
        with pytest.raises(InputError, match=said):
            call("../web")


def test_a_wrong_manifest_names_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('name = "x"\ntitle = "x"\nshort_side_px = "wide"\nroles = {}\n')
    with pytest.raises(InputError, match=r"x\.toml: short_side_px"):
        read_toml(path, Mode)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not valid TOML"):
        read_toml(path, Mode)


@given(st.integers(0, 2000), st.integers(1, 36), st.integers(0, 8), st.integers(1, 40))
def test_snapping_to_the_grid_is_idempotent_and_never_shortens(frames: int, step: int, offset: int, least: int) -> None:
    grid = Grid(frame_step=step, frame_offset=offset, min_frames=least)
    snapped = grid.frames_for(frames)
    assert snapped >= max(frames, least)
    assert grid.frames_for(snapped) == snapped
    assert (snapped - offset) % step == 0


def test_a_watch_counts_and_stops() -> None:
    seen: list[tuple[int, int]] = []
    watch = LocalWatch(on_step=lambda done, total: seen.append((done, total)))
    watch.step(1, 2)
    watch.cancelled = True
    with pytest.raises(Cancelled):
        watch.step(2, 2)
    assert seen == watch.steps == [(1, 2), (2, 2)]


def test_time_left_of_the_film_is_corrected_by_what_was_measured() -> None:
    heard: list[object] = []
    progress = FilmProgress(heard.append, {"speech": 10.0, "picture": 100.0, "cut": 10.0})
    progress(StageStarted(stage="speech", total=2))
    assert progress.seconds_left() == 120.0
    progress(StageAdvanced(stage="speech", done=1, total=2, fraction=0.5, seconds_left=5.0))
    assert isinstance(heard[-1], StageAdvanced)
    assert heard[-1].film_seconds_left == 115.0
    progress(StageFinished(stage="speech", seconds=20.0))
    assert progress.seconds_left() == 220.0
    assert progress.measured_seconds == {"speech": 20.0}
    nobody(StageFinished(stage="speech", seconds=20.0))


def test_settings_are_read_from_the_environment_of_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(os.environ, "CINEMA_DELIVERY", "ebu")
    assert Settings.load(folder=tmp_path).delivery == "ebu"


def test_the_cut_is_cancelled_at_its_next_event() -> None:
    cancel = threading.Event()
    progress = FilmProgress(nobody, {}, cancel)
    progress(StageStarted(stage="cut", total=3))
    cancel.set()
    with pytest.raises(Cancelled):
        progress(StageAdvanced(stage="cut", done=1, total=3, fraction=0.3, seconds_left=None))
