"""The weights room: which files a model's weights are, how they come here, and how they are known again.

`<root>/<model id>/` holds a model's files, most of them links into the Hugging Face cache, with `lock.json` beside them:
repository, resolved commit, and every file's size and SHA-256. A folder appears whole or not at all, and stays as it is for
whoever found it when another revision takes its name.
"""

from cinema.weights.lock import LOCK_NAME, Lock, LockedFile, LockedSource, lock_folder, read_lock, write_lock
from cinema.weights.shelf import WeightsShelf, shelf_for, shelf_root

__all__ = [
    "LOCK_NAME",
    "Lock",
    "LockedFile",
    "LockedSource",
    "WeightsShelf",
    "lock_folder",
    "read_lock",
    "shelf_for",
    "shelf_root",
    "write_lock",
]
