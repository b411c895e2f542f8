"""Tasks of speech: every line's words, in its character's voice, and the laughs and sighs that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cinema.catalog import Choice, Manifest
from cinema.identity import seed_from
from cinema.plan.ledger import Ledger, make_task
from cinema.plan.model import CastMember, Line, Plan, Shot
from cinema.plan.task import SpeechRequest, Task, VoiceSpec


def speak(plan: Plan, choice: Choice, ledger: Ledger) -> None:
    """Fill "line:ID" for every line that can be spoken, and "nonverbal:ID" where another model makes its sound.

    A sound that no chosen model makes is left out, with a warning; a line that is nothing else then has no task.
    """
    if "speech" not in choice:
        return
    speech, sounds = choice["speech"], choice.get("nonverbal")
    booth = _Booth(plan, ledger)
    silent: list[str] = []
    for shot in plan.shots:
        for line in shot.lines:
            apart = bool(line.nonverbal) and "nonverbal" not in speech.wants
            if apart and sounds is not None:
                sound = ledger.fill(f"nonverbal:{line.id}", booth.sound(shot, line, sounds))
                if not line.text:
                    ledger.uses[f"line:{line.id}"] = sound
                    continue
                ledger.fill(f"line:{line.id}", booth.words(shot, replace(line, nonverbal=""), speech, before=sound))
            elif apart:
                silent.append(line.id)
                if line.text:
                    ledger.fill(f"line:{line.id}", booth.words(shot, replace(line, nonverbal=""), speech))
            else:
                ledger.fill(f"line:{line.id}", booth.words(shot, line, speech))
    if silent:
        ledger.warnings.append(_warning(speech, silent))


def _warning(manifest: Manifest, lines: list[str]) -> str:
    named = ", ".join(lines[:6]) + (", ..." if len(lines) > 6 else "")
    said = f"line {named} is" if len(lines) == 1 else f"{len(lines)} lines ({named}) are"
    return f"{manifest.id} cannot laugh, sigh or gasp, and no model for nonverbal sounds is chosen: {said} spoken without."


class _Booth:
    """Where lines are spoken: the voices, and the user's recordings of them."""

    def __init__(self, plan: Plan, ledger: Ledger) -> None:
        self.plan = plan
        self.ledger = ledger
        self.voices: Mapping[str, CastMember] = {member.name: member for member in plan.cast}
        self.recordings = {asset.source: asset.key for asset in plan.assets if asset.kind == "audio"}

    def words(self, shot: Shot, line: Line, manifest: Manifest, before: str | None = None) -> Task:
        """The line in words; `before` is the key of the sound that comes first."""
        content = (line.character, line.text, line.emotion, line.nonverbal, line.language)
        seed = seed_from(self.plan.seed, "speech", *content, self.ledger.occurrence("speech", shot.scene, *content))
        return self._task(line, manifest, SpeechRequest(text=line.text, voice=self._voice(line)), seed, before)

    def sound(self, shot: Shot, line: Line, manifest: Manifest) -> Task:
        """The line's laugh or sigh alone."""
        content = (line.character, line.nonverbal, line.emotion)
        seed = seed_from(self.plan.seed, "nonverbal", *content, self.ledger.occurrence("nonverbal", shot.scene, *content))
        return self._task(line, manifest, SpeechRequest(text="", voice=self._voice(line)), seed, None)

    def _task(self, line: Line, manifest: Manifest, request: SpeechRequest, seed: int, before: str | None) -> Task:
        """The recording of the voice comes first among the inputs, then the sound before the words."""
        sample = self._recording(line) if "sample" in manifest.wants else None
        inputs = tuple(key for key in (sample, before) if key is not None)
        request = replace(
            request,
            emotion=line.emotion,
            nonverbal=line.nonverbal,
            sample=0 if sample is not None else None,
            before=len(inputs) - 1 if before is not None else None,
        )
        what = "line" if request.text or not request.nonverbal else request.nonverbal
        return make_task(manifest, "speech", request, seed, f"{what} {line.id}", inputs)

    def _voice(self, line: Line) -> VoiceSpec:
        member = self.voices.get(line.character)
        voice = member.voice if member else VoiceSpec(language=self.plan.language)
        return voice if voice.language == line.language else replace(voice, language=line.language)

    def _recording(self, line: Line) -> str | None:
        member = self.voices.get(line.character)
        return self.recordings.get(member.sample) if member and member.sample else None
