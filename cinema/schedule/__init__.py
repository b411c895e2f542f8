"""On which device, in which mode, with which models, in which order: pure decisions, data out."""

from cinema.schedule.choose import as_named, choose_mode, choose_models, choose_modes
from cinema.schedule.devices import find_devices
from cinema.schedule.make import make_schedule
from cinema.schedule.model import Batch, DeviceFacts, Prediction, Schedule
from cinema.schedule.predict import finished_size_bytes, fit, worker_bytes

__all__ = [
    "Batch",
    "DeviceFacts",
    "Prediction",
    "Schedule",
    "as_named",
    "choose_mode",
    "choose_models",
    "choose_modes",
    "find_devices",
    "finished_size_bytes",
    "fit",
    "make_schedule",
    "worker_bytes",
]
