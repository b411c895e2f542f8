"""How a shot is cut into windows, and the size and rate at which they are made: laws for every grid. Nothing heavy is loaded."""

import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cinema.adapters.kit.windows import plan_windows, working_frames, working_rate, working_size
from cinema.catalog import Catalog, Grid
from cinema.errors import InputError
from cinema.plan.windows import check_length

BOARDS = Catalog().manifest("boards")
RATES = [Fraction(16), Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60)]


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Grids that hold at least one length, with an overlap that leaves something new in a window."""
    step = draw(st.integers(1, 40))
    offset = draw(st.integers(0, 10))
    least = draw(st.integers(1, 60))
    grid = Grid(frame_step=step, frame_offset=offset, min_frames=least)
    longest = grid.frames_for(1) + step * draw(st.integers(0, 40))
    overlap = draw(st.integers(0, longest - 1))
    return grid.model_copy(update={"max_frames": longest + draw(st.integers(0, step - 1)), "overlap_frames": overlap})


def on_grid(frames: int, grid: Grid) -> bool:
    return frames >= grid.min_frames and (frames - grid.frame_offset) % grid.frame_step == 0


@given(grids(), st.integers(1, 3000))
def test_windows_cover_the_shot_on_the_grid_and_never_above_its_longest(grid: Grid, frames: int) -> None:
    assert grid.max_frames is not None
    assume(grid.overlap_frames > 0 or grid.frames_for(frames) <= grid.max_frames)
    windows = plan_windows(frames, grid)
    assert all(on_grid(window.frames, grid) and window.frames <= grid.max_frames for window in windows)
    assert [window.overlap for window in windows] == [0] + [grid.overlap_frames] * (len(windows) - 1)
    assert all(window.frames > window.overlap for window in windows)
    covered = sum(window.frames - window.overlap for window in windows)
    assert covered >= frames
    assert covered - (windows[-1].frames - windows[-1].overlap) < frames


@given(grids(), st.integers(1, 3000))
def test_windows_are_as_few_as_can_be_and_of_about_one_length(grid: Grid, frames: int) -> None:
    assert grid.max_frames is not None
    assume(grid.overlap_frames > 0)
    windows = plan_windows(frames, grid)
    longest = max(length for length in range(grid.max_frames + 1) if on_grid(length, grid))
    if len(windows) > 1:
        assert longest + (len(windows) - 2) * (longest - grid.overlap_frames) < frames
        assert len({window.frames for window in windows[:-1]}) == 1
        assert windows[-1].frames <= windows[0].frames
        assert windows[0].frames - windows[-1].frames <= grid.frame_step * len(windows)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [(9, (9,)), (121, (121,)), (122, (73, 65)), (130, (73, 73)), (233, (121, 121)), (234, (89, 89, 81))],
)
def test_no_stub_follows_full_windows(frames: int, expected: tuple[int, ...]) -> None:
    grid = Grid(frame_step=8, frame_offset=1, min_frames=9, max_frames=121, overlap_frames=9)
    assert tuple(window.frames for window in plan_windows(frames, grid)) == expected


def test_a_model_that_cannot_go_on_says_so() -> None:
    grid = Grid(frame_step=4, frame_offset=1, min_frames=5, max_frames=81)
    assert [window.frames for window in plan_windows(81, grid)] == [81]
    with pytest.raises(InputError, match="82 frames outlasts the model's 81"):
        plan_windows(82, grid)
    assert [window.frames for window in plan_windows(5000, grid.model_copy(update={"max_frames": None}))] == [5001]


@given(st.integers(1, 4000), st.integers(1, 4000), st.integers(1, 64))
def test_the_working_size_covers_with_less_than_one_multiple_to_spare(width: int, height: int, multiple: int) -> None:
    made = working_size(width, height, Grid(size_multiple=multiple))
    for ours, asked in zip(made, (width, height), strict=True):
        assert ours % multiple == 0
        assert 0 <= ours - asked < multiple


@given(st.integers(1, 5000), st.sampled_from(RATES), st.sampled_from(RATES))
def test_the_working_frames_reach_to_the_last_one_asked_for_and_no_further(frames: int, fps: Fraction, rate: Fraction) -> None:
    made = working_frames(frames, fps, rate)
    end = Fraction(frames - 1) / fps
    assert Fraction(made - 1) / rate >= end
    assert made == 1 or Fraction(made - 2) / rate < end


def test_the_working_rate_is_the_film_s_or_the_nearest_above() -> None:
    grid = Grid(fps=(Fraction(16), Fraction(25), Fraction(30)))
    rates = [working_rate(fps, grid) for fps in (Fraction(25), Fraction(24), Fraction(10), Fraction(60))]
    assert rates == [25, 25, 16, 30]
    assert working_rate(Fraction(48), Grid()) == 48


@given(grids(), st.integers(1, 600), st.sampled_from(RATES), st.sampled_from(RATES))
def test_the_plan_refuses_exactly_what_the_adapter_would(grid: Grid, frames: int, fps: Fraction, rate: Fraction) -> None:
    """Nobody learns in the middle of a render that a shot was too long."""
    manifest = BOARDS.model_copy(update={"grid": grid.model_copy(update={"fps": (rate,)})})

    def refused(by_plan: bool) -> bool:
        try:
            if by_plan:
                check_length("1A", frames, fps, manifest)
            else:
                plan_windows(working_frames(frames, fps, working_rate(fps, manifest.grid)), manifest.grid)
        except InputError:
            return True
        return False

    assert refused(True) == refused(False)


def test_windows_are_planned_without_heavy_libraries() -> None:
    probe = "import sys; import cinema.adapters.kit.windows; print({'torch', 'cv2', 'diffusers'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout == "set()\n"
