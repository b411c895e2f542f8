from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path

import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.cut.captions import GAP_FRAMES, caption_cards, read_marks, split_cards, word_times
from cinema.cut.subtitles import shown_cards, srt, vtt, write_captions
from cinema.cut.timeline import Caption
from cinema.cut.words import LINE_UNITS, break_cost, split_words, width_units
from cinema.plan.model import Line, Plan, ScenePlan, Shot
from cinema.plan.staging import Staging
from cinema.plan.task import Task
from cinema.timebase import RATES, SAMPLE_RATE_HZ

STAGING = Staging(
    setting="room",
    place="room",
    interior=True,
    time_of_day="day",
    weather="clear",
    framing="medium",
    angle="eye",
    camera="static",
)


def plan_of(lines: list[Line], fps: Fraction = Fraction(24), length_frames: int | None = None) -> Plan:
    end = max((line.offset_frames + line.length_frames for line in lines), default=0) + 48
    shot = Shot(
        id="1-1",
        scene=0,
        coverage="single",
        framing="medium",
        angle="eye",
        camera="static",
        lens="35mm",
        action="",
        staging=STAGING,
        prompt="",
        negative_prompt="",
        characters=(),
        lines=tuple(lines),
        length_frames=length_frames or end,
        seed=1,
    )
    scene = ScenePlan(
        index=0, number="1", heading="INT. ROOM", setting="room", place="room", interior=True, time_of_day="day",
        weather="clear", mood="calm",
    )  # fmt: skip
    tasks: tuple[Task, ...] = ()
    return Plan(
        title="T", fps=fps, width_px=320, height_px=180, aspect="16:9", language="en", style="", cast=(), scenes=(scene,),
        shots=(shot,), tasks=tasks,
    )  # fmt: skip


def line_of(text: str, offset: int = 0, length: int = 72, **more: object) -> Line:
    return Line(id=f"l{offset}", character="MARA", text=text, offset_frames=offset, length_frames=length, **more)


latin = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=200)
prose = st.lists(
    st.text(st.sampled_from("abcdefgh'é.,!?;ß"), min_size=1, max_size=14) | st.sampled_from(["the", "and", "of", "a"]),
    min_size=1,
    max_size=60,
).map(" ".join)


def without_space(text: str) -> str:
    return "".join(text.split())


@given(texts=st.lists(prose | latin, min_size=1, max_size=5), fps=st.sampled_from(list(RATES.values())))
@settings(max_examples=120, deadline=None)
def test_every_word_is_there_in_order_and_no_card_overlaps_another(texts: list[str], fps: Fraction):
    offset, lines = 0, []
    for text in texts:
        length = max(int(len(text) / 14 * fps), 10)
        lines.append(line_of(text, offset, length))
        offset += length + 4
    cards = caption_cards(plan_of(lines, fps))
    for line in lines:
        said = " ".join(" ".join(card.text.split()) for card in cards if card.line == line.id)
        assert without_space(said) == without_space(line.text)
        if not any(width_units(sign) > 10 for sign in line.text):
            assert said.split() == line.text.split()
    for before, after in itertools.pairwise(cards):
        assert before.start_frame < before.end_frame
        assert before.end_frame + GAP_FRAMES <= after.start_frame
    for card in cards:
        rows = card.text.split("\n")
        assert len(rows) <= 2
        assert all(row and (width_units(row) <= LINE_UNITS or len(split_words(row)) == 1) for row in rows)
        assert card.end_frame - card.start_frame <= 7 * fps


@given(text=prose)
@settings(deadline=None)
def test_words_joined_again_are_the_text(text: str):
    words = split_words(text)
    assert "".join((" " if word.spaced else "") + word.text for word in words) == " ".join(text.split())


def marks_file(folder: Path, marks: list[tuple[str, int, int]]) -> Path:
    path = folder / "marks.json"
    path.write_text(json.dumps([{"text": t, "start_sample": a, "end_sample": b} for t, a, b in marks]))
    return path


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(24000, 1001), Fraction(60)])
def test_a_card_comes_in_with_its_first_word(tmp_path: Path, fps: Fraction):
    text = "I waited for eleven years on this rock. Then one night, without a warning, you came back to me from the sea."
    words = text.split()
    starts = [4800 + 24_000 * n for n in range(len(words))]
    path = marks_file(tmp_path, [(word, start, start + 20_000) for word, start in zip(words, starts, strict=True)])
    length = int(len(words) * fps / 2) + 12
    cards = caption_cards(plan_of([line_of(text, 10, length)], fps), lambda line: path)
    done = 0
    for card in cards:
        exact = Fraction(10) + Fraction(starts[done]) * fps / SAMPLE_RATE_HZ
        assert abs(card.start_frame - exact) <= 3
        done += len(card.text.split())
    assert len(cards) >= 2
    assert cards[0].text.replace("\n", " ").endswith("rock.")


def test_marks_of_another_number_than_the_words_are_shared_out_by_letters():
    words = split_words("I saw 22 ships")
    from cinema.cut.captions import Mark

    marks = [
        Mark(text=t, start_sample=n * 1000, end_sample=n * 1000 + 900)
        for n, t in enumerate(["I", "saw", "twenty", "two", "ships"])
    ]
    times = word_times(words, marks, 9999)
    assert times[0][0] == 0
    assert times[-1][1] == 4900
    assert all(a <= b <= c for (a, b), (c, _) in itertools.pairwise(times))
    assert word_times(words, [], 1200)[-1][1] == 1200


@pytest.mark.parametrize(
    "content", ["", "[1]", '{"a": 1}', "[" * 5000, '[{"text":"a","start_sample":5,"end_sample":1}]', "nan"]
)
def test_marks_that_cannot_be_used_are_left_out(tmp_path: Path, content: str):
    path = tmp_path / "marks.json"
    path.write_text(content)
    assert read_marks(path) == ()
    assert read_marks(tmp_path / "none.json") == ()


def test_breaks_stand_where_a_reader_breathes():
    cards = caption_cards(
        plan_of([line_of("The storm took the boat and the lamp was the only thing that still burned.", 0, 120)])
    )
    rows = [row for card in cards for row in card.text.split("\n")]
    assert len(rows) == 2
    assert not any(row.split()[-1].lower() in ("the", "a", "and") for row in rows)
    the, ship = split_words("the ship")
    assert break_cost(the, ship) > break_cost(ship, the)


def test_a_pause_parts_cards():
    words = split_words("You came back. I knew it.")
    times = [(n * 24_000 + (96_000 if n > 2 else 0), n * 24_000 + 20_000 + (96_000 if n > 2 else 0)) for n in range(6)]
    assert split_cards(words, times) == [(0, 3), (3, 6)]


def test_wide_and_right_to_left_scripts_keep_to_their_widths():
    chinese = "我们在灯塔里等了十一年，每天晚上都点亮那盏灯，希望有一天你会从海上回来。"
    hebrew = "חיכינו במגדלור אחת עשרה שנה והדלקנו את המנורה בכל לילה"
    for text, limit in ((chinese, 16), (hebrew, 42)):
        cards = caption_cards(plan_of([line_of(text, 0, 200)]))
        rows = [row for card in cards for row in card.text.split("\n")]
        assert all(len(row) <= limit for row in rows)
        assert without_space("".join(rows)) == without_space(text)
        assert not any(row[0] in "，。" for row in rows)


def test_a_whole_book_in_one_line_is_still_split():
    text = "word " * 20_000
    cards = caption_cards(plan_of([line_of(text, 0, 24 * 8000)]))
    assert sum(len(card.text.split()) for card in cards) == 20_000


def dual_plan() -> Plan:
    long = "No, I will not go back to that island, not now and not ever, whatever you say about it."
    return plan_of([line_of("Come with me!", 10, 90), line_of(long, 11, 90, dual=True), line_of("Quiet.", 140, 24)])


def test_two_voices_at_once_share_their_times_and_get_dashes():
    cards = caption_cards(dual_plan())
    shown = list(shown_cards(cards))
    assert len(shown[0]) == 2
    assert shown[0][0].start_frame == shown[0][1].start_frame == 10
    text = srt(cards, Fraction(24))
    assert "-Come with me!\n-No, I will not go back to that" in text
    assert text.rstrip().endswith("Quiet.")
    ends = [group[0] for group in shown]
    assert all(a.end_frame + GAP_FRAMES <= b.start_frame for a, b in itertools.pairwise(ends))


def test_the_files_read_back_and_voices_are_named(tmp_path: Path):
    cards = (
        Caption(start_frame=24, end_frame=60, text="Fish & <chips>\nfor two", line="1", speaker="MARA & TOM"),
        Caption(start_frame=62, end_frame=120, text="Yes.", line="2"),
    )
    first, second = write_captions(cards, tmp_path, fps=Fraction(24), language="en")
    read = pysubs2.load(str(first))
    assert [(event.start, event.end) for event in read] == [(1000, 2500), (2583, 5000)]
    assert "1\n00:00:01,000 --> 00:00:02,500\nFish & <chips>\nfor two\n\n2\n" in first.read_text(encoding="utf-8")
    text = second.read_text(encoding="utf-8")
    assert text.startswith("WEBVTT\n")
    assert "<v MARA &amp; TOM>Fish &amp; &lt;chips&gt;\nfor two</v>" in text
    assert "00:00:01.000 --> 00:00:02.500" in text
    assert vtt((), Fraction(24)).startswith("WEBVTT")
    assert srt((), Fraction(24)) == ""


def test_words_with_an_arrow_look_like_no_time():
    cards = (Caption(start_frame=24, end_frame=60, text="2\n00:00:01,000 --> 00:00:02,000 Not a card.", line="1"),)
    for text in (srt(cards, Fraction(24)), vtt(cards, Fraction(24))):
        (timed,) = [row for row in text.split("\n") if "-->" in row]
        assert timed.startswith("00:00:01")
        assert timed.endswith("500")
