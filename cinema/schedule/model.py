"""`Schedule`: on which device, in which order, at which predicted cost."""

from __future__ import annotations

from dataclasses import dataclass

from cinema.catalog import LoadPlanName


@dataclass(frozen=True, kw_only=True)
class DeviceFacts:
    """A device found on this machine. `slots` workers may run on it at once (one per core on a CPU)."""

    name: str
    title: str
    memory_bytes: int
    slots: int = 1


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Predicted cost. `measured` is False when a figure behind the seconds was only estimated, `peak_measured` the peak's."""

    seconds: float = 0.0
    peak_bytes: int = 0
    host_bytes: int = 0
    """Of the machine's own memory, while the model is held."""
    usd: float = 0.0
    size_bytes: int = 0
    """Of the artefacts, on disk."""
    measured: bool = True
    peak_measured: bool = True


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Tasks of one model on one device in one load plan, in order."""

    model: str
    device: str
    load_plan: LoadPlanName
    precision: str
    keys: tuple[str, ...]
    prediction: Prediction


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Batches in order; a task stands in a batch after those of its inputs. `cached` keys need no work."""

    mode: str
    batches: tuple[Batch, ...]
    cached: tuple[str, ...] = ()
    devices: tuple[DeviceFacts, ...] = ()
    notes: tuple[str, ...] = ()
    """Why a model was chosen, or passed over."""

    @property
    def prediction(self) -> Prediction:
        """Of all batches; seconds as if each device worked through its own batches with all its slots."""
        slots = {device.name: max(device.slots, 1) for device in self.devices}
        busy: dict[str, float] = {}
        for batch in self.batches:
            busy[batch.device] = busy.get(batch.device, 0.0) + batch.prediction.seconds / slots.get(batch.device, 1)
        return Prediction(
            seconds=max(busy.values(), default=0.0),
            peak_bytes=max((batch.prediction.peak_bytes for batch in self.batches), default=0),
            host_bytes=max((batch.prediction.host_bytes for batch in self.batches), default=0),
            usd=sum(batch.prediction.usd for batch in self.batches),
            size_bytes=sum(batch.prediction.size_bytes for batch in self.batches),
            measured=all(batch.prediction.measured for batch in self.batches),
            peak_measured=all(batch.prediction.peak_measured for batch in self.batches),
        )
