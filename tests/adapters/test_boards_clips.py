"""The boards as an adapter: files of the asked length and size, the same bytes again, stopping when asked."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import soundfile

from cinema.adapters.boards import Boards
from cinema.adapters.boards.speech import loudness
from cinema.adapters.contract import Device, InputArtefact, Job, LoadPlan
from cinema.adapters.registry import create
from cinema.artefact import MediaFacts
from cinema.catalog import Catalog
from cinema.errors import Cancelled, InputError, OutOfDiskError
from cinema.events import LocalWatch
from cinema.media import probe
from cinema.plan.staging import Figure, Silhouette, Speaking, Staging
from cinema.plan.task import ImageRequest, MusicRequest, VideoRequest

pytestmark = pytest.mark.slow
STAGING = Staging(
    setting="kitchen", place="k", interior=True, time_of_day="night", weather="storm", framing="medium", angle="eye",
    camera="push_in", focus="A", figures=(Figure(name="A", silhouette=Silhouette()),),
)  # fmt: skip
REQUEST = VideoRequest(prompt="", width_px=160, height_px=90, fps=Fraction(24), length_frames=25, staging=STAGING)


@pytest.fixture
def boards():
    adapter = create("boards")
    adapter.load(LoadPlan(manifest=Catalog().manifest("boards")), Device(threads=1))
    yield adapter
    adapter.unload()


def run(boards, request, folder, *, seed=1, inputs=(), watch=None):
    folder.mkdir()
    product = boards.run(Job(request=request, seed=seed, inputs=inputs), folder, watch or LocalWatch())
    return product.files[0], folder / product.files[0].name


@pytest.mark.parametrize(
    ("fps", "frames"), [(Fraction(24), 25), (Fraction(30), 1), (Fraction(60), 13), (Fraction(24000, 1001), 8)]
)
def test_a_clip_is_exactly_as_long_as_asked(boards, tmp_path, fps, frames):
    file, path = run(boards, replace(REQUEST, fps=fps, length_frames=frames), tmp_path / "a")
    assert file.name == "clip.mp4"
    assert file.facts.frames == frames
    found = probe(path).facts
    assert (found.frames, found.width_px, found.height_px, found.fps) == (frames, 160, 90, fps)


def test_same_job_same_bytes_and_another_seed_another_clip(boards, tmp_path):
    _, first = run(boards, REQUEST, tmp_path / "a")
    _, again = run(Boards(), REQUEST, tmp_path / "b")
    _, other = run(boards, REQUEST, tmp_path / "c", seed=2)
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != other.read_bytes()


def test_a_still_is_a_png_of_the_asked_size(boards, tmp_path):
    file, path = run(boards, ImageRequest(prompt="", width_px=120, height_px=160, staging=STAGING), tmp_path / "a")
    assert (file.name, file.facts.kind) == ("image.png", "image")
    assert cv2.imread(str(path)).shape == (160, 120, 3)


def test_a_request_without_staging_still_gives_a_picture(boards, tmp_path):
    _, path = run(boards, replace(REQUEST, staging=None, prompt="a boat on the sea", length_frames=2), tmp_path / "a")
    assert probe(path).facts.frames == 2


def test_stopping_leaves_no_clip(boards, tmp_path):
    watch = LocalWatch()

    def stop(done, total):
        watch.cancelled = done >= 8

    watch.on_step = stop
    with pytest.raises(Cancelled):
        run(boards, REQUEST, tmp_path / "a", watch=watch)
    assert list((tmp_path / "a").iterdir()) == []


def test_progress_rises_to_the_end(boards, tmp_path):
    watch = LocalWatch()
    run(boards, REQUEST, tmp_path / "a", watch=watch)
    assert watch.steps == sorted(watch.steps)
    assert watch.steps[-1] == (25, 25)
    assert len(watch.steps) >= 4


def speech_input(path, samples):
    soundfile.write(path, samples, 48_000)
    return InputArtefact(key="k", main="speech.wav", files={"speech.wav": path}, facts=MediaFacts(kind="audio"))


def test_the_voice_heard_moves_the_mouth(boards, tmp_path):
    tone = np.sin(np.arange(48_000) * 0.05) * (np.arange(48_000) // 8_000 % 2) * 0.5
    loud = speech_input(tmp_path / "speech.wav", tone)
    levels = loudness(tmp_path / "speech.wav", 1 / 12)
    assert len(levels) == 12
    assert levels.max() == 1.0
    assert levels.min() < 0.05
    spoken = replace(REQUEST, speaking=(Speaking(name="A", start_frame=0, length_frames=24, input=0),))
    _, with_voice = run(boards, spoken, tmp_path / "a", inputs=(loud,))
    quiet = speech_input(tmp_path / "quiet.wav", np.zeros(48_000))
    _, without = run(boards, spoken, tmp_path / "b", inputs=(quiet,))
    assert with_voice.read_bytes() != without.read_bytes()
    guessed = replace(REQUEST, speaking=(Speaking(name="A", start_frame=0, length_frames=24),))
    _, babbled = run(boards, guessed, tmp_path / "c")
    assert babbled.read_bytes() != without.read_bytes()


def test_bad_requests_are_refused_in_a_sentence(boards, tmp_path):
    with pytest.raises(InputError, match="cannot serve"):
        run(boards, MusicRequest(mood="calm", length_samples=1), tmp_path / "a")
    with pytest.raises(InputError, match="0 frames"):
        run(boards, replace(REQUEST, length_frames=0), tmp_path / "b")
    missing = replace(REQUEST, speaking=(Speaking(name="A", start_frame=0, length_frames=9, input=3),))
    with pytest.raises(InputError, match="input 3"):
        run(boards, missing, tmp_path / "c")
    (tmp_path / "noise.wav").write_bytes(b"no sound")
    with pytest.raises(OutOfDiskError, match=r"noise\.wav"):
        loudness(tmp_path / "noise.wav", 0.1)


def test_the_manifest_says_what_the_boards_want():
    manifest = Catalog().manifest("boards")
    assert manifest.wants == ("staging", "speech")
    assert set(manifest.roles) == {"video", "image", "title"}
    assert not manifest.needs_gpu
    assert manifest.speed[0].measured
