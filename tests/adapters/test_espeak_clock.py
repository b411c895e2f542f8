"""A spoken line does not depend on when it is spoken."""

import subprocess
import sys
import time

import pytest

PROBE = """
import hashlib
from cinema.adapters.espeak import perform
from cinema.events import LocalWatch
from cinema.plan.task import SpeechRequest, VoiceSpec

for gender in ("female", "male", "neutral"):
    voice = VoiceSpec(gender=gender, age="old", variant=1)
    wave = perform(SpeechRequest(text="The sea sits still; she sighs.", voice=voice), 1, LocalWatch()).wave
    print(hashlib.sha256(wave.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_the_same_line_a_second_later_in_another_process_is_the_same() -> None:
    said: list[str] = []
    for _ in range(3):
        said.append(subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True).stdout)
        time.sleep(1.1)
    assert len(said[0].split()) == 3
    assert len(set(said)) == 1
