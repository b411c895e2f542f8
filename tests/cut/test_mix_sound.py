from __future__ import annotations

import re
import subprocess
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile
from assembly_reels import bed, sound_clip, voice, write_sound
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cinema.catalog import Delivery
from cinema.cut.aac import encode, window
from cinema.cut.duck import AMBIENCE_DUCK_DB, MUSIC_DUCK_DB, STEP_SAMPLES, duck, ducking, heard_steps
from cinema.cut.filters import bandpass, biquads, filtered, kernel, lowpass
from cinema.cut.limiter import limiter_knots, master
from cinema.cut.loudness import Meter, integrated
from cinema.cut.mastering import master_and_encode, measure
from cinema.cut.mix import BLOCK_SAMPLES, Bus, lay_stems
from cinema.cut.timeline import SoundClip, Timeline
from cinema.cut.voices import close, delivered, level_dbfs, off_screen, pan_gains, telephone
from cinema.errors import InputError, OutOfDiskError
from cinema.media.reader import open_media
from cinema.timebase import SAMPLE_RATE_HZ

WEB = Delivery(name="web", title="Web", loudness_lufs=-14, true_peak_dbtp=-1)


def timeline_of(sound: list[SoundClip], frames: int) -> Timeline:
    return Timeline(
        title="T", fps=Fraction(24), width_px=320, height_px=180, length_frames=frames, picture=(), sound=tuple(sound),
        captions=(), chapters=(),
    )  # fmt: skip


def metered(sound: np.ndarray, block: int = 30_000) -> Meter:
    meter = Meter()
    for start in range(0, sound.shape[1], block):
        meter.add(sound[:, start : start + block])
    return meter


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_meter_agrees_with_ffmpeg(tmp_path: Path, seed: int):
    rng = np.random.default_rng(seed)
    at = np.arange(SAMPLE_RATE_HZ * 12)
    loud = np.repeat(rng.uniform(0.02, 0.5, 12), SAMPLE_RATE_HZ)
    near_half_rate = np.sin(at * np.pi * (0.49 + 0.001 * seed) + 0.8)
    sound = np.stack([near_half_rate * loud, rng.normal(0, 0.2, len(at)) * loud]).astype(np.float32)
    soundfile.write(tmp_path / "s.wav", sound.T, SAMPLE_RATE_HZ, subtype="FLOAT")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-f", "wav", "-i", str(tmp_path / "s.wav")]
    text = subprocess.run(
        [*command, "-af", "ebur128=peak=true", "-f", "null", "-"], capture_output=True, text=True, check=True
    ).stderr
    summary = text[text.rindex("Summary:") :]
    meter = metered(sound)
    loudness = integrated(meter.powers)
    assert loudness is not None
    assert loudness == pytest.approx(float(re.search(r"I:\s+(-[\d.]+)", summary)[1]), abs=0.06)
    peak = 20 * np.log10(meter.peaks().max())
    # Another interpolator, on noise: ours may find a little more, never less.
    assert -0.1 <= peak - float(re.search(r"Peak:\s+(-?[\d.]+)", summary)[1]) <= 0.35


def test_loudness_does_not_depend_on_the_blocks_and_is_undefined_for_too_little():
    sound = (np.random.default_rng(3).normal(0, 0.1, (2, 100_000))).astype(np.float32)
    one, many = metered(sound, 100_000), metered(sound, 997)
    assert np.allclose(one.powers, many.powers)
    assert np.allclose(one.peaks(), many.peaks())
    assert integrated(metered(sound[:, :19_000]).powers) is None
    assert integrated(metered(np.zeros((2, 96_000), np.float32)).powers) is None
    assert metered(sound[:, :10]).peaks().shape == (1,)


def test_dialogue_loudness_counts_only_what_is_heard():
    quiet, loud = np.full(40, 1e-4), np.full(40, 1e-2)
    powers = np.concatenate([quiet, loud])
    heard = np.arange(80) < 36
    assert integrated(powers, heard) == pytest.approx(-0.691 - 40, abs=0.01)
    assert integrated(powers, np.zeros(80, bool)) == integrated(powers)


@given(
    peaks=arrays(np.float32, st.integers(1, 300), elements=st.floats(0, 4, width=32)),
    gain_db=st.floats(-20, 20),
    ceiling=st.floats(-6, 0),
)
@settings(deadline=None)
def test_the_limiter_never_lets_a_peak_through(peaks: np.ndarray, gain_db: float, ceiling: float):
    knots = limiter_knots(peaks, gain_db, ceiling)
    assert len(knots) == len(peaks) + 1
    assert (knots <= 1).all()
    most = np.maximum(knots[:-1], knots[1:]) * peaks.astype(float) * 10 ** (gain_db / 20)
    assert most.max() <= 10 ** (ceiling / 20) * (1 + 1e-5)
    steps_db = np.diff(20 * np.log10(knots))
    assert steps_db.min() >= -6.0001
    assert steps_db.max() <= 0.1601


def test_a_silent_mix_gets_no_gain_and_single_cracks_are_not_crushed():
    assert master(np.zeros(50), np.zeros(5000, np.float32), target_lufs=-14, ceiling_dbtp=-1.5).gain_db == 0
    powers, peaks = np.full(100, 1e-6), np.zeros(10_000, np.float32)
    peaks[5000] = 1.0
    made = master(powers, peaks, target_lufs=-14, ceiling_dbtp=-1.5)
    assert made.gain_db == pytest.approx(10.5, abs=0.01)
    assert made.limited_db == pytest.approx(12, abs=0.01)


def test_the_duck_is_down_before_the_voice_and_up_after():
    heard = np.zeros(600, bool)
    heard[200:300] = True
    heard[240:260] = False
    down = ducking(heard)
    assert len(down) == 601
    assert down[200] == pytest.approx(1, abs=0.1)
    assert down[205:300].min() > 0.99
    assert down[:150].max() == 0
    assert down[400:].max() == 0
    assert np.abs(np.diff(down)).max() < 0.06
    block = np.ones((2, 200 * STEP_SAMPLES), np.float32)
    duck(block, 150 * STEP_SAMPLES, down, MUSIC_DUCK_DB)
    assert block[0, 100 * STEP_SAMPLES] == pytest.approx(10 ** (MUSIC_DUCK_DB / 20), rel=1e-3)
    assert block[0, 0] == 1
    assert not ducking(np.zeros(5, bool)).any()
    assert heard_steps(np.full((2, 700), 0.1, np.float32)).tolist() == [True, True]


def test_a_telephone_keeps_the_band_of_the_wire_and_others_their_character():
    at = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    tones = {hz: np.stack([0.2 * np.sin(2 * np.pi * hz * at)] * 2).astype(np.float32) for hz in (80, 1000, 9000)}

    def kept(change, hz: int) -> float:
        return float(np.sqrt(np.square(change(tones[hz])[:, 4800:]).mean() / np.square(tones[hz]).mean()))

    assert kept(telephone, 1000) > 0.5
    both = np.concatenate([telephone(tones[80] * 0.1 + tones[1000]), telephone(tones[9000] * 0.1 + tones[1000])], axis=1)
    spectrum = np.abs(np.fft.rfft(both[0]))
    hz = np.fft.rfftfreq(both.shape[1], 1 / SAMPLE_RATE_HZ)
    assert spectrum[hz < 120].max() < spectrum.max() / 300
    assert kept(off_screen, 9000) < 0.5 * kept(off_screen, 1000)
    assert kept(close, 80) > 1.1
    assert not telephone(np.zeros((2, 500), np.float32)).any()
    assert delivered(tones[80], "on_screen") is tones[80]
    assert {d: delivered(tones[80], d).shape for d in ("phone", "off_screen", "voice_over")}.keys() == {
        "phone",
        "off_screen",
        "voice_over",
    }


@pytest.mark.parametrize("samples", [300, 19_200, 50_001])
def test_filters_are_those_of_the_book(samples: int):
    from scipy.signal import butter, sosfilt

    sound = np.random.default_rng(samples).normal(0, 0.2, (2, samples)).astype(np.float32)
    rows = [[1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585]]
    pairs = [
        (lowpass(1, 180.0), butter(1, 180, "lowpass", fs=SAMPLE_RATE_HZ, output="sos")),
        (lowpass(4, 2600.0), butter(4, 2600, "lowpass", fs=SAMPLE_RATE_HZ, output="sos")),
        (bandpass(3, 300.0, 3400.0), butter(3, (300, 3400), "bandpass", fs=SAMPLE_RATE_HZ, output="sos")),
        (biquads([row[:3] + row[4:] for row in rows]), np.array(rows)),
    ]
    for response, sections in pairs:
        assert np.abs(filtered(kernel(response), sound) - sosfilt(sections, sound, axis=1)).max() < 2e-6


def test_levels_and_places():
    assert level_dbfs(np.zeros((2, 4000), np.float32)) is None
    assert level_dbfs(np.full((2, 100), 0.1, np.float32)) == pytest.approx(-20, abs=0.01)
    assert pan_gains(0) == pytest.approx((1, 1))
    left, right = pan_gains(-0.3)
    assert left > 1 > right
    assert left**2 + right**2 == pytest.approx(2)


def bus_of(clips: list[SoundClip], samples: int, block: int = BLOCK_SAMPLES) -> np.ndarray:
    bus = Bus(clips)
    made = [bus.block(start, min(block, samples - start)) for start in range(0, samples, block)]
    bus.close()
    return np.concatenate(made, axis=1)


def test_a_clip_lies_at_its_sample_whatever_the_blocks(tmp_path: Path):
    path = write_sound(tmp_path / "a.wav", voice(0.7))
    clip = sound_clip(path, "sound:1", 50_001, fade_in_samples=240, fade_out_samples=240)
    one = bus_of([clip], 100_000, 100_000)
    assert np.allclose(one, bus_of([clip], 100_000, 7_001), atol=1e-6)
    assert not one[:, :50_001].any()
    assert not one[:, 50_001 + 33_600 :].any()
    shape = one[0, 50_001 + 1000 : 50_001 + 9000]
    source = voice(0.7)[1000:9000]
    assert np.corrcoef(shape, source)[0, 1] > 0.9999


def test_a_loop_has_no_seam_and_no_hole(tmp_path: Path):
    rng = np.random.default_rng(5)
    path = write_sound(tmp_path / "rain.wav", rng.normal(0, 0.05, (48_000, 2)))
    clip = sound_clip(path, "ambience:0", 1000, 400_000, loop=True)
    made = bus_of([clip], 401_000)
    powers = np.square(made[0, 1000:]).reshape(-1, 4000).mean(axis=1)
    assert powers.max() / powers.min() < 1.6
    assert np.allclose(made, bus_of([clip], 401_000, 9_999), atol=1e-6)


def test_other_rates_are_resampled_and_long_sources_are_read_in_passing(tmp_path: Path):
    path = write_sound(tmp_path / "s.wav", voice(1.0)[::2], 24_000)
    clip = sound_clip(path, "line:1", 0, 48_000)
    made = bus_of([clip], 48_000)
    assert np.corrcoef(made[0], voice(1.0))[0, 1] > 0.99
    long = write_sound(tmp_path / "m.wav", bed(32))
    piece = bus_of([sound_clip(long, "music:0", 0, gain_db=-6.0)], 32 * 48_000)
    assert np.corrcoef(piece[1], bed(32)[:, 1])[0, 1] > 0.9999


def test_sources_that_cannot_be_read_are_named(tmp_path: Path):
    (tmp_path / "bad.wav").write_text("ffconcat version 1.0\nfile x\n")
    good = sound_clip(write_sound(tmp_path / "a.wav", np.zeros(100)), "sound:1", 0)
    from dataclasses import replace

    with pytest.raises(InputError, match=r"bad\.wav"):
        bus_of([replace(good, path=tmp_path / "bad.wav")], 1000)
    with pytest.raises(OutOfDiskError, match=r"gone\.wav"):
        bus_of([replace(good, path=tmp_path / "gone.wav")], 1000)
    soundfile.write(tmp_path / "a.flac", np.zeros(100), 48_000)
    with pytest.raises(InputError, match="FLAC"):
        bus_of([replace(good, path=tmp_path / "a.flac")], 1000)


def test_stems_are_ducked_and_their_sum_is_what_was_measured(tmp_path: Path):
    line, music = write_sound(tmp_path / "v.wav", voice(3)), write_sound(tmp_path / "m.wav", bed(12))
    rain = write_sound(tmp_path / "r.wav", np.random.default_rng(1).normal(0, 0.05, (96_000, 2)))
    sound = [
        sound_clip(line, "line:1", 4 * SAMPLE_RATE_HZ),
        sound_clip(music, "music:0", 0),
        sound_clip(rain, "ambience:0", 0, 12 * SAMPLE_RATE_HZ, loop=True),
    ]
    mix = lay_stems(timeline_of(sound, 288), tmp_path)
    stems = [soundfile.read(path, dtype="float32")[0].T for path in mix.stems]
    assert [stem.shape for stem in stems] == [(2, 576_000)] * 3
    assert soundfile.info(mix.stems[0]).subtype == "PCM_24"

    def fall(stem: np.ndarray) -> float:
        def level(start: float) -> float:
            span = stem[:, int(start * SAMPLE_RATE_HZ) : int((start + 1) * SAMPLE_RATE_HZ)]
            return float(10 * np.log10(np.square(span).mean()))

        return level(5) - level(1)

    assert fall(stems[1]) == pytest.approx(MUSIC_DUCK_DB, abs=0.3)
    assert fall(stems[2]) == pytest.approx(AMBIENCE_DUCK_DB, abs=0.3)
    assert np.allclose(metered(sum(stems)).powers, mix.powers, rtol=1e-3)
    made = mix.master(WEB)
    finished = np.concatenate(list(mix.mastered(made)), axis=1)
    assert np.abs(finished - sum(stems) * 10 ** (made.gain_db / 20)).max() < 0.02 + (made.limited_db > 0)
    assert integrated(metered(finished).powers) == pytest.approx(-14, abs=0.05)
    assert 20 * np.log10(metered(finished).peaks().max()) <= -1.45


@pytest.mark.slow
@pytest.mark.parametrize("samples", [100, 2000, 19_200, 100_000])
def test_a_very_short_or_silent_film_has_sound_of_its_length(tmp_path: Path, samples: int):
    frames = max(samples // 2000, 1)
    path = write_sound(tmp_path / "a.wav", voice(2))
    clips = [] if samples == 2000 else [sound_clip(path, "line:1", 0, frames * 2000)]
    mastered = master_and_encode(lay_stems(timeline_of(clips, frames), tmp_path), tmp_path, WEB)
    meter = measure(mastered.path)
    assert frames * 2000 <= meter.samples < frames * 2000 + 1024
    if not clips:
        assert (mastered.loudness_lufs, mastered.true_peak_dbtp, mastered.master.gain_db) == (None, None, 0)
    if frames >= 50:
        assert mastered.loudness_lufs == pytest.approx(-14, abs=0.5)


@pytest.mark.slow
def test_two_halves_encoded_at_once_are_joined_without_a_seam(tmp_path: Path):
    at = np.arange(30 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    sound = np.stack([0.2 * np.sin(2 * np.pi * 220 * at * (1 + c / 100)) for c in range(2)]).astype(np.float32)
    starts: list[int] = []

    def blocks(start: int, stop: int):
        starts.append(start)
        return (sound[:, n : min(n + 48_000, stop)] for n in range(start, stop, 48_000))

    encode(blocks, sound.shape[1], tmp_path / "a.m4a", bitrate_bps=256_000)
    assert len(starts) == 2
    with open_media(tmp_path / "a.m4a") as container:
        back = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert 0 <= back.shape[1] - sound.shape[1] < 1024
    error = np.abs(back[:, : sound.shape[1]] - sound)
    middle = max(starts)
    assert error[:, middle : middle + 80 * 1024].max() <= 1.2 * error[:, 20_000 : middle - 1024].max()
    assert window(b"") is None
    assert window(bytes([0b00100001, 0b00010000])) == 1
    assert window(bytes([0b00100001, 0b01010000])) is None
