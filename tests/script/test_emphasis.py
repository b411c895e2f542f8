from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.script import strip_emphasis
from cinema.script.emphasis import escape_emphasis

UNTIMED = settings(deadline=None)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("nothing", "nothing"),
        ("*italic* **bold** ***both*** _under_", "italic bold both under"),
        ("_*both*_ and **_these_**", "both and these"),
        ("***bold italic* then bold**", "bold italic then bold"),
        ("**bold *inner* bold**", "bold inner bold"),
        ("He dialled *69 and then *23, and hung up.", "He dialled *69 and then *23, and hung up."),
        ("He dialled *69 and then 23*.", "He dialled 69 and then 23."),
        ("He dialled \\*69 and then 23\\*.", "He dialled *69 and then 23*."),
        ("a * b * c", "a * b * c"),
        ("*one\ntwo*", "*one\ntwo*"),
        ("*one*\n_two_", "one\ntwo"),
        ("un_believ_able", "unbelievable"),
        ("a \\\\ b \\n", "a \\ b \\n"),
        ("****", "****"),
        ("__init__", "__init__"),
        ("*", "*"),
        ("", ""),
        ("**half*", "*half"),
    ],
)
def test_strip_emphasis(written: str, plain: str) -> None:
    assert strip_emphasis(written) == plain


@UNTIMED
@given(st.text(alphabet="ab *_\\\n", max_size=60))
def test_escaped_text_comes_back(text: str) -> None:
    assert strip_emphasis(escape_emphasis(text)) == text


@UNTIMED
@given(st.text(alphabet="ab *_\n", max_size=60))
def test_only_marks_are_taken_and_never_across_lines(text: str) -> None:
    plain = strip_emphasis(text)
    assert plain.replace("*", "").replace("_", "") == text.replace("*", "").replace("_", "")
    assert plain == "\n".join(strip_emphasis(line) for line in text.split("\n"))


def test_marks_go_in_pairs() -> None:
    """However many marks there are, they are taken two at a time; also where there are very many."""
    for size in (10_000, 100_000):
        for hostile in ("*a ", "a* ", "*a* ", "_a *b ", "**a* "):
            text = hostile * (size // len(hostile))
            assert (len(text) - len(strip_emphasis(text))) % 2 == 0
