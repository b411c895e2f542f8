"""The film as an editor's timeline: it opens, every file is found, and it is the film to the frame."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote, urlparse

import finishing
import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.cut.edl import edl_text, reel_names
from cinema.cut.interchange import otio_timeline, write_interchange
from cinema.cut.timeline import Caption, Timeline
from cinema.errors import OutOfDiskError
from cinema.plan.model import Transition
from cinema.timebase import RATES, sample_at


def found_media(document: otio.schema.Timeline, folder: Path) -> list[Path]:
    """Every file that the timeline links, as a reader that knows only the .otio file's folder would find it."""
    paths: list[Path] = []
    for clip in document.find_clips():
        for reference in clip.media_references().values():
            url = urlparse(reference.target_url)
            path = Path(unquote(url.path))
            paths.append(path if url.scheme == "file" else folder / path)
    return paths


def picture_cuts(document: otio.schema.Timeline) -> list[tuple[int, int]]:
    track = document.video_tracks()[0]
    cuts: list[tuple[int, int]] = []
    for child in track:
        if isinstance(child, otio.schema.Clip):
            span = track.range_of_child(child)
            cuts.append((round(span.start_time.value), round(span.duration.value)))
    return cuts


@st.composite
def films(draw: st.DrawFn) -> tuple[Fraction, list[int], list[Transition], list[int], list[tuple[str, int, int, int, bool]]]:
    fps = draw(st.sampled_from(sorted(RATES.values())))
    lengths = draw(st.lists(st.integers(13, 400), min_size=1, max_size=8))
    entrances = [
        draw(
            st.one_of(
                st.just(Transition()),
                st.builds(
                    Transition, kind=st.sampled_from(["dissolve", "wipe"] if index else ["fade"]), frames=st.integers(1, 12)
                ),
                st.builds(Transition, kind=st.just("fade"), frames=st.integers(1, 12)),
            )
        )
        for index in range(len(lengths))
    ]
    fades = [draw(st.sampled_from([0, 0, 6])) for _ in lengths]
    end = sample_at(sum(lengths), fps)
    sounds = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["dialogue", "music", "effects"]),
                st.integers(0, end - 1),
                st.integers(1, end),
                st.integers(4000, 96_000),
                st.booleans(),
            ),
            max_size=8,
        )
    )
    return fps, lengths, entrances, fades, sounds


def build(
    folder: Path, drawn: tuple[Fraction, list[int], list[Transition], list[int], list[tuple[str, int, int, int, bool]]]
) -> Timeline:
    fps, lengths, entrances, fades, heard = drawn
    clips = finishing.picture(folder, lengths, entrances, takes=2, fade_outs=fades)
    sounds = tuple(
        finishing.sound(folder, f"s{n}", stem, start, length, source=source, loop=loop)  # type: ignore[arg-type]
        for n, (stem, start, length, source, loop) in enumerate(heard)
    )
    return finishing.timeline(folder, fps=fps, clips=clips, sounds=sounds)


@settings(max_examples=40, deadline=None)
@given(films())
def test_any_film_opens_with_the_same_cuts_and_all_media_found(drawn) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        film = build(folder, drawn)
        otio_path, edl_path = write_interchange(film, folder)
        document = otio.adapters.read_from_file(str(otio_path))
        listed = otio.adapters.read_from_file(str(edl_path), rate=float(film.fps))
        wanted = [(clip.start_frame, clip.length_frames) for clip in film.picture]

        assert document.duration() == otio.opentime.RationalTime(film.length_frames, float(film.fps))
        assert all(track.duration() == document.duration() for track in document.tracks)
        assert picture_cuts(document) == wanted
        assert picture_cuts(listed) == wanted
        paths = found_media(document, folder)
        assert len(paths) >= 2 * len(film.picture) + len(film.sound)
        assert all(path.is_file() for path in paths)


@settings(max_examples=40, deadline=None)
@given(films())
def test_sounds_overlap_nowhere_and_stay_inside_their_media(drawn) -> None:
    with tempfile.TemporaryDirectory() as name:
        film = build(Path(name), drawn)
        document = otio_timeline(film, Path(name))
        heard = {clip.name for track in document.audio_tracks() for clip in track.find_clips()}
        assert heard == {clip.slot for clip in film.sound}
        for track in document.audio_tracks():
            for clip in track.find_clips():
                assert clip.source_range.duration <= clip.available_range().duration
                begin = sample_at(round(track.range_of_child(clip).start_time.value), film.fps)
                assert begin >= clip.metadata["cinema"]["start_sample"] - 48_000 / film.fps


def test_a_transition_lies_on_the_first_frames_of_the_shot_that_it_leads_to(tmp_path: Path) -> None:
    ways = [Transition(), Transition(kind="dissolve", frames=12), Transition(kind="wipe", frames=8)]
    film = finishing.timeline(tmp_path, clips=finishing.picture(tmp_path, [40, 50, 60], ways))
    track = otio_timeline(film, tmp_path).video_tracks()[0]
    first, dissolve, second, wipe, _ = list(track)
    assert (dissolve.in_offset.value, dissolve.out_offset.value) == (0, 12)
    assert dissolve.transition_type == otio.schema.TransitionTypes.SMPTE_Dissolve
    assert (wipe.in_offset.value, wipe.out_offset.value, wipe.transition_type) == (0, 8, "SMPTE_Wipe")
    assert track.range_of_child(dissolve).start_time.value == 40
    handle = first.available_range().duration - first.source_range.duration
    assert handle == dissolve.out_offset
    assert second.available_range().duration.value == 50 + 8


def test_fades_at_the_ends_are_transitions_and_within_the_film_opacity(tmp_path: Path) -> None:
    ways = [Transition(kind="fade", frames=10), Transition(kind="fade", frames=6)]
    film = finishing.timeline(tmp_path, clips=finishing.picture(tmp_path, [40, 50], ways, fade_outs=[8, 12]))
    track = otio_timeline(film, tmp_path).video_tracks()[0]
    fade_in, first, second, fade_out = list(track)
    assert (fade_in.in_offset.value, fade_in.out_offset.value) == (0, 10)
    assert (fade_out.in_offset.value, fade_out.out_offset.value) == (12, 0)

    def keys(clip: otio.schema.Clip) -> dict[str, float]:
        (effect,) = clip.effects
        frames = effect.metadata["Resolve_OTIO"]["Parameters"][0]["Key Frames"]
        return {frame: frames[frame]["Value"] for frame in frames}

    assert keys(first) == {"32": 100.0, "40": 0.0}
    assert keys(second) == {"0": 0.0, "6": 100.0}
    assert track.duration().value == 90


def test_every_take_is_kept_and_the_chosen_one_is_active_with_its_recipe(tmp_path: Path) -> None:
    film = finishing.timeline(tmp_path, clips=finishing.picture(tmp_path, [40], takes=3))
    (clip,) = otio_timeline(film, tmp_path).find_clips()
    assert set(clip.media_references()) == {"Take 1", "Take 2", "Take 3"}
    assert clip.active_media_reference_key == "Take 3"
    recipe = clip.metadata["cinema"]["recipe"]
    assert recipe["model"] == "boards"
    assert recipe["seed"] == 3
    assert recipe["prompt"] == "prompt of 1-1, take 3"
    assert recipe["key"] == finishing.key_of("1-1/3")
    assert clip.media_references()["Take 1"].metadata["cinema"]["seed"] == 1


def test_links_survive_moving_the_folder_and_odd_names(tmp_path: Path) -> None:
    folder = tmp_path / "ein Film #1 100%"
    folder.mkdir()
    film = finishing.timeline(folder)
    odd = folder / ".cinema" / "objects" / "ä b#c%.mp4"
    odd.write_bytes(b"x")
    clip = film.picture[0]
    kept = replace(clip.take, path=odd)
    film = replace(film, picture=(replace(clip, takes=(kept,)), *film.picture[1:]))
    write_interchange(film, folder)
    moved = tmp_path / "moved"
    shutil.move(folder, moved)
    document = otio.adapters.read_from_file(str(moved / "film.otio"))
    assert all(path.is_file() for path in found_media(document, moved))


def test_absolute_links_and_media_outside_the_folder_are_file_urls(tmp_path: Path) -> None:
    film = finishing.timeline(tmp_path / "media")
    out = tmp_path / "out"
    out.mkdir()
    write_interchange(film, out)
    document = otio.adapters.read_from_file(str(out / "film.otio"))
    assert all(path.is_absolute() and path.is_file() for path in found_media(document, out))
    write_interchange(film, tmp_path / "media", links="absolute")
    document = otio.adapters.read_from_file(str(tmp_path / "media" / "film.otio"))
    assert all(clip.media_reference.target_url.startswith("file://") for clip in document.find_clips())


def test_chapters_and_captions_are_markers(tmp_path: Path) -> None:
    captions = (Caption(start_frame=6, end_frame=40, text="Eleven years.\nAlone.", line="L1", speaker="MARA"),)
    document = otio_timeline(finishing.timeline(tmp_path, captions=captions), tmp_path)
    (chapter,) = document.tracks.markers
    assert chapter.name == "INT. LIGHTHOUSE - NIGHT"
    assert chapter.marked_range.duration.value == 84
    (caption,) = document.video_tracks()[0].markers
    assert caption.name == "Eleven years. Alone."
    assert caption.comment == "Eleven years.\nAlone."
    assert (caption.marked_range.start_time.value, caption.marked_range.duration.value) == (6, 34)


def test_a_shot_without_a_take_is_a_missing_reference_of_the_right_length(tmp_path: Path) -> None:
    clip = finishing.picture(tmp_path, [30])[0]
    empty = replace(clip, takes=())
    film = finishing.timeline(tmp_path, clips=(empty,))
    otio_path, edl_path = write_interchange(film, tmp_path)
    document = otio.adapters.read_from_file(str(otio_path))
    (item,) = document.find_clips()
    assert item.media_reference.is_missing_reference
    assert document.duration().value == 30
    assert "BL" in edl_path.read_text()


def test_the_otio_file_is_plain_json_at_the_exact_rate(tmp_path: Path) -> None:
    path, _ = write_interchange(finishing.timeline(tmp_path, fps=Fraction(24000, 1001)), tmp_path)
    document = json.loads(path.read_text())
    assert document["global_start_time"]["rate"] == 24000 / 1001
    assert document["metadata"]["cinema"]["fps"] == "24000/1001"


def test_the_edl_reads_as_an_editor_expects(tmp_path: Path) -> None:
    ways = [
        Transition(kind="fade", frames=10),
        Transition(kind="dissolve", frames=12),
        Transition(kind="wipe", frames=8),
        Transition(kind="fade", frames=5),
    ]
    clips = finishing.picture(tmp_path, [48, 36, 30, 24], ways, fade_outs=[0, 0, 0, 7])
    text = edl_text(finishing.timeline(tmp_path, clips=clips, title="A\nfilm\u2028title"), tmp_path)
    reels = [finishing.key_of(f"1-{n}/1")[:8].upper() for n in (1, 2, 3, 4)]
    lines = text.splitlines()
    assert lines[:2] == ["TITLE: A film title", "FCM: NON-DROP FRAME"]
    assert f"001  {reels[0]} V     C        00:00:00:00 00:00:02:00 00:00:00:00 00:00:02:00" in lines
    assert "* FADE IN FROM BLACK: 010 FRAMES" in lines
    assert f"002  {reels[0]} V     C        00:00:02:00 00:00:02:00 00:00:02:00 00:00:02:00" in lines
    assert f"002  {reels[1]} V     D    012 00:00:00:00 00:00:01:12 00:00:02:00 00:00:03:12" in lines
    assert "* TO CLIP NAME:  1-2" in lines
    assert f"003  {reels[2]} V     W001 008 00:00:00:00 00:00:01:06 00:00:03:12 00:00:04:18" in lines
    assert "004  BL       V     C        00:00:00:00 00:00:00:00 00:00:04:18 00:00:04:18" in lines
    assert "* FADE OUT TO BLACK: 007 FRAMES" in lines


def test_reels_never_collide_and_repeat_for_the_same_take(tmp_path: Path) -> None:
    clips = finishing.picture(tmp_path, [10, 10, 10])

    def keyed(clip, key: str):
        kept = replace(clip.take, key=key)
        return replace(clip, takes=(kept,))

    first, second = "a" * 8 + "b" * 56, "a" * 8 + "c" * 56
    film = finishing.timeline(tmp_path, clips=(keyed(clips[0], first), keyed(clips[1], second), keyed(clips[2], first)))
    one, two, three = reel_names(film)
    assert one == three != two
    assert all(len(name) == 8 for name in (one, two))


@pytest.mark.parametrize("name", sorted(RATES))
def test_an_hour_long_edl_keeps_its_frames_at_every_rate(tmp_path: Path, name: str) -> None:
    rate = RATES[name]
    hour = round(rate) * 3600
    film = finishing.timeline(tmp_path, fps=rate, clips=finishing.picture(tmp_path, [hour, 17]))
    listed = otio.adapters.read_from_string(edl_text(film, tmp_path), "cmx_3600", rate=float(rate))
    assert picture_cuts(listed) == [(0, hour), (hour, 17)]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    film = finishing.timeline(tmp_path)
    with pytest.raises(OutOfDiskError, match=r"film\.otio"):
        write_interchange(film, tmp_path / "not" / "there")
