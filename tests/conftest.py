"""For every test: the signals of a terminal, whoever began the run."""

import signal


def pytest_configure() -> None:
    """A shell has what it starts in the background ignore Ctrl-C, and what that starts inherits it (POSIX, 2.11)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
