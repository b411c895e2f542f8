from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from assembly_reels import HEIGHT_PX, WIDTH_PX, coded, number_of, write_clip, write_sound

from cinema.errors import CinemaError, InputError, OutOfDiskError
from cinema.media import ClipWriter, key_interval_frames, probe, read_frames, still, write_png
from cinema.media.conform import ColourConverter, PictureEncoder

pytestmark = pytest.mark.slow
RATES = [Fraction(24), Fraction(25), Fraction(24000, 1001), Fraction(60)]


def header(path: Path) -> bytes | None:
    with av.open(str(path)) as container:
        return container.streams.video[0].codec_context.extradata


@pytest.mark.parametrize("fps", RATES)
def test_a_clip_has_exactly_its_frames_and_its_key_frames_where_the_cut_room_expects_them(tmp_path: Path, fps: Fraction):
    take = write_clip(tmp_path / "clip.mp4", 0, 70, fps)
    facts = probe(take.path).facts
    assert (facts.frames, facts.fps, facts.width_px, facts.height_px) == (70, fps, WIDTH_PX, HEIGHT_PX)
    with av.open(str(take.path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.pts is not None]
        keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
        assert keys == list(range(0, 70, key_interval_frames(fps)))
        assert all(packet.pts == packet.dts for packet in packets)
        assert all(packet.pts * packet.time_base == number / fps for number, packet in enumerate(packets))


def test_the_same_pictures_give_the_same_bytes_and_every_clip_the_same_header(tmp_path: Path):
    one, two = (write_clip(tmp_path / name, 0, 30, Fraction(24)) for name in ("a.mp4", "b.mp4"))
    other = write_clip(tmp_path / "c.mp4", 500, 13, Fraction(24), shade=10)
    encoder = PictureEncoder(width_px=WIDTH_PX, height_px=HEIGHT_PX, fps=Fraction(24))
    assert one.path.read_bytes() == two.path.read_bytes()
    assert header(one.path) == header(other.path) == encoder.headers


def test_a_repeated_frame_is_a_frame(tmp_path: Path):
    with ClipWriter(tmp_path / "twos.mp4", width_px=WIDTH_PX, height_px=HEIGHT_PX, fps=Fraction(24)) as writer:
        for number in range(20):
            writer.write(coded(number), repeat=2)
    assert writer.close().frames == 40
    assert [number_of(picture) for picture in read_frames(writer.path)] == [n // 2 for n in range(40)]


@pytest.mark.parametrize("start", [0, 1, 11, 12, 13, 29])
def test_reading_begins_and_ends_where_it_was_asked(tmp_path: Path, start: int):
    take = write_clip(tmp_path / "clip.mp4", 0, 30, Fraction(24000, 1001))
    assert [number_of(picture) for picture in read_frames(take.path, start, 30)] == list(range(start, 30))
    assert number_of(still(take.path, start)) == start
    with pytest.raises(InputError, match="ends at frame 30"):
        list(read_frames(take.path, start, 31))


def test_colours_are_bt709_and_come_back(tmp_path: Path):
    colours = np.array([[230, 40, 30], [20, 160, 60], [30, 60, 220], [128, 128, 128], [250, 240, 90]], np.uint8)
    picture = np.repeat(np.repeat(colours[None], HEIGHT_PX, axis=0), WIDTH_PX // 5, axis=1)
    frame = ColourConverter().to_video(picture, "rgb24")
    luma = frame.to_ndarray()[HEIGHT_PX // 2, WIDTH_PX // 10 :: WIDTH_PX // 5]
    exact = 16 + 219 * (colours / 255 @ np.array([0.2126, 0.7152, 0.0722]))
    assert np.abs(luma - exact).max() <= 0.6
    with ClipWriter(tmp_path / "c.mp4", width_px=WIDTH_PX, height_px=HEIGHT_PX, fps=Fraction(24), pixel_format="rgb24") as clip:
        clip.write(picture)
    back = still(tmp_path / "c.mp4", 0)[HEIGHT_PX // 2, WIDTH_PX // 10 :: WIDTH_PX // 5]
    assert np.abs(back.astype(int) - colours).max() <= 6
    assert probe(tmp_path / "c.mp4").colour == "bt709/tv"


def test_an_exception_leaves_no_partial_clip(tmp_path: Path):
    path = tmp_path / "clip.mp4"

    def broken() -> None:
        with ClipWriter(path, width_px=64, height_px=64, fps=Fraction(24)) as writer:
            writer.write(np.zeros((64, 64, 3), np.uint8))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert not path.exists()


def test_what_cannot_be_a_clip_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="63x64"):
        ClipWriter(tmp_path / "a.mp4", width_px=63, height_px=64, fps=Fraction(24))
    with pytest.raises(CinemaError, match="23 frames"):
        ClipWriter(tmp_path / "a.mp4", width_px=64, height_px=64, fps=Fraction(23))
    with pytest.raises(OutOfDiskError, match="cannot be written"):
        ClipWriter(tmp_path / "nowhere" / "a.mp4", width_px=64, height_px=64, fps=Fraction(24))
    with pytest.raises(CinemaError, match="without a single frame"):
        ClipWriter(tmp_path / "a.mp4", width_px=64, height_px=64, fps=Fraction(24)).close()
    writer = ClipWriter(tmp_path / "a.mp4", width_px=64, height_px=64, fps=Fraction(24))
    with pytest.raises(CinemaError, match="does not fit"):
        writer.write(np.zeros((32, 64, 3), np.uint8))
    writer.discard()


@pytest.mark.parametrize("name", ["list.mp4", "list.wav", "list.m4a"])
def test_a_file_that_names_other_files_is_not_followed(tmp_path: Path, name: str):
    write_clip(tmp_path / "secret.mp4", 0, 5, Fraction(24))
    (tmp_path / name).write_text("ffconcat version 1.0\nfile secret.mp4\n")
    with pytest.raises(InputError, match="not a whole"):
        probe(tmp_path / name)


def test_hostile_and_missing_files(tmp_path: Path):
    take = write_clip(tmp_path / "clip.mp4", 0, 40, Fraction(24))
    whole = take.path.read_bytes()
    for cut in (0, 7, 40, len(whole) // 2):
        (tmp_path / "cut.mp4").write_bytes(whole[:cut])
        with pytest.raises(InputError):
            list(read_frames(tmp_path / "cut.mp4", 0, 40))
    with pytest.raises(InputError, match="not a media file"):
        probe(tmp_path / "x.m3u8")
    with pytest.raises(OutOfDiskError, match="cannot be read"):
        probe(tmp_path / "none.mp4")
    sound = write_sound(tmp_path / "s.wav", np.zeros(4800))
    assert probe(sound).facts.samples == 4800
    with pytest.raises(InputError, match="no picture"):
        still(sound, 0)


def test_a_png_keeps_every_pixel(tmp_path: Path):
    import cv2

    facts = write_png(tmp_path / "a.png", coded(1234))
    assert (facts.width_px, facts.height_px) == (WIDTH_PX, HEIGHT_PX)
    assert np.array_equal(cv2.imread(str(tmp_path / "a.png"))[:, :, ::-1], coded(1234))
    with pytest.raises(OutOfDiskError):
        write_png(tmp_path / "no" / "a.png", coded(1), pixel_format="bgr24")
