"""What every voice shares: long lines in pieces, silence cut away, voices chosen, words timed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from cinema.adapters.contract import Device, InputArtefact, Job, LoadPlan
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sentences import pieces, speakable
from cinema.adapters.kit.speech import Heard, Said, Speaking, SpeechAdapter, audible, chosen, joined
from cinema.artefact import MediaFacts
from cinema.catalog import Licence, Manifest
from cinema.events import LocalWatch
from cinema.plan.task import SpeechRequest, VoiceSpec

RATE_HZ = 24_000
WOMEN, MEN = ("a", "b", "c", "d", "e", "f", "g", "h"), ("w", "x", "y", "z")


@given(st.text(alphabet="ab 。!.?,;…\"'—、。\n", max_size=200), st.integers(8, 60))
def test_pieces_lose_nothing_that_is_spoken_and_keep_the_limit(text: str, limit: int) -> None:
    found = pieces(text, limit)
    letters = "".join(filter(str.isalnum, text))
    assert "".join(filter(str.isalnum, "".join(found))) == letters
    assert all(len(piece) <= limit for piece in found if speakable(piece))
    if letters:
        assert all(speakable(piece) for piece in found)


def test_a_long_line_is_cut_at_sentences_then_clauses_then_words() -> None:
    assert pieces("One two. Three four. Five.", 21) == ("One two. Three four.", "Five.")
    assert pieces("One two, three four", 10) == ("One two,", "three four")
    assert pieces("他来了。我走了！", 5) == ("他来了。", "我走了！")
    assert pieces("क ख। ग घ।", 5) == ("क ख।", "ग घ।")
    assert pieces("abcdefgh", 3) == ("abc", "def", "gh")
    assert pieces('"Stop!" he said.', 100) == ('"Stop!" he said.',)


def test_silence_at_the_ends_goes_and_pieces_meet_after_a_short_pause() -> None:
    tone = np.sin(np.arange(RATE_HZ) / 20).astype(np.float32)
    padded = np.pad(tone, RATE_HZ)
    first, end = audible(padded, RATE_HZ)
    assert abs(first - RATE_HZ * 0.95) < RATE_HZ / 50
    assert abs(end - RATE_HZ * 2.05) < RATE_HZ / 50
    assert audible(np.zeros(500, np.float32), RATE_HZ) == (0, 0)
    one, two = joined([padded], RATE_HZ), joined([padded, np.zeros(50, np.float32), padded], RATE_HZ)
    assert two.size - 2 * one.size == round(0.18 * RATE_HZ)


def test_a_voice_keeps_to_its_gender_and_variants_and_ages_differ() -> None:
    first = VoiceSpec(gender="female")
    assert chosen(first, WOMEN, MEN) == "a"
    names = {chosen(replace(first, variant=number), WOMEN, MEN) for number in range(8)}
    assert names == set(WOMEN)
    assert chosen(replace(first, age="old"), WOMEN, MEN) != chosen(first, WOMEN, MEN)
    assert chosen(VoiceSpec(gender="male", variant=5), WOMEN, MEN) == "x"
    assert {chosen(VoiceSpec(variant=number), WOMEN, MEN) for number in range(2)} == {"a", "w"}


class _Echo(SpeechAdapter):
    """Says every word as a second of tone after a second of silence."""

    def open(self, parts: Parts) -> None: ...

    def close(self) -> None: ...

    def say(self, line: Speaking) -> Said:
        words = line.request.text.split()
        line.progress.tick()
        tone = np.sin(np.arange(len(words) * RATE_HZ) / 20).astype(np.float32)
        heard = tuple(Heard(text=word, start_seconds=1.0 + n, end_seconds=2.0 + n) for n, word in enumerate(words))
        return Said(wave=np.pad(tone, RATE_HZ), rate_hz=RATE_HZ, words=heard)


@pytest.fixture
def echo(tmp_path: Path) -> _Echo:
    pytest.importorskip("torch")
    manifest = Manifest(id="echo", name="Echo", roles=("speech",), family="echo", licence=Licence(name="x", commercial=True))
    adapter = _Echo()
    adapter.load(LoadPlan(manifest=manifest, weights=tmp_path), Device())
    return adapter


@pytest.mark.models
def test_words_are_timed_in_the_finished_file(echo: _Echo, tmp_path: Path) -> None:
    """The silence cut away before the line, and a sound put before it, move its words."""
    laugh = tmp_path / "laugh.wav"
    soundfile.write(laugh, np.full(48_000, 0.1, np.float32), 48_000)
    facts = MediaFacts(kind="audio", samples=48_000, sample_rate_hz=48_000, channels=1)
    before = InputArtefact(key="k", main="laugh.wav", files={"laugh.wav": laugh}, facts=facts)
    for lead, inputs in ((0, ()), (48_000 + 5_760, (before,))):
        out = tmp_path / str(lead)
        out.mkdir()
        request = SpeechRequest(text="one two", voice=VoiceSpec(), before=0 if inputs else None)
        product = echo.run(Job(request=request, seed=1, inputs=inputs), out, LocalWatch())
        marks = json.loads((out / "marks.json").read_text())
        assert [mark["text"] for mark in marks] == ["one", "two"]
        assert abs(marks[0]["start_sample"] - lead - 2_400) < 500
        assert marks[0]["end_sample"] == marks[1]["start_sample"]
        assert abs(marks[1]["end_sample"] - product.files[0].facts.samples + 2_400) < 1_000
        assert [file.name for file in product.files] == ["speech.wav", "marks.json"]


@pytest.mark.models
def test_a_line_with_nothing_to_say_is_a_moment_of_silence(echo: _Echo, tmp_path: Path) -> None:
    product = echo.run(Job(request=SpeechRequest(text="... —", voice=VoiceSpec()), seed=1), tmp_path, LocalWatch())
    assert product.files[0].facts.samples == 2_400
    assert np.abs(soundfile.read(tmp_path / "speech.wav")[0]).max() == 0
