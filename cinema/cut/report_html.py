"""The report as a page: one file that holds its own pictures and style, and loads nothing from anywhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from jinja2 import Environment, PackageLoader, StrictUndefined

from cinema.cut.quality import LEVELS
from cinema.cut.report_model import Report, ShotFacts
from cinema.cut.storyboard import Still, panel_picture, picture_frame
from cinema.cut.timeline import Timeline
from cinema.errors import CinemaError
from cinema.timebase import clock, key_interval_frames
from cinema.units import human_bytes, human_seconds

_PICTURES_BYTES = 3_000_000
"""What all pictures together may weigh, before base64; beyond it they become smaller."""
_WIDTHS_PX = (320, 240, 160)
_BYTES_A_PIXEL = 0.17
"""Assumed of a JPEG at quality 80, on the heavy side."""
_LEVELS = {"ok": "good", "notice": "notice", "warning": "warning", "fail": "failed"}


def render_html(report: Report, timeline: Timeline, still: Still) -> str:
    """The page, as text. Everything from outside is escaped."""
    environment = Environment(
        loader=PackageLoader("cinema.cut", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(bytes=human_bytes, duration=human_seconds, clock=_clock, words=_words, signed=_signed)
    return environment.get_template("report.html").render(
        report=report,
        pictures=pictures(timeline, still),
        strip=strip(report.shots),
        meter=meter(report),
        levels=_LEVELS,
        findings=sorted(
            (check for check in report.checks if check.level != "ok"), key=lambda check: -LEVELS.index(check.level)
        ),
        passed=[check for check in report.checks if check.level == "ok"],
        slowest=max((stage.seconds for stage in report.stages), default=0.0),
        fps=f"{float(Fraction(report.film.fps)):.6g}",
    )


def pictures(timeline: Timeline, still: Still) -> Mapping[str, str]:
    """A data URI for each shot whose clip can be read."""
    width_px = picture_width(len(timeline.picture))
    interval = key_interval_frames(timeline.fps)
    found: dict[str, str] = {}
    for clip in timeline.picture:
        if not clip.takes:
            continue
        try:
            data = panel_picture(still(clip.take.path, picture_frame(clip, interval)), width_px)
        except CinemaError:
            continue
        found[clip.shot] = f"data:image/jpeg;base64,{b64encode(data).decode('ascii')}"
    return found


def picture_width(shots: int) -> int:
    """The widest pictures, in pixels, whose sum stays light; the smallest for a very long film."""
    for width in _WIDTHS_PX:
        if shots * width * width * 9 / 16 * _BYTES_A_PIXEL <= _PICTURES_BYTES:
            return width
    return _WIDTHS_PX[-1]


def strip(shots: tuple[ShotFacts, ...]) -> list[tuple[ShotFacts, float, float]]:
    """Each shot with where it begins and how long it is, as shares of the film (percent)."""
    total = sum(shot.seconds for shot in shots) or 1.0
    return [(shot, 100 * shot.start_seconds / total, 100 * shot.seconds / total) for shot in shots]


def meter(report: Report) -> tuple[float, float, float] | None:
    """Where loudness, its target and the peak's ceiling stand on a scale of -40 ... 0, as percent; None for a silent film."""
    sound = report.sound
    if sound.loudness_lufs is None:
        return None
    low = -40.0
    place = [100 * min(max(1 - value / low, 0.0), 1.0) for value in (sound.loudness_lufs, sound.loudness_target_lufs)]
    peak = sound.true_peak_dbtp if sound.true_peak_dbtp is not None else low
    return place[0], place[1], 100 * min(max(1 - peak / low, 0.0), 1.0)


def _clock(seconds: float) -> str:
    """ "1:02:03.4", "0:35": no leading zeroes, no tenth that is nought."""
    text = clock(ceil(seconds * 10 - 1e-6) / 10)[:-2]
    return text.removeprefix("00:").removeprefix("0").removesuffix(".0")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
