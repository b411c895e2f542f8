"""Joins without a seam, rates without stutter: measured on footage whose truth is known."""

from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cinema.adapters.kit.frames import covered, cropped, joined, quantised, resized, retimed
from cinema.media import Picture

HEIGHT, WIDTH = 180, 320
NTSC = Fraction(24000, 1001)


def texture(seed: int, height: int, width: int) -> NDArray[np.float32]:
    """Coarse and fine, as pictures are."""
    dice = np.random.default_rng(seed)
    made = np.zeros((height, width, 3), np.float32)
    for cell, weight in ((4, 0.2), (16, 0.35), (64, 0.45)):
        coarse = dice.integers(0, 256, (height // cell, width // cell, 3)).astype(np.float32)
        made += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(made, 0, 255)


GROUND, FIGURE = texture(1, 512, 1024), texture(2, 128, 128)


def seen(seconds: float, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.float32]:
    """The truth at a moment: the camera pans, and a figure crosses it the other way."""
    pan: NDArray[np.float32] = np.array([[1, 0, 40 + 66 * seconds], [0, 1, 30 + 21 * seconds]], np.float32)
    walk: NDArray[np.float32] = np.array([[1, 0, -220 + 120 * seconds], [0, 1, -30]], np.float32)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    ground = cv2.warpAffine(GROUND, pan, (width, height), flags=how, borderMode=cv2.BORDER_REFLECT)
    figure = cv2.warpAffine(FIGURE, walk, (width, height), flags=how, borderValue=(-1.0, -1.0, -1.0))
    return np.where(figure.min(axis=2, keepdims=True) < 0, ground, figure).astype(np.float32)


def film(frames: int, rate: Fraction) -> list[Picture]:
    return [np.rint(seen(float(index / rate))).astype(np.uint8) for index in range(frames)]


def psnr(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    error = float(np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2))
    return 10 * float(np.log10(255**2 / max(error, 1e-9)))


def drifting(lengths: tuple[int, ...], overlap: int, *, grain: float = 0.0) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """Windows of one slow shot, each with contrast and tint of its own, as of a model that goes on from its own frames."""
    dice = np.random.default_rng(5)
    start = 0
    for number, length in enumerate(lengths):
        truth = np.stack([slowly(start + index) for index in range(length)])
        tint = np.array([1 + 0.05 * number, 1 - 0.03 * number, 1 + 0.02 * number], np.float32)
        shown = 110 + (truth - 110) * tint + np.array([6, -4, 5], np.float32) * number
        shown += dice.normal(0, grain, shown.shape)
        yield np.clip(np.rint(shown), 0, 255).astype(np.uint8), overlap if number else 0
        start += length - overlap


def slowly(frame: int) -> NDArray[np.float32]:
    """A quarter of a pixel a frame: motion hides no jump."""
    return seen(0.1 * frame / 24)


def changes(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The mean absolute difference of every frame to the next."""
    return np.abs(np.diff(frames.astype(np.int16), axis=0)).mean(axis=(1, 2, 3))


@pytest.mark.slow
@pytest.mark.parametrize("overlap", [1, 5, 9, 17])
@pytest.mark.parametrize(("grain", "softest"), [(0.0, 0.8), (3.0, 0.6)])
def test_a_join_is_not_seen(overlap: int, grain: float, softest: float) -> None:
    """No jump and no standstill at a seam, and the last window has the first one's colours.

    Two windows' grain is averaged where they overlap, which leaves 0.7 of it for a frame or two.
    """
    lengths = (49, 49, 41)
    frames = np.stack(list(joined(drifting(lengths, overlap, grain=grain))))
    assert len(frames) == sum(lengths) - 2 * overlap
    moved = changes(frames)
    truth = np.stack([slowly(index) for index in range(len(frames))])
    drift = frames.mean(axis=(1, 2)) - truth.mean(axis=(1, 2))
    jumps = np.abs(np.diff(drift, axis=0)).max(axis=1)
    for seam in (49 - overlap, 98 - 2 * overlap):
        usual = np.median(np.concatenate([moved[seam - 8 : seam - 2], moved[seam + overlap + 2 : seam + overlap + 6]]))
        at_seam = moved[seam - 1 : seam + overlap]
        assert at_seam.max() < 1.15 * usual
        assert at_seam.min() > softest * usual
        assert jumps[seam - 1 : seam + overlap].max() < 0.1
    assert np.abs(drift).max() < 1.0


def test_without_matching_these_windows_would_jump() -> None:
    """What the test above would miss if the footage did not drift."""
    first, second = (frames for frames, _ in drifting((33, 33), 9))
    frames = np.concatenate([first, second[9:]])
    moved = changes(frames)
    assert moved[32] > 3 * np.median(moved)
    assert np.abs(np.diff(frames.mean(axis=(1, 2)), axis=0)).max(axis=1)[32] > 3


def test_a_window_that_goes_on_from_black_keeps_its_own_contrast() -> None:
    """Almost flat frames tell little about contrast; what follows the fade is not changed by their noise."""
    dice = np.random.default_rng(6)

    def dark(sigma: float) -> NDArray[np.uint8]:
        return np.clip(np.rint(16 + dice.normal(0, sigma, (9, HEIGHT, WIDTH, 3))), 0, 255).astype(np.uint8)

    bright = np.stack(film(4, Fraction(24)))
    frames = np.stack(list(joined([(dark(1.2), 0), (np.concatenate([dark(0.6), bright]), 9)])))
    assert len(frames) == 13
    assert np.abs(frames[9:].astype(np.int16) - bright).max() <= 8


def test_one_window_comes_as_it_is() -> None:
    frames = np.stack(film(5, Fraction(24)))
    assert np.array_equal(np.stack(list(joined([(frames, 0)]))), frames)
    assert not list(joined([]))


RATES = [(Fraction(16), Fraction(24)), (Fraction(25), Fraction(24)), (Fraction(30), Fraction(24)), (Fraction(24), NTSC)]


@pytest.mark.parametrize(("rate", "fps"), RATES, ids=str)
def test_another_rate_has_the_exact_count_and_keeps_the_frames_that_coincide(rate: Fraction, fps: Fraction) -> None:
    source = film(26, rate)
    count = int(25 * fps / rate) + 1
    made = list(retimed(iter(source), rate, fps, count))
    assert len(made) == count
    coincident = [index for index in range(count) if (index * rate / fps).denominator == 1]
    assert coincident[0] == 0
    assert len(coincident) > 1 or fps == NTSC
    for index in coincident:
        assert np.array_equal(made[index], source[int(index * rate / fps)])


@pytest.mark.parametrize(("rate", "fps"), RATES[:3], ids=str)
def test_frames_between_are_nearer_the_truth_than_repeated_or_blended_ones(rate: Fraction, fps: Fraction) -> None:
    """On motion that was held out: against the nearest frame, and against a plain cross-fade of the two."""
    source = film(14, rate)
    count = int(13 * fps / rate) + 1
    gains: list[tuple[float, float]] = []
    for index, made in enumerate(retimed(iter(source), rate, fps, count)):
        place = index * rate / fps
        if place.denominator == 1:
            continue
        first, part = int(place), float(place - int(place))
        truth = seen(float(index / fps))
        blended = source[first] * (1 - part) + source[first + 1] * part
        ours = psnr(made, truth)
        gains.append((ours - psnr(source[round(place)], truth), ours - psnr(blended, truth)))
    repeated, blended = np.mean(gains, axis=0)
    assert repeated > 6
    assert blended > 4


def test_what_enters_at_the_edge_is_taken_from_the_frame_that_shows_it() -> None:
    """A pan of 20 pixels a frame: the border columns are no worse than half as sharp as the middle."""
    pan = [np.ascontiguousarray(GROUND[100:280, 20 * index : 20 * index + WIDTH]).astype(np.uint8) for index in range(2)]
    middle = next(frame for index, frame in enumerate(retimed(iter(pan), Fraction(12), Fraction(24), 2)) if index == 1)
    truth = GROUND[100:280, 10 : 10 + WIDTH]
    assert psnr(middle[:, :8], truth[:, :8]) > 30
    assert psnr(middle[:, -8:], truth[:, -8:]) > 30


def test_a_large_picture_is_retimed_by_the_motion_of_a_smaller_one() -> None:
    height, width = 720, 1280
    source = [np.rint(seen(index / 16, height, width)).astype(np.uint8) for index in range(2)]
    made = list(retimed(iter(source), Fraction(16), Fraction(24), 2))[1]
    truth = seen(1 / 24, height, width)
    assert made.shape == (height, width, 3)
    assert psnr(made, truth) > psnr(source[1], truth) + 6


def test_the_last_frame_stands_where_the_clip_is_a_frame_short() -> None:
    source = film(3, Fraction(16))
    made = list(retimed(iter(source), Fraction(16), Fraction(24), 6))
    assert len(made) == 6
    assert np.array_equal(made[5], source[2])


def test_pictures_are_cropped_covered_and_stretched_to_size() -> None:
    picture = film(1, Fraction(24))[0]
    assert np.array_equal(cropped(picture, 300, 100), picture[40:140, 10:310])
    assert covered(picture, WIDTH, HEIGHT) is picture
    wide = covered(picture, 640, 200)
    assert wide.shape == (200, 640, 3)
    assert psnr(wide[::2, ::2], picture[40:140]) > 25
    assert resized(picture[None], 160, 90).shape == (1, 90, 160, 3)
    assert resized(picture[None], WIDTH, HEIGHT)[0] is not None


@pytest.mark.models
def test_levels_are_rounded_clipped_and_in_order() -> None:
    import torch

    levels = torch.linspace(-0.1, 1.1, 37 * 3 * 4 * 6).reshape(37, 3, 4, 6)
    made = quantised(levels)
    assert made.shape == (37, 4, 6, 3)
    assert made.dtype == np.uint8
    assert np.array_equal(made, np.rint(np.clip(levels.numpy(), 0, 1) * 255).transpose(0, 2, 3, 1))
    assert np.array_equal(quantised(levels.to(torch.bfloat16).float()), quantised(levels.to(torch.bfloat16)))
