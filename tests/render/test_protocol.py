"""What crosses between runner and worker comes back as it was sent; anything else is refused."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinema.adapters.contract import Device, InputArtefact, LoadPlan, Product, ProductFile
from cinema.artefact import MediaFacts
from cinema.catalog import Manifest
from cinema.errors import Where
from cinema.plan.task import SpeechRequest, VideoRequest, VoiceSpec
from cinema.render.protocol import (
    Cancel,
    Done,
    Evicted,
    Failed,
    Fetch,
    Fetched,
    Load,
    Loaded,
    Log,
    Order,
    Prepare,
    Quit,
    Ready,
    Report,
    Rest,
    Rested,
    Run,
    Step,
    Unload,
    read_order,
    read_report,
    write_order,
    write_report,
)

FACTS = MediaFacts(kind="video", frames=7, fps=Fraction(24000, 1001), width_px=16, height_px=16)
MANIFEST = Manifest.model_validate(
    {
        "id": "m",
        "name": "M",
        "roles": ["video"],
        "family": "testing",
        "licence": {"name": "MIT", "commercial": True},
        "grid": {"fps": ["23.976", 24]},
        "settings": {"steps": 3, "strength": 0.5, "mode": "x", "on": True},
    }
)
SOURCE = InputArtefact(key="k", main="a.wav", files={"a.wav": Path("/tmp/a b.wav")}, facts=FACTS)
REQUEST = VideoRequest(prompt="two\nlines", width_px=16, height_px=16, fps=Fraction(24000, 1001), length_frames=9)


@pytest.mark.parametrize(
    "order",
    [
        Load(name="m", plan=LoadPlan(manifest=MANIFEST, weights=Path("/w")), device=Device(name="cuda:0", threads=2)),
        Run(name="m", key="k", request=REQUEST, seed=3, inputs=(SOURCE,), out=Path("/out")),
        Prepare(name="m", key="k", requests=(REQUEST, SpeechRequest(text="a", voice=VoiceSpec()))),
        Fetch(name="m", weights=Path("/w")),
        Cancel(key="k"),
        Unload(name="m"),
        Log(path=Path("/l")),
        Log(),
        Rest(),
        Quit(),
    ],
)
def test_orders_come_back(order: Order) -> None:
    line = write_order(order)
    assert line.count(b"\n") == 1
    assert read_order(line) == order


@pytest.mark.parametrize(
    "report",
    [
        Ready(pid=1, python="3.11.7", seconds=0.25),
        Loaded(name="m", seconds=0.5, resident_bytes=9),
        Fetched(name="m", size_bytes=3),
        Step(key="k", done=1, total=2),
        Done(key="k", product=Product(files=(ProductFile(name="clip.mp4", facts=FACTS),), peak_bytes=4), seconds=1.5),
        Failed(key="k", error="InputError", message="x", where=Where(source="s", line=3), traceback="a\nb", loading=True),
        Evicted(name="m"),
        Rested(device_bytes=3, resident_bytes=4),
    ],
)
def test_reports_come_back(report: Report) -> None:
    line = write_report(report)
    assert line.count(b"\n") == 1
    assert read_report(line) == report


@given(text=st.text())
def test_any_text_crosses(text: str) -> None:
    request = SpeechRequest(text=text, voice=VoiceSpec())
    order = Run(name="m", key="k", request=request, seed=0, inputs=(), out=Path("/out"))
    line = write_order(order)
    assert line.count(b"\n") == 1
    assert read_order(line) == order


@pytest.mark.parametrize("line", [b"", b"hello\n", b"{}\n", b'{"kind":"cancel"}\n', b'{"kind":"quit","now":true}\n', b"\xff\n"])
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's message is its own affair
        read_order(line)
    with pytest.raises(ValueError):  # noqa: PT011
        read_report(line)
