"""Notes and boneyards: where they may stand, what they leave behind, and that they cost no more than their length."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.script.asides import lift_asides
from cinema.script.fountain import parse_fountain

UNTIMED = settings(deadline=None)


def kinds(text: str) -> list[tuple[str, str, int]]:
    return [(element.type, element.text, element.line) for element in parse_fountain(text).elements]


def test_a_note_within_a_line_follows_its_paragraph() -> None:
    assert kinds("She waits. [[Longer?]] Then goes.\nGone.") == [
        ("action", "She waits. Then goes.\nGone.", 1),
        ("note", "Longer?", 1),
    ]


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("a [[n]] b", "a b"),
        ("a[[n]] b", "a b"),
        ("a [[n]]b", "a b"),
        ("a[[n]]b", "ab"),
        ("[[n]] a", "a"),
        ("a [[n]]", "a"),
        ("  a [[n]][[m]] b", "  a b"),
    ],
)
def test_a_note_leaves_no_gap(line: str, left: str) -> None:
    assert kinds(line)[0][:2] == ("action", left)


def test_a_note_over_several_lines() -> None:
    assert kinds("One. [[It goes\non\n  \nand on.]]\n\nTwo.") == [
        ("action", "One.", 1),
        ("note", "It goes\non\n\nand on.", 1),
        ("action", "Two.", 6),
    ]


def test_an_empty_line_ends_the_search_for_a_notes_end() -> None:
    assert kinds("One [[open\n\nclose]] two.") == [("action", "One [[open", 1), ("action", "close]] two.", 3)]


def test_an_unclosed_note_is_text() -> None:
    assert kinds("One [[two\nthree.") == [("action", "One [[two\nthree.", 1)]
    assert kinds("[[a\n\n[[b]]") == [("action", "[[a", 1), ("note", "b", 3)]


def test_a_lone_opening_of_a_boneyard_is_text() -> None:
    assert kinds("One /* two.\n\nThree.") == [("action", "One /* two.", 1), ("action", "Three.", 3)]


def test_a_boneyard_anywhere() -> None:
    assert kinds("INT. A\n\n/* Old:\n\nMARA\nHi. */\n\nHe /* never */ goes.\n\nMARA /* V.O. */\nHo.") == [
        ("scene_heading", "INT. A", 1),
        ("boneyard", "Old:\n\nMARA\nHi.", 3),
        ("action", "He goes.", 8),
        ("boneyard", "never", 8),
        ("character", "MARA", 10),
        ("boneyard", "V.O.", 10),
        ("dialogue", "Ho.", 11),
    ]


def test_an_aside_on_a_line_of_its_own_separates_nothing() -> None:
    assert kinds("[[n]]\nMARA\n[[n]]\nHello.\n/* b */\nBye.") == [
        ("note", "n", 1),
        ("character", "MARA", 2),
        ("note", "n", 3),
        ("dialogue", "Hello.\nBye.", 4),
        ("boneyard", "b", 5),
    ]
    assert kinds("INT. A\n[[n]]\n\nRain.")[0] == ("scene_heading", "INT. A", 1)


def test_asides_before_and_inside_the_title_page() -> None:
    script = parse_fountain("/* draft 3 */\nTitle: X [[working title]]\nAuthor: Y\n\nRain.")
    assert script.title_page == (("Title", "X"), ("Author", "Y"))
    assert [(element.type, element.line) for element in script.elements] == [("boneyard", 1), ("note", 2), ("action", 5)]


@UNTIMED
@given(st.text(alphabet="a \n[]/*", max_size=60))
def test_lifting_loses_no_character_and_numbers_every_line(text: str) -> None:
    lifted = lift_asides(text)
    lines = lifted.text.split("\n")
    assert len(lines) == len(lifted.numbers)
    assert list(lifted.numbers) == sorted(set(lifted.numbers))
    letters = lifted.text.count("a") + sum(aside.text.count("a") for aside in lifted.asides)
    assert letters == text.count("a")


class Counting(str):
    """A text that counts how many characters `find` and `count` look at."""

    looked = 0

    def find(self, *args: object) -> int:
        start = args[1] if len(args) > 1 else 0
        found = super().find(*args)  # type: ignore[arg-type]
        assert isinstance(start, int)
        Counting.looked += (found if found >= 0 else len(self)) - start
        return found

    def count(self, *args: object) -> int:
        start, end = (args[1], args[2]) if len(args) > 2 else (0, len(self))
        assert isinstance(start, int)
        assert isinstance(end, int)
        Counting.looked += end - start
        return super().count(*args)  # type: ignore[arg-type]


@pytest.mark.parametrize("hostile", ["[[", "/*", "[[]]", "/**/", "[[\n\n", "[[ /* ", "]] [[", "[[a\n"])
def test_hostile_text_is_looked_at_a_few_times_only(hostile: str) -> None:
    for tail in ("", "]]", "*/", "\n\n]]*/"):
        text = Counting(hostile * 20_000 + tail)
        Counting.looked = 0
        lift_asides(text)
        assert Counting.looked <= 6 * len(text)
