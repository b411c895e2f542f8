"""Two films by one crew: the second loads nothing again, and is the film that a crew of its own makes."""

import hashlib
import threading
from pathlib import Path

import pytest

from cinema import film, studio
from cinema.catalog import Catalog
from cinema.errors import Cancelled
from cinema.events import Event, ModelEvicted, ModelLoaded, StageStarted
from cinema.render import Crew
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog

pytestmark = pytest.mark.slow

ONE = "INT. ROOM - DAY\n\nANNA\nHello there.\n"
TWO = "EXT. QUAY - NIGHT\n\nTOM\nIs anybody there?\n\nTOM waits.\n"
SETTINGS = Settings(mode="testing", workers=1, enhance_prompts=True)


@pytest.fixture(autouse=True)
def catalog(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Catalog:
    made = testing_catalog(tmp_path / "catalog")
    monkeypatch.setattr(studio, "Catalog", lambda: made)
    return made


def written(folder: Path, text: str) -> Path:
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:8]}.fountain"
    path.write_text(text)
    return path


def digest(made: film.Film) -> str:
    return hashlib.sha256(made.result.film.read_bytes()).hexdigest()


def test_films_by_one_crew_are_those_by_crews_of_their_own(tmp_path: Path) -> None:
    first: list[Event] = []
    heard: list[Event] = []
    cancel = threading.Event()
    with Crew() as crew:
        film.render(written(tmp_path, ONE), tmp_path / "one", SETTINGS, listener=first.append, cancel=cancel, crew=crew)
        assert {"testing-text", "testing-speech", "testing-video"} <= set(crew.models), "whoever words prompts is of this crew"
        worker = crew.slots[0].worker
        crew.rest()
        cancel.set()  # of the film that is over
        kept = film.render(written(tmp_path, TWO), tmp_path / "two", SETTINGS, listener=heard.append, crew=crew)
        warm = digest(kept)
        crew.rest()
        again = film.retake(tmp_path / "two", kept.plan.shots[0].id, film.Retake(), listener=heard.append, crew=crew)
        assert crew.slots[0].worker is worker
        crew.rest()
    loaded = {event.model for event in heard if isinstance(event, ModelLoaded)}
    assert loaded.isdisjoint(event.model for event in first if isinstance(event, ModelLoaded))
    assert not [event for event in heard if isinstance(event, ModelEvicted)]
    alone = film.render(written(tmp_path, TWO), tmp_path / "alone", SETTINGS)
    assert digest(alone) == warm != digest(again)


def test_a_film_that_is_cancelled_leaves_its_crew_without_workers_and_fit_for_another(tmp_path: Path) -> None:
    cancel = threading.Event()

    def listen(event: Event) -> None:
        if isinstance(event, StageStarted) and event.stage == "picture":
            cancel.set()

    with Crew() as crew:
        with pytest.raises(Cancelled):
            film.render(written(tmp_path, TWO), tmp_path / "two", SETTINGS, listener=listen, cancel=cancel, crew=crew)
        assert crew.slots == []
        assert film.resume(tmp_path / "two", crew=crew).missing == ()
        assert crew.models
