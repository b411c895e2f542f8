"""What a job names by links: brought over TLS, or refused before a byte is sent, with a sentence that gives nothing away."""

from __future__ import annotations

import io
import json
import re
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tls_site import AUTHORITY, HOST, PUBLIC, STRANGER, Behaviour, Site, reply, running

from cinema import assets
from cinema.errors import InputError, Where
from cinema.faces.serverless.addresses import Refused, is_public, looks_like_address, parse_address
from cinema.faces.serverless.decode import normalised
from cinema.faces.serverless.downloads import BUDGET, LIMITS, Limits, Network, fetch, localise
from cinema.faces.serverless.sniff import type_of
from cinema.faces.serverless.wire import INTERNET, Patience, ask_system
from cinema.script import read_text

BASE = f"https://{HOST}"
SHORT = Limits(most_bytes=1_000_000, seconds=1.0)


def picture(form: str = "PNG", size: tuple[int, int] = (120, 90)) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(3).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)).save(out, form)
    return out.getvalue()


def recording(form: str = "WAV", seconds: float = 2.0) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, 0.5 * np.sin(np.arange(int(seconds * 16_000)) * 0.08), 16_000, format=form)
    return out.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A few bytes that promise a picture of any size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10_000_000), 9))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as here:
        yield here


@pytest.fixture
def inside() -> Iterator[Site]:
    """A server that nobody from outside should reach."""
    with running("inside.cinema.test") as here:
        here.pages["/"] = reply(picture())
        yield here


def refused(url: str, folder: Path, network: Network, kind: str = "image", limits: Limits | None = None) -> str:
    with pytest.raises(InputError) as caught:
        fetch(url, folder, kind, network=network, limits=limits)  # type: ignore[arg-type]
    message = str(caught.value)
    assert re.fullmatch(r"The (picture|recording|script) .{10,400}\.", message), message
    assert not re.search(r"\d+\.\d+\.\d+\.\d+|::|cinema\.faces|Errno|Error|0x", message.replace(str(url), "")), message
    assert not folder.exists() or list(folder.iterdir()) == []
    return message


class Untouched:
    """A network in which names have a number and nothing may be connected to."""

    def __init__(self, *numbers: str) -> None:
        self.asked: list[str] = []
        self.connected: list[str] = []
        self.numbers = numbers

    def network(self) -> Network:
        def resolve(host: str, port: int) -> tuple[str, ...]:
            self.asked.append(host)
            return self.numbers

        def connect(number: str, port: int, patience: Patience) -> socket.socket:
            self.connected.append(number)
            raise ConnectionRefusedError

        return Network(resolve=resolve, connect=connect)


# -- the good way ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_comes_in_one_form(site: Site, tmp_path: Path, form: str) -> None:
    site.pages["/cast/mara.any"] = reply(picture(form))
    path = fetch(f"{BASE}/cast/mara.any?signature=s3cret", tmp_path / "in", "image", network=site.network())
    with Image.open(path) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (120, 90))
    assert path.parent == tmp_path / "in"
    assert "s3cret" not in path.name
    request = site.requests[0].split("\r\n")
    assert request[0] == "GET /cast/mara.any?signature=s3cret HTTP/1.1"
    assert request[1] == f"Host: {HOST}"
    assert {line.partition(":")[0] for line in request[1:] if line} == {
        *("Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"),
    }
    assert site.names == [HOST]


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_recording_comes_in_one_form(site: Site, tmp_path: Path, form: str) -> None:
    site.pages["/voice"] = reply(recording(form, seconds=40))
    path = fetch(f"{BASE}/voice", tmp_path, "audio", network=site.network())
    found = soundfile.info(str(path))
    assert (found.samplerate, found.channels, found.subtype, round(found.duration)) == (48_000, 1, "PCM_16", 30)


@pytest.mark.parametrize(
    ("name", "data", "suffix"),
    [
        ("/a", b'{"schema": "cinema-script/1"}', ".json"),
        ("/a.fountain", b"INT. ROOM - DAY\n\nRain.", ".fountain"),
        ("/a.html", b"\xef\xbb\xbfINT. ROOM - DAY\n\nRain.", ".txt"),
        ("/a", "INT. RAUM - TAG\n\nRegen.".encode("utf-16"), ".txt"),
        ("/a", b'<?xml version="1.0"?><FinalDraft/>', ".fdx"),
    ],
)
def test_a_script_comes_as_it_is(site: Site, tmp_path: Path, name: str, data: bytes, suffix: str) -> None:
    site.pages[name] = reply(data)
    path = fetch(BASE + name, tmp_path, "script", network=site.network())
    assert (path.read_bytes(), path.suffix) == (data, suffix)


def test_lengths_in_pieces_and_none_at_all_are_understood(site: Site, tmp_path: Path) -> None:
    data = picture()
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(data[at : at + 999]), data[at : at + 999]) for at in range(0, len(data), 999))
    site.pages["/pieces"] = reply(pieces + b"0\r\n\r\n", content_length="", transfer_encoding="chunked")
    site.pages["/open"] = reply(data, content_length="")
    one = fetch(f"{BASE}/pieces", tmp_path, "image", network=site.network())
    other = fetch(f"{BASE}/open", tmp_path, "image", network=site.network())
    assert one.read_bytes() == other.read_bytes()


def test_the_environment_names_no_proxy(site: Site, inside: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://user:pass@127.0.0.1:{inside.port}")
    site.pages["/a.png"] = reply(picture())
    assert fetch(f"{BASE}/a.png", tmp_path, "image", network=site.network()).is_file()
    assert inside.connections == 0


# -- addresses that are not taken --------------------------------------------------------------------------------------


WRONG = [
    "",
    "a.png",
    "ftp://media.cinema.test/a",
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
    "gopher://media.cinema.test/",
    "//media.cinema.test/a",
    "https:/media.cinema.test/a",
    "https:media.cinema.test/a",
    " https://media.cinema.test/a",
    "https://media.cinema.test/a\n",
    "https://media.cinema.test/a\r\nHost: other",
    "https://media.cinema.test/a b",
    "https://media.cinema.test/a\tb",
    "https://media.cinema.test/\0",
    "https://media.cinema.test/%zz",
    "https://media.cinema.test/é",
    "https://user@media.cinema.test/",
    "https://user:word@media.cinema.test/",
    "https://@media.cinema.test/",
    "https://good.test\\@127.0.0.1:{port}/",
    "http://good.test\\@127.0.0.1:{port}/",
    "https://good.test@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.0.0.0x1:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://127.0.0.0x:{port}/",
    "https://[::1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[fe80::1%25eth0]:{port}/",
    "https://[fe80::1%eth0]:{port}/",
    "https://[::127.0.0.1]:{port}/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://localhost:{port}/",
    "https://LOCALHOST:{port}/",
    "https://foo.localhost:{port}/",
    "https://localhost.:{port}/",
    "https://printer.local/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://redis/",
    "https://router.lan/",
    "https://1.0.0.127.in-addr.arpa/",
    "https://①②⑦.⓪.⓪.①:{port}/",
    "https://127。0。0。1:{port}/",
    "https://ⓛocalhost:{port}/",
    "https://media.cinema.test:{port}:80/",
    "https://media.cinema.test:/",
    "https://media.cinema.test:0/",
    "https://media.cinema.test:22/",
    "https://media.cinema.test:25/",
    "https://media.cinema.test:80/",
    "https://media.cinema.test:99999/",
    "https://media.cinema.test:+443/",
    "https://media..test/",
    "https://.media.test/",
    "https://-media.test/",
    "https://me_dia.test/",
    "https://media.cinema.test./",
    "https:///media.cinema.test/",
    "https://",
    "https://%6docalhost.test/",
    "https://media.cinema.test#@127.0.0.1/\\",
    "https://" + "a" * 64 + ".test/",
    "https://media.cinema.test/" + "a" * 5_000,
]


@pytest.mark.parametrize("url", WRONG)
def test_a_wrong_address_is_not_even_looked_up(inside: Site, tmp_path: Path, url: str) -> None:
    url = url.replace("{port}", str(inside.port))
    untouched = Untouched("127.0.0.1")
    message = refused(url, tmp_path, untouched.network())
    assert untouched.asked == []
    assert untouched.connected == []
    refused(url, tmp_path, INTERNET)
    assert inside.connections == 0
    assert "user" not in message.replace("a user in it", "")


def test_a_lower_scheme_is_refused_even_where_a_server_listens(inside: Site, tmp_path: Path) -> None:
    assert "https://" in refused(f"http://127.0.0.1:{inside.port}/", tmp_path, INTERNET)
    assert inside.connections == 0


@given(
    st.text(alphabet="abcxyz019.-_~:/?#[]@!$&'()*+,;=%\\ \t\n\0é。①", max_size=30).map(lambda text: f"https://{text}")
    | st.from_regex(r"https://[a-z0-9.-]{1,12}(:[0-9]{1,5})?(/[a-z%0-9@:]*)?(\?[a-z=&/@:]*)?(#[a-z@]*)?", fullmatch=True)
)
def test_whoever_reads_an_address_that_is_taken_reads_the_same_host(url: str) -> None:
    try:
        address = parse_address(url)
    except Refused:
        return
    other = urlsplit(url)
    assert (other.scheme, other.hostname, other.port or 443, other.username) == ("https", address.host, address.port, None)
    assert f"{other.path or '/'}{'?' + other.query if '?' in url.partition('#')[0] else ''}" == address.target
    assert re.fullmatch(r"[!-~]+", address.target)
    with pytest.raises(OSError, match="illegal"):
        socket.inet_aton(address.host)  # the system's own reader of 127.1, 0x7f.1 and the like takes it for no number


@pytest.mark.parametrize(
    "text", ["https://a.test/b", "HTTP://x", "file:///x", "data:,x", "//a.test/x", "\\\\host\\x", " https:x"]
)
def test_what_is_meant_as_an_address_is_seen(text: str) -> None:
    assert looks_like_address(text)
    assert not looks_like_address("folder/" + re.sub(r"\W", "", text))


# -- numbers that are not connected to ---------------------------------------------------------------------------------


INNER = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1"),
    *("127.255.255.254", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1"),
    *("192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    *("255.255.255.255", "168.63.129.16", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a00:1"),
    *("64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
    *("2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254"),
    *(
        "fe80::1",
        "fe80::1%1",
        "2606:4700::1%1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "4000::1",
        "no number",
        "",
        "1.2.3",
        "08.8.8.8",
    ),
]


@pytest.mark.parametrize("number", INNER)
def test_a_name_that_leads_inside_is_refused_before_a_byte(tmp_path: Path, number: str) -> None:
    assert not is_public(number)
    for numbers in ((number,), (PUBLIC, number), (number, PUBLIC)):
        untouched = Untouched(*numbers)
        message = refused(f"{BASE}/a.png", tmp_path, untouched.network())
        assert untouched.asked == [HOST]
        assert untouched.connected == []
        assert not number or number not in message


@pytest.mark.parametrize(
    "number", ["8.8.8.8", "93.184.215.14", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700::1", "2a00::1"]
)
def test_public_numbers_are_public(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize("number", ["127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0"])
def test_a_listening_server_inside_hears_nothing(inside: Site, tmp_path: Path, number: str) -> None:
    network = replace(INTERNET, resolve=lambda host, port: [number])
    refused(f"https://{HOST}:{inside.port}/", tmp_path, network)
    assert inside.connections == 0


def test_a_name_that_is_not_there_sounds_like_one_that_leads_inside(tmp_path: Path) -> None:
    messages = {refused(f"{BASE}/a.png", tmp_path, Untouched(*numbers).network()) for numbers in ((), ("10.0.0.1",))}
    assert len(messages) == 1


def test_names_are_asked_of_the_system_without_its_search_domains() -> None:
    assert ask_system("no-such-name.invalid", 443) == ()


def test_a_name_that_changes_is_asked_once(site: Site, inside: Site, tmp_path: Path) -> None:
    site.pages["/a.png"] = reply(picture())
    answers = [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]
    connected: list[str] = []
    usual = site.network()

    def connect(number: str, port: int, patience: Patience) -> socket.socket:
        connected.append(number)
        return usual.connect(number, port, patience)

    network = replace(usual, resolve=lambda host, port: answers.pop(0), connect=connect)
    assert fetch(f"{BASE}/a.png", tmp_path / "first", "image", network=network).is_file()
    assert connected == [PUBLIC]
    refused(f"{BASE}:{inside.port}/a.png", tmp_path / "second", network)
    assert connected == [PUBLIC]
    assert inside.connections == 0


def test_the_next_number_is_tried_where_one_takes_no_connection(site: Site, tmp_path: Path) -> None:
    site.pages["/a.png"] = reply(picture())
    usual = site.network({HOST: ["8.8.8.8", PUBLIC]})

    def connect(number: str, port: int, patience: Patience) -> socket.socket:
        if number == "8.8.8.8":
            raise ConnectionRefusedError
        return usual.connect(number, port, patience)

    assert fetch(f"{BASE}/a.png", tmp_path, "image", network=replace(usual, connect=connect)).is_file()


def test_a_resolver_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    over = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        over.wait(60)
        return [PUBLIC]

    assert "within" in refused(f"{BASE}/a", tmp_path, replace(INTERNET, resolve=hang), limits=Limits(most_bytes=9, seconds=0.3))
    over.set()


# -- being passed on ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("place", ["/a.png", f"//{HOST}/a.png", f"{BASE}/a.png", f"HTTPS://{HOST.upper()}/a.png"])
def test_a_redirect_is_followed_by_hand(site: Site, tmp_path: Path, status: str, place: str) -> None:
    site.pages |= {"/old": reply(status=status, location=place, set_cookie="a=b"), "/a.png": reply(picture())}
    assert fetch(f"{BASE}/old", tmp_path, "image", network=site.network()).is_file()
    assert site.connections == 2
    assert "ookie" not in site.requests[1]


def test_three_redirects_are_followed_and_no_fourth(site: Site, tmp_path: Path) -> None:
    site.pages |= {f"/{n}": reply(status="302 Found", location=f"/{n - 1}") for n in range(1, 5)}
    site.pages["/0"] = reply(picture())
    assert fetch(f"{BASE}/3", tmp_path / "three", "image", network=site.network()).is_file()
    assert "more than 3 times" in refused(f"{BASE}/4", tmp_path / "four", site.network())


@pytest.mark.parametrize(
    "place",
    [
        "http://media.cinema.test/a.png",
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "https://[::1]:{port}/",
        "https://localhost:{port}/",
        "https://inside.cinema.test:{port}/",
        "//127.0.0.1:{port}/",
        "//inside.cinema.test:{port}/",
        "https://media.cinema.test\\@127.0.0.1:{port}/",
        "https://media.cinema.test@127.0.0.1:{port}/",
        "file:///etc/passwd",
        "ftp://media.cinema.test/a.png",
        "gopher://127.0.0.1:{port}/_x",
        "a.png",
        "",
    ],
)
def test_a_redirect_inside_is_refused_before_a_byte(site: Site, inside: Site, tmp_path: Path, place: str) -> None:
    place = place.replace("{port}", str(inside.port))
    site.pages["/"] = reply(status="302 Found", location=place)
    message = refused(f"{BASE}/", tmp_path, site.network({"inside.cinema.test": ["127.0.0.1"]}))
    assert inside.connections == 0
    assert site.connections == 1
    assert "inside" not in message
    assert str(inside.port) not in message


# -- certificates ------------------------------------------------------------------------------------------------------


def test_a_certificate_for_another_name_or_of_a_strange_authority_gets_no_request(tmp_path: Path) -> None:
    for name, authority in (("other.cinema.test", AUTHORITY), (HOST, STRANGER)):
        with running(name, authority) as wrong:
            wrong.pages["/"] = reply(picture())
            assert "certificate" in refused(f"{BASE}/", tmp_path, wrong.network())
        assert wrong.connections == 1
        assert wrong.requests == []


def test_usual_trust_knows_no_authority_of_ours(site: Site, tmp_path: Path) -> None:
    refused(f"{BASE}/", tmp_path, replace(site.network(), trust=INTERNET.trust))
    assert site.requests == []


# -- servers that misbehave --------------------------------------------------------------------------------------------


def _left(line: ssl.SSLSocket) -> bool:
    """Whether the other side is gone: it asks once, so whatever comes after that is its end."""
    return bool(select.select((line,), (), (), 0)[0])


def drip(start: bytes, piece: bytes, pause_seconds: float) -> Behaviour:
    def behave(line: ssl.SSLSocket, path: str) -> None:
        line.sendall(start)
        until = time.monotonic() + 60
        while time.monotonic() < until and not _left(line):
            line.sendall(piece)
            time.sleep(pause_seconds)

    return behave


PNG_ANSWER = b"HTTP/1.1 200 OK\r\n\r\n\x89PNG\r\n\x1a\n"
SLOW: dict[str, Behaviour] = {
    "drips its headers": drip(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"[:1], 0.2),
    "drips its body": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n\x89PNG\r\n\x1a\n", b"x", 0.2),
    "says nothing": drip(b"", b"", 0.2),
    "goes on saying 100": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.2),
}
BROKEN: dict[str, tuple[Behaviour, str]] = {
    "sends without end": (drip(PNG_ANSWER, bytes(60_000), 0), "more than 1 MB"),
    "sends without end in pieces": (
        drip(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n\x89PNG\r\n\x1a\n\r\n",
            b"ea60\r\n" + bytes(60_000) + b"\r\n",
            0,
        ),
        "more than 1 MB",
    ),
    "sends pieces of one byte": (
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n\x89PNG\r\n\x1a\n\r\n", b"1\r\nx\r\n" * 9_000, 0),
        "more around it|more than 1 MB",
    ),
    "promises too much": (reply(b"\x89PNG\r\n\x1a\n", content_length="999999999"), "more than 1 MB"),
    "sends headers without end": (drip(b"HTTP/1.1 200 OK\r\n", b"X-Padding: y\r\n" * 50, 0), "broke off"),
    "sends a header without end": (drip(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 5_000, 0), "broke off"),
    "breaks off": (reply(picture()[:500], content_length="5000"), "broke off"),
    "breaks off in pieces": (
        reply(b"8\r\n\x89PNG\r\n\x1a\n\r\n50\r\nxx", content_length="", transfer_encoding="chunked"),
        "broke off",
    ),
    "speaks something else": (lambda line, path: line.sendall(b"SSH-2.0-OpenSSH_9.6 Secret Words\r\n"), "broke off"),
    "hangs up": (lambda line, path: None, "broke off"),
    "is empty": (reply(b""), "empty"),
    "has nothing there": (reply(b"Secret Words", status="404 Secret Words"), "404"),
    "is forbidden": (reply(b"Secret Words", status="403 Secret Words"), "403"),
    "gives a part": (reply(picture(), status="206 Partial Content"), "206"),
    "compresses": (reply(zlib.compress(picture()), content_encoding="gzip"), "compressed"),
}


@pytest.mark.slow
@pytest.mark.parametrize("which", SLOW)
def test_one_deadline_holds_whatever_a_server_drips(site: Site, tmp_path: Path, which: str) -> None:
    site.pages["/"] = SLOW[which]
    started = time.monotonic()
    assert "within 1 s" in refused(f"{BASE}/", tmp_path, site.network(), limits=SHORT)
    assert time.monotonic() - started < 30, "the server would go on for a minute"


@pytest.mark.parametrize("which", BROKEN)
def test_a_server_that_misbehaves_is_told_in_our_words(site: Site, tmp_path: Path, which: str) -> None:
    behave, expected = BROKEN[which]
    site.pages["/"] = behave
    message = refused(f"{BASE}/", tmp_path, site.network(), limits=replace(SHORT, seconds=50.0))
    assert re.search(expected, message)
    assert "Secret" not in message


def test_the_query_is_in_no_message(site: Site, tmp_path: Path) -> None:
    message = refused(f"{BASE}/a.png?X-Amz-Signature=s3cret", tmp_path, site.network())
    assert "s3cret" not in message
    assert f"{BASE}/a.png" in message


# -- files that are something else -------------------------------------------------------------------------------------


FFCONCAT = b"ffconcat version 1.0\nfile '/etc/passwd'\n" + b"#" * 2_000
OTHER = {
    "ffconcat": FFCONCAT,
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "html": b"<!doctype html><html><body>not found</body></html>",
    "m3u8": b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\nfile:///etc/passwd\n",
    "gif": b"GIF89a" + bytes(100),
    "tiff": b"II*\0" + bytes(100),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n" + bytes(100),
    "zip": b"PK\x03\x04" + bytes(100),
    "pickle": b"\x80\x04\x95" + bytes(100),
    "elf": b"\x7fELF" + bytes(100),
    "avi": b"RIFF\0\0\0\0AVI " + bytes(100),
    "mp4": b"\0\0\0\x20ftypisom" + bytes(100),
    "aiff": b"FORM\0\0\0\0AIFF" + bytes(100),
    "short": b"R",
}


@pytest.mark.parametrize("what", OTHER)
@pytest.mark.parametrize("kind", ["image", "audio"])
def test_what_is_something_else_is_refused_by_its_bytes(site: Site, tmp_path: Path, what: str, kind: str) -> None:
    site.pages["/a.wav"] = reply(OTHER[what], content_type="image/png")
    assert "whatever its name says" in refused(f"{BASE}/a.wav", tmp_path, site.network(), kind)


@pytest.mark.parametrize("what", ["svg", "html", "gif", "zip", "pickle", "elf", "avi", "mp4"])
def test_what_is_no_text_is_no_script(site: Site, tmp_path: Path, what: str) -> None:
    data = OTHER[what].removeprefix(b'<?xml version="1.0"?>')
    site.pages["/a.fountain"] = reply(data)
    assert "is not a script" in refused(f"{BASE}/a.fountain", tmp_path, site.network(), "script")


@pytest.mark.slow
def test_a_wrong_type_is_noticed_while_it_comes(site: Site, tmp_path: Path) -> None:
    site.pages["/"] = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + FFCONCAT, b"", 0.1)
    started = time.monotonic()
    assert "is not a WAV" in refused(f"{BASE}/", tmp_path, site.network(), "audio", replace(SHORT, seconds=50.0))
    assert time.monotonic() - started < 30, "the server would go on for a minute"


def test_no_first_bytes_are_of_two_kinds() -> None:
    for data in (picture("PNG"), picture("JPEG"), picture("WEBP")):
        assert (type_of(data, "image") is None, type_of(data, "audio")) == (False, None)
    for data in (recording("WAV"), recording("FLAC"), recording("OGG"), recording("MP3")):
        assert (type_of(data, "audio") is None, type_of(data, "image")) == (False, None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("image", huge_png(60_000, 60_000), "more than 64 megapixels"),
        ("image", huge_png(2**31 - 1, 2**31 - 1), "more than 64 megapixels|is not a PNG"),
        ("image", huge_png(40, 40), "has 40 x 40 pixels"),
        ("image", picture()[:3_000], "is damaged"),
        ("image", b"\x89PNG\r\n\x1a\n" + bytes(500), "is not a PNG"),
        ("image", b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(500), "is not a PNG|cannot be decoded"),
        ("audio", b"RIFF\xff\xff\xff\xffWAVE" + FFCONCAT, "is damaged|is not a WAV"),
        ("audio", recording(seconds=0.3), "lasts 0.3 s"),
        ("audio", b"ID3\x04\0\0\0\0\0\0" + bytes(2_000), "is damaged|is not a WAV"),
    ],
)
def test_bombs_and_broken_files_end_in_our_own_sentence(
    site: Site, tmp_path: Path, kind: str, data: bytes, expected: str
) -> None:
    site.pages["/a"] = reply(data)
    started = time.monotonic()
    assert re.search(expected, refused(f"{BASE}/a", tmp_path, site.network(), kind))
    assert time.monotonic() - started < 50, "a decoder may take a minute"


@pytest.mark.slow
def test_a_picture_as_large_as_is_taken_fits_the_fence(site: Site, tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("I;16", (8_000, 8_000), 40_000).save(out, "PNG", compress_level=1)
    site.pages["/a"] = reply(out.getvalue())
    path = fetch(f"{BASE}/a", tmp_path, "image", network=site.network())
    with Image.open(path) as image:
        assert (image.size, image.getpixel((5, 5))) == ((2_048, 2_048), (156, 156, 156))


# -- the process that decodes ------------------------------------------------------------------------------------------


FENCED = {
    "open('/etc/hostname')": "OSError",
    "open('/tmp/cinema-fence-test', 'w')": "OSError",
    "os.write(given, b'x')": "OSError",
    "socket.socket()": "OSError",
    "os.pipe()": "OSError",
    "subprocess.run(['true'])": "OSError",
    "bytearray(8_000_000_000)": "MemoryError",
}


@pytest.mark.parametrize("attempt", FENCED)
def test_behind_the_fence_nothing_can_be_opened_written_or_started(tmp_path: Path, attempt: str) -> None:
    place = tmp_path / "given"
    code = (
        "import os, signal, socket, subprocess\n"
        "from cinema.faces.serverless.decode_child import fence\n"
        f"given = os.open({str(place)!r}, os.O_CREAT | os.O_WRONLY)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "fence()\n"
        f"try:\n    {attempt}\nexcept Exception as exc:\n    print(type(exc).__mro__)\nelse:\n    print('done')\n"
    )
    done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert FENCED[attempt] in done.stdout, done.stdout + done.stderr
    assert place.read_bytes() == b""


def test_a_process_that_says_something_else_or_nothing_is_not_believed() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(picture())
        for module in ("this", "no_such_module"):
            with pytest.raises(Refused, match=r"^cannot be decoded; save it again$"):
                normalised(file, "image", module=module)
        with pytest.raises(Refused, match="cannot be decoded"):
            normalised(file, "image", seconds=0.01)
        assert normalised(file, "image").startswith(b"\x89PNG")


def test_the_process_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    from cinema.faces.serverless.decode import _environment

    for name in ("AWS_SECRET_ACCESS_KEY", "RUNPOD_API_KEY", "HF_TOKEN", "BUCKET_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "s3cret")
    assert "s3cret" not in _environment().values()


# -- a job's script ----------------------------------------------------------------------------------------------------


def script(references: list[object], sample: object = None) -> dict[str, object]:
    mara: dict[str, object] = {"name": "MARA", "look": "yellow oilskin", "references": references}
    return {
        "schema": "cinema-script/1",
        "characters": [{"name": "TOM"}, mara | ({"voice": {"sample": sample}} if sample is not None else {})],
        "scenes": [{"heading": "INT. ROOM - DAY", "elements": [{"type": "action", "text": "MARA waits."}]}],
    }


def test_a_script_with_links_becomes_one_with_files(site: Site, tmp_path: Path) -> None:
    site.pages |= {"/a.png": reply(picture()), "/b.png": reply(picture("JPEG")), "/v.wav": reply(recording())}
    document = script([f"{BASE}/a.png", f"{BASE}/b.png", f"{BASE}/a.png"], f"{BASE}/v.wav")
    before = json.dumps(document)
    local = localise(document, tmp_path, fetch=partial(fetch, network=site.network()))
    assert json.dumps(document) == before
    assert site.connections == 3
    read = read_text(json.dumps(local), "json", "job.json")
    found = assets.gather(read, tmp_path)
    assert [one.asset.kind for one in found] == ["image", "image", "audio"]
    assert all(one.named.source.startswith("fetched/") for one in found)
    assert localise(document, tmp_path, fetch=partial(fetch, network=site.network())) == local
    assert site.connections == 3


@pytest.mark.parametrize(
    ("references", "sample", "pointer", "expected"),
    [
        (["{base}/a.png", "http://a.test/x.png"], None, "references/1", "https://"),
        (["{base}/a.png", "{base}/gone.png"], None, "references/1", "404"),
        (["mara.png"], None, "references/0", "named by a path"),
        (["../../etc/passwd"], None, "references/0", "named by a path"),
        (["{base}/a.png"], "{base}/a.png", "voice/sample", "is not a WAV"),
        (["{base}/a.png"], "//inside.test/v.wav", "voice/sample", "https://"),
    ],
)
def test_a_fault_points_at_its_value(
    site: Site, tmp_path: Path, references: list[str], sample: str | None, pointer: str, expected: str
) -> None:
    site.pages["/a.png"] = reply(picture())
    document = script([one.format(base=BASE) for one in references], sample and sample.format(base=BASE))
    with pytest.raises(InputError, match=expected) as caught:
        localise(document, tmp_path, fetch=partial(fetch, network=site.network()), at="/script")
    assert caught.value.where == Where(pointer=f"/script/characters/1/{pointer}")
    assert str(tmp_path) not in str(caught.value)


def test_addresses_are_read_before_the_first_is_fetched(site: Site, tmp_path: Path) -> None:
    site.pages["/a.png"] = reply(picture())
    with pytest.raises(InputError):
        localise(script([f"{BASE}/a.png", "ftp://x.test/a"]), tmp_path, fetch=partial(fetch, network=site.network()))
    assert site.connections == 0


@pytest.mark.parametrize(
    "document",
    [None, 3, [], "x", {}, {"characters": 3}, {"characters": [None, 3, "x", []]}, {"characters": {"a": 1}}]
    + [{"characters": [{"references": given, "voice": given}]} for given in (None, 3, "x", {}, [3, None, {}])],
)  # fmt: skip
def test_what_is_no_script_is_left_to_its_reader(tmp_path: Path, document: object) -> None:
    assert localise(document, tmp_path, fetch=partial(fetch, network=Untouched().network())) == document


@pytest.mark.parametrize(
    ("change", "expected", "arrived"),
    [
        ({"most_files": 1}, "names more than 1 pictures", 0),
        ({"seconds": 0.0}, "most that a script's files may take", 0),
    ],
)
def test_all_files_together_have_a_budget(
    site: Site, tmp_path: Path, change: dict[str, float], expected: str, arrived: int
) -> None:
    site.pages |= {"/a.png": reply(picture()), "/b.png": reply(picture())}
    with pytest.raises(InputError, match=expected) as caught:
        localise(
            script([f"{BASE}/a.png", f"{BASE}/b.png"]),
            tmp_path,
            fetch=partial(fetch, network=site.network()),
            budget=replace(BUDGET, **change),  # type: ignore[arg-type]
        )
    assert site.connections == arrived
    assert (caught.value.where or Where()).pointer is not None


def test_the_limits_hold_what_they_say() -> None:
    five_minutes_bytes = 300 * 48_000 * 2 * 2
    assert LIMITS["audio"].most_bytes > five_minutes_bytes
    assert LIMITS["script"].most_bytes <= 10_000_000
