"""The storyboard on paper: every shot has its panel, and every letter its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import finishing
import numpy as np
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.cut.storyboard import PANELS_A_PAGE, panel_picture, picture_frame, write_storyboard
from cinema.cut.typefaces import Typefaces, font_folders
from cinema.errors import InputError, OutOfDiskError
from cinema.events import Event, Warned
from cinema.media import Picture
from cinema.plan.model import Plan, Transition
from cinema.plan.staging import CameraMove


def still(path: Path, frame: int) -> Picture:
    shade = frame % 200
    return np.full((72, 128, 3), (shade, 80, 160), np.uint8)


def pages(path: Path) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def test_every_shot_has_a_panel_with_all_that_is_to_be_known(tmp_path: Path) -> None:
    plan, timeline = finishing.film(tmp_path)
    path = write_storyboard(plan, timeline, tmp_path / "storyboard.pdf", still=still)
    read = pages(path)
    assert len(read) == 1 + -(-len(plan.shots) // PANELS_A_PAGE)
    assert all(text in read[0] for text in ("The Keeper", "35 s", "MARA", "woman of sixty", "35 mm, overcast, muted greens"))
    for index, shot in enumerate(plan.shots):
        page = read[1 + index // PANELS_A_PAGE]
        assert shot.id in page
        assert f"{shot.length_frames} f" in page
        assert shot.lines[0].text in page
        assert "wood creaks" in page
        if shot.camera != "static":
            assert shot.camera.replace("_", " ").capitalize() in page
    assert all(str(number) in page.split() for number, page in enumerate(read[1:], start=2))


def test_a_picture_is_taken_from_the_chosen_take_at_a_key_frame(tmp_path: Path) -> None:
    plan, timeline = finishing.film(tmp_path, ["static", "push_in"])
    asked: list[tuple[Path, int]] = []

    def watched(path: Path, frame: int) -> Picture:
        asked.append((path, frame))
        return still(path, frame)

    write_storyboard(plan, timeline, tmp_path / "s.pdf", still=watched)
    assert asked == [(clip.take.path, 12) for clip in timeline.picture]
    assert picture_frame(replace(timeline.picture[0], length_frames=5), 12) == 0


def test_moves_are_drawn_onto_the_picture(tmp_path: Path) -> None:
    """A moving camera's page holds more drawing than a static one's; the opposite move holds another."""

    def drawing(move: CameraMove) -> bytes:
        plan, timeline = finishing.film(tmp_path, [move])
        path = write_storyboard(plan, timeline, tmp_path / "s.pdf", still=still)
        content = pypdf.PdfReader(path).pages[1].get_contents()
        assert content is not None
        return content.get_data()

    drawings = {move: drawing(move) for move in finishing.MOVES}
    assert all(len(drawings[move]) > len(drawings["static"]) + 60 for move in finishing.MOVES if move != "static")
    assert len(set(drawings.values())) == len(finishing.MOVES)


@pytest.mark.parametrize(
    ("width", "height", "aspect"),
    [(320, 180, "16:9"), (180, 320, "9:16"), (240, 240, "1:1"), (240, 300, "4:5"), (420, 180, "21:9")],
)
def test_every_aspect_fits_its_panel(tmp_path: Path, width: int, height: int, aspect: str) -> None:
    plan, timeline = finishing.film(tmp_path, ["pan_left"] * 7)
    plan = replace(plan, width_px=width, height_px=height, aspect=aspect)
    path = write_storyboard(
        plan, timeline, tmp_path / "s.pdf", still=lambda path, frame: np.zeros((height, width, 3), np.uint8)
    )
    reader = pypdf.PdfReader(path)
    assert len(reader.pages) == 3
    image = reader.pages[1].images[0].image
    assert image is not None
    assert abs(image.width / image.height - width / height) < 0.02
    assert "Line number 6" in " ".join(reader.pages[1].extract_text().split())


def test_transitions_speakers_and_fades_are_named(tmp_path: Path) -> None:
    plan, timeline = finishing.film(tmp_path, ["static"] * 4)
    voices = ("voice_over", "off_screen", "phone", "on_screen")
    ways = (
        Transition(kind="fade", frames=24),
        Transition(kind="dissolve", frames=12),
        Transition(kind="wipe", frames=8),
        Transition(),
    )
    shots = tuple(
        replace(
            shot, entrance=way, fade_out_frames=18 if way.kind == "cut" else 0, lines=(replace(shot.lines[0], delivery=voice),)
        )
        for shot, voice, way in zip(plan.shots, voices, ways, strict=True)
    )
    page = pages(write_storyboard(replace(plan, shots=shots), timeline, tmp_path / "s.pdf", still=still))[1]
    for words in (
        "MARA (V.O.):",
        "MARA (O.S.):",
        "MARA (on the phone):",
        "Fade in, 24 f",
        "Dissolve, 12 f",
        "Wipe, 8 f",
        "Fade out, 18 f",
    ):
        assert words in page


def test_a_shot_without_a_readable_picture_is_told_and_leaves_a_frame(tmp_path: Path) -> None:
    plan, timeline = finishing.film(tmp_path, ["static", "static", "static"])
    timeline = replace(timeline, picture=(replace(timeline.picture[0], takes=()), *timeline.picture[1:]))
    heard: list[Event] = []

    def torn(path: Path, frame: int) -> Picture:
        if path == timeline.picture[1].take.path:
            raise InputError("clip.mp4 is not a whole mp4 file; make it again.")
        return still(path, frame)

    path = write_storyboard(plan, timeline, tmp_path / "s.pdf", still=torn, listener=heard.append)
    assert [event.message[:45] for event in heard if isinstance(event, Warned)] == [
        "The storyboard has no picture of shot 1-1: Sh",
        "The storyboard has no picture of shot 1-2: cl",
    ]
    assert pages(path)[1].count("no picture") == 2
    assert len(pypdf.PdfReader(path).pages[1].images) == 1


def test_a_speech_too_long_for_its_panel_ends_in_an_ellipsis(tmp_path: Path) -> None:
    plan, timeline = finishing.film(tmp_path, ["static"])
    line = replace(plan.shots[0].lines[0], text="Eleven years I kept it burning. " * 60)
    plan = replace(plan, shots=(replace(plan.shots[0], lines=(line,)),))
    page = pages(write_storyboard(plan, timeline, tmp_path / "s.pdf", still=still))[1]
    assert "…" in page
    assert page.count("Eleven") < 60


def test_the_same_film_gives_the_same_bytes(tmp_path: Path) -> None:
    plan, timeline = finishing.film(tmp_path, ["push_in", "static"])
    first = write_storyboard(plan, timeline, tmp_path / "a.pdf", still=still).read_bytes()
    assert write_storyboard(plan, timeline, tmp_path / "b.pdf", still=still).read_bytes() == first


def test_a_large_cast_and_many_scenes_stay_on_the_title_page(tmp_path: Path) -> None:
    plan, timeline = finishing.film(tmp_path, ["static"])
    crowd = tuple(replace(plan.cast[0], name=f"PERSON {n}") for n in range(60))
    path = write_storyboard(replace(plan, cast=crowd), timeline, tmp_path / "s.pdf", still=still)
    assert len(pypdf.PdfReader(path).pages) == 2
    assert "more" in pages(path)[0]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    plan, timeline = finishing.film(tmp_path, ["static"])
    with pytest.raises(OutOfDiskError, match=r"s\.pdf"):
        write_storyboard(plan, timeline, tmp_path / "not" / "there" / "s.pdf", still=still)


def test_panel_pictures_shrink_and_never_grow() -> None:
    large = panel_picture(np.zeros((720, 1280, 3), np.uint8), 320)
    small = panel_picture(np.zeros((20, 30, 3), np.uint8), 320)

    def size(data: bytes) -> tuple[int, int]:
        from io import BytesIO

        from PIL import Image

        with Image.open(BytesIO(data)) as image:
            return image.size

    assert size(large) == (320, 180)
    assert size(small) == (30, 20)


def test_without_system_fonts_western_text_needs_nothing_and_the_rest_is_told() -> None:
    western = Typefaces(["Ça va? Straße – „Größe“ œuvre €"], folders=[])
    assert western.warnings == ()
    assert {run.font for run in western.runs("Ça va? Straße", "bold")} == {"VeraBd"}
    russian = Typefaces(["Мара"], folders=[])
    assert "М" in russian.warnings[0]
    assert [run.text for run in russian.runs("Мара!", "regular")] == ["????!"]
    east = Typefaces(["灯台 빛 あ"], folders=[])
    assert {run.font for run in east.runs("灯빛あ", "regular")} == {"STSong-Light", "HYSMyeongJo-Medium", "HeiseiMin-W3"}
    assert "PDF reader" in east.warnings[0]
    assert "Right-to-left" in Typefaces(["שלום"], folders=[]).warnings[-1]


def test_a_system_font_sets_what_ours_cannot(tmp_path: Path) -> None:
    import reportlab

    # A font that lies in a system folder; Vera itself cannot help, and a damaged one must not stop the search.
    (tmp_path / "arial.ttf").write_bytes(b"\0\1\0\0 not a font")
    (tmp_path / "dejavusans.ttf").write_bytes((Path(reportlab.__file__).parent / "fonts" / "Vera.ttf").read_bytes())
    assert "?" in Typefaces(["Мара"], folders=[tmp_path]).warnings[0]
    found = [path for folder in font_folders() if folder.is_dir() for path in folder.rglob("DejaVuSans.ttf")]
    if found:
        type_ = Typefaces(["Мара"], folders=[found[0].parent])
        assert type_.warnings == ()
        assert type_.runs("Мара", "regular")[0].font.startswith("system-")


@given(st.text(max_size=200), st.floats(30, 300))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, width: float) -> None:
    type_ = Typefaces([text], folders=[])
    lines = type_.wrap(text, "regular", 7, width)
    assert all(type_.width(line, "regular", 7) <= width or len(line) == 1 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.text(min_size=1, max_size=80), st.floats(20, 200))
def test_clipped_text_fits(text: str, width: float) -> None:
    type_ = Typefaces([text], folders=[])
    clipped = type_.clip(text, "regular", 7, width)
    assert type_.width(clipped, "regular", 7) <= width or len(clipped) <= 2


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=3, max_size=3))
def test_no_words_can_break_the_storyboard(tmp_path_factory: pytest.TempPathFactory, words: Sequence[str]) -> None:
    folder = tmp_path_factory.mktemp("words")
    plan, timeline = finishing.film(folder, ["static"])
    title, action, spoken = words
    shot = replace(plan.shots[0], action=action, lines=(replace(plan.shots[0].lines[0], text=spoken, character=title),))
    named: Plan = replace(plan, title=title, shots=(shot,))
    assert len(pypdf.PdfReader(write_storyboard(named, timeline, folder / "s.pdf", still=still)).pages) == 2
