"""Print what pyproject.toml asks for, one requirement on a line: `list_requirements.py EXTRA...`, with those extras.

So a container's layer of libraries hangs on that list alone and not on the source.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def requirements(pyproject: str, extras: list[str]) -> list[str]:
    """The dependencies and those of `extras`. KeyError for an extra that there is not."""
    project = tomllib.loads(pyproject)["project"]
    return [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]


if __name__ == "__main__":
    print("\n".join(requirements(Path("pyproject.toml").read_text(encoding="utf-8"), sys.argv[1:])))
