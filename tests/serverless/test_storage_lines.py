"""A job's own storage and webhook: connected to by the number that was checked, or refused before a byte is sent."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sent_jobs import job
from test_downloads import INNER, WRONG, Untouched, drip
from tls_site import AUTHORITY, HOST, PUBLIC, STRANGER, Behaviour, Site, reply, running

from cinema.faces.serverless import addresses, deliver, webhook
from cinema.faces.serverless.addresses import parse_address
from cinema.faces.serverless.exchange import Request, exchange
from cinema.faces.serverless.faults import Refused
from cinema.faces.serverless.house import House
from cinema.faces.serverless.job import JobIn, read_job
from cinema.faces.serverless.parcels import Parcel, parcel_of
from cinema.faces.serverless.service import Service
from cinema.faces.serverless.wire import INTERNET, Network, Unreachable

pytest.importorskip("boto3", reason="the extra `serverless` is not installed")
NEVER = threading.Event()


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as here:
        yield here


@pytest.fixture
def inside() -> Iterator[Site]:
    """A server that nobody from outside should reach."""
    with running("inside.cinema.test") as here:
        yield here


@pytest.fixture
def film(tmp_path: Path) -> Parcel:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film" * 300)
    return parcel_of(path, "film", "film.mp4", 1.0)


def storage(url: str, **more: str) -> dict[str, str]:
    return {"accessId": "AKIAJOB", "accessSecret": "of-the-job", "bucketName": "films", "endpointUrl": url, **more}


def house(tmp_path: Path, network: Network, **more: str) -> House:
    return replace(House.here({"CINEMA_JOBS": str(tmp_path / "jobs"), **more}), network=network)


def bucket(tmp_path: Path, network: Network, url: str = f"https://{HOST}", **more: str) -> deliver.Depot:
    given = JobIn.model_validate({"script": "x", "s3Config": storage(url, **more)})
    return deliver.depot_for(given, "job-1", house(tmp_path, network))


def after_the_body(behave: Behaviour) -> Behaviour:
    """Who answers and leaves before the body was read may take the answer away with the line."""

    def behaving(line: Any, path: str) -> None:
        line.recv(65_536)
        behave(line, path)

    return behaving


class Shelf:
    """As much of S3 as a small file needs: HEAD, PUT and GET of whole objects."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.held: dict[str, bytes] = {}
        self.said: dict[str, Mapping[str, str]] = {}

    def __call__(self, line: Any, path: str) -> None:
        head, _, body = self._site.requests[-1].partition("\r\n\r\n")
        method = head.split(" ")[0]
        told = {name.lower(): value for name, _, value in (each.partition(": ") for each in head.split("\r\n")[1:])}
        if method == "PUT":
            data = body.encode("latin-1")
            while len(data) < int(told["content-length"]):
                data += line.recv(65_536)
            self.held[path], self.said[path] = data, told
            reply(b"", etag='"x"')(line, path)
        elif path in self.held:
            meta = {"x_amz_meta_sha256": self.said[path].get("x-amz-meta-sha256", "")}
            data = self.held[path] if method == "GET" else b""
            reply(data, content_length=str(len(self.held[path])), **meta)(line, path)
        else:
            reply(b"", status="404 Not Found")(line, path)


@pytest.fixture
def shelf(site: Site) -> Shelf:
    found = Shelf(site)
    site.pages["/films/job-1/film.mp4"] = site.pages["/films/job-1/delivered.json"] = found
    return found


# -- the good way ------------------------------------------------------------------------------------------------------


def test_a_storage_is_spoken_to_under_its_name_by_the_number_that_was_checked(
    site: Site, shelf: Shelf, film: Parcel, tmp_path: Path
) -> None:
    connected: list[str] = []
    usual = site.network()

    def connect(number: str, port: int, patience: Any) -> socket.socket:
        connected.append(number)
        return usual.connect(number, port, patience)

    depot = bucket(tmp_path, replace(usual, connect=connect))
    where = depot.put(film, NEVER)
    assert shelf.held["/films/job-1/film.mp4"] == film.path.read_bytes()
    assert where["url"].startswith(f"https://{HOST}/films/job-1/film.mp4?")
    sent = len(site.requests)
    assert depot.put(film, NEVER)["key"] == where["key"]
    assert [one.split(" ")[0] for one in site.requests[sent:]] == ["HEAD"]
    assert set(connected) == {PUBLIC}
    assert set(site.names) == {HOST}
    for request in site.requests:
        assert f"\r\nHost: {HOST}\r\n" in request
        assert "Credential=AKIAJOB/" in request
        assert "of-the-job" not in request


def test_nothing_of_this_machine_goes_to_a_storage_that_a_job_named(
    site: Site, shelf: Shelf, inside: Site, film: Parcel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No credentials of ours, no profile, no proxy, no question to the cloud's metadata service."""
    of_ours = {
        "AWS_ACCESS_KEY_ID": "AKIAHOUSE",
        "AWS_SECRET_ACCESS_KEY": "of-the-house",
        "AWS_SESSION_TOKEN": "token-of-the-house",
        "AWS_PROFILE": "nobody",
        "AWS_DEFAULTS_MODE": "auto",
        "AWS_EXECUTION_ENV": "the-house",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{inside.port}",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{inside.port}/",
        "AWS_ENDPOINT_URL_S3": f"https://127.0.0.1:{inside.port}",
        "HTTPS_PROXY": f"http://127.0.0.1:{inside.port}",
        "https_proxy": f"http://127.0.0.1:{inside.port}",
        "ALL_PROXY": f"http://127.0.0.1:{inside.port}",
    }
    for name, value in of_ours.items():
        monkeypatch.setenv(name, value)
    bucket(tmp_path, site.network()).put(film, NEVER)
    assert inside.connections == 0
    assert site.requests
    for request in site.requests:
        assert "AKIAHOUSE" not in request
        assert "house" not in request.lower()
        assert "x-amz-security-token" not in request.lower()
        assert "linux" not in request.lower()


def test_a_storage_that_hides_what_it_lacks_is_given_the_file(site: Site, shelf: Shelf, film: Parcel, tmp_path: Path) -> None:
    """S3 answers 403, not 404, to credentials that may put and get and not list."""

    def hiding(line: Any, path: str) -> None:
        reply(b"", status="403 Forbidden")(line, path) if len(site.requests) == 1 else shelf(line, path)

    site.pages["/films/job-1/film.mp4"] = hiding
    assert bucket(tmp_path, site.network()).put(film, NEVER)["key"] == "job-1/film.mp4"
    assert [request.split(" ")[0] for request in site.requests] == ["HEAD", "PUT", "HEAD"]


def test_a_session_token_goes_to_its_storage_only_signed(site: Site, shelf: Shelf, film: Parcel, tmp_path: Path) -> None:
    bucket(tmp_path, site.network(), sessionToken="token-of-the-job").put(film, NEVER)
    assert all("X-Amz-Security-Token: token-of-the-job\r\n" in request for request in site.requests)


# -- addresses that are not taken --------------------------------------------------------------------------------------


def ask(given: object, house: House) -> dict[str, Any]:
    async def send(news: Mapping[str, Any]) -> None:
        """Nobody."""

    return asyncio.run(Service(house=house, send_for=lambda job: send).handle({"id": "wrong-1", "input": given}))


@pytest.mark.parametrize("url", WRONG)
@pytest.mark.parametrize("what", ["webhook", "storage"])
def test_a_wrong_address_is_not_even_looked_up(what: str, url: str, inside: Site, tmp_path: Path) -> None:
    url = url.replace("{port}", str(inside.port))
    untouched = Untouched("127.0.0.1")
    given = job(webhook=url) if what == "webhook" else job(s3Config=storage(url))
    answer = ask(given, house(tmp_path, untouched.network()))
    assert answer["code"] == "invalid_input"
    assert [fault["pointer"] for fault in answer["errors"]] == ["/webhook" if what == "webhook" else "/s3Config/endpointUrl"]
    assert re.fullmatch(r"(This|These) .{10,200}[.]", answer["errors"][0]["message"]), answer["errors"]
    assert untouched.asked == []
    assert untouched.connected == []
    ask(given, house(tmp_path, INTERNET))
    if what == "webhook":
        assert webhook.post(url, {}).startswith("The webhook was not told: it ")
    assert inside.connections == 0


@pytest.mark.parametrize("url", [f"http://{HOST}/", "http://10.0.0.1:9000", "http://minio:9000", "https://[::1]:9000"])
def test_addresses_of_the_house_are_taken_where_its_owner_says_so(url: str) -> None:
    given = {"id": "a", "input": job(s3Config=storage(url), webhook=url)}
    with pytest.raises(Refused):
        read_job(given)
    read = read_job(given, private=True).input
    assert read.webhook == url
    assert read.s3_config is not None
    assert read.s3_config.endpoint == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        *("http://0177.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://[::ffff:7f00:1%25a]/"),
        *("http://good.test\\@127.0.0.1/", "http://a:b@minio/", "http://minio:0/", "http://minio:99999/", "ftp://minio/"),
        *("http://[127.0.0.1]/", "http://[::1", "http://[::1]x/", "http://[::01]/", "http://minio:+1/", "http:///x", "http://"),
    ],
)
def test_in_the_house_too_an_address_is_read_one_way(url: str) -> None:
    with pytest.raises(addresses.Refused):
        parse_address(url, private=True)


@pytest.mark.parametrize("url", [f"https://{HOST}/?x=1", f"https://{HOST}/#x", f"https://{HOST}/a?"])
def test_a_storage_is_named_by_its_address_alone(url: str) -> None:
    with pytest.raises(Refused) as caught:
        read_job({"id": "a", "input": job(s3Config=storage(url))})
    assert caught.value.faults[0].pointer == "/s3Config/endpointUrl"


# -- names that lead inside --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", INNER)
def test_a_name_that_leads_inside_is_refused_before_a_byte(number: str, tmp_path: Path) -> None:
    for numbers in ((number,), (PUBLIC, number), (number, PUBLIC), ()):
        untouched = Untouched(*numbers)
        answer = ask(job(s3Config=storage(f"https://{HOST}")), house(tmp_path, untouched.network()))
        assert [fault["pointer"] for fault in answer["errors"]] == ["/s3Config/endpointUrl"]
        assert answer["errors"][0]["message"] == "The storage is not at a host on the public internet that can be found."
        assert "public internet" in webhook.post(f"https://{HOST}/", {}, network=untouched.network())
        assert untouched.asked == [HOST, HOST]
        assert untouched.connected == []


class Changing:
    """A name that leads to a public number so many times, and to this machine from then on."""

    def __init__(self, site: Site, good: int) -> None:
        self.good = good
        self.connected: list[str] = []
        self._usual = site.network()

    def network(self) -> Network:
        def resolve(host: str, port: int) -> Sequence[str]:
            self.good -= 1
            return (PUBLIC,) if self.good >= 0 else ("127.0.0.1",)

        def connect(number: str, port: int, patience: Any) -> socket.socket:
            self.connected.append(number)
            return self._usual.connect(number, port, patience)

        return replace(self._usual, resolve=resolve, connect=connect)


@pytest.mark.parametrize("good", [1, 2, 3])
def test_a_storage_whose_name_changes_is_not_followed_inside(
    good: int, site: Site, shelf: Shelf, inside: Site, film: Parcel, tmp_path: Path
) -> None:
    """Looked up once before the film is made, then for each line: HEAD, PUT, HEAD."""
    changing = Changing(site, good)
    depot = bucket(tmp_path, changing.network(), f"https://{HOST}:{inside.port}")
    with pytest.raises(Refused) as caught:
        depot.put(film, NEVER)
    assert caught.value.code == "storage"
    assert "is not at a host on the public internet" in caught.value.message
    assert "127.0.0.1" not in caught.value.message
    assert changing.connected == [PUBLIC] * (good - 1)
    assert inside.connections == 0


def test_a_webhook_whose_name_changes_is_not_followed_inside(site: Site, inside: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_TRIES_AFTER_SECONDS", (0.0, 0.0, 0.0))
    site.pages["/told"] = after_the_body(reply(status="500 Later"))
    changing = Changing(site, 1)
    said = webhook.post(f"https://{HOST}:{inside.port}/told", {}, network=changing.network())
    assert "public internet" in said
    assert changing.connected == [PUBLIC]
    assert len(site.requests) == 1
    assert inside.connections == 0


# -- being sent elsewhere ----------------------------------------------------------------------------------------------


def xml(code: str, more: str = "") -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>Secret Words</Message>{more}</Error>".encode()


ELSEWHERE: dict[str, Callable[[int], Behaviour]] = {
    **{
        f"{status} to another host": lambda port, status=status: reply(
            status=status, location=f"https://inside.cinema.test:{port}/films/job-1/film.mp4", x_amz_bucket_region="eu-west-1"
        )
        for status in ("301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent")
    },
    "a region's own host": lambda port: reply(
        xml("PermanentRedirect", f"<Endpoint>127.0.0.1:{port}</Endpoint><Bucket>films</Bucket><Region>eu-west-1</Region>"),
        status="301 Moved",
        x_amz_bucket_region="eu-west-1",
    ),
    "a region that is an address": lambda port: reply(
        xml("AuthorizationHeaderMalformed", f"<Region>x.127.0.0.1:{port}</Region>"), status="400 Bad"
    ),
    "a region of a strange name": lambda port: reply(status="400 Bad", x_amz_bucket_region=f"@127.0.0.1:{port}/"),
}


@pytest.mark.parametrize("which", ELSEWHERE)
def test_a_storage_cannot_send_us_elsewhere(which: str, site: Site, inside: Site, film: Parcel, tmp_path: Path) -> None:
    site.pages["/films/job-1/film.mp4"] = site.pages["/films"] = ELSEWHERE[which](inside.port)
    network = site.network({"inside.cinema.test": [PUBLIC], "127.0.0.1": ["127.0.0.1"]})
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return network.resolve(host, port)

    with pytest.raises(Refused) as caught:
        bucket(tmp_path, replace(network, resolve=resolve)).put(film, NEVER)
    assert caught.value.code == "storage"
    assert "Secret" not in caught.value.message
    assert set(asked) == {HOST}
    assert set(site.names) == {HOST}
    assert inside.connections == 0


@pytest.mark.parametrize("name", ["films--use1-az4--x-s3", "films--x-s3", "abcdefg--op-s3", "arn.aws.s3"])
def test_a_bucket_by_whose_name_s3_means_another_host_is_asked_for_at_its_own(
    name: str, site: Site, film: Parcel, tmp_path: Path
) -> None:
    asked: list[str] = []
    usual = site.network()

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return usual.resolve(host, port)

    with pytest.raises(Refused):
        bucket(tmp_path, replace(usual, resolve=resolve), bucketName=name).put(film, NEVER)
    assert set(asked) <= {HOST}
    assert set(site.names) <= {HOST}


@pytest.mark.parametrize(("name", "authority"), [("other.cinema.test", AUTHORITY), (HOST, STRANGER)])
def test_a_certificate_that_proves_nothing_gets_no_request(name: str, authority: Any, film: Parcel, tmp_path: Path) -> None:
    with running(name, authority) as wrong:
        with pytest.raises(Refused, match="certificate does not prove its name"):
            bucket(tmp_path, wrong.network()).put(film, NEVER)
        assert wrong.requests == []


@pytest.mark.parametrize(
    "behave",
    [
        drip(b"HTTP/1.1 403 No\r\nContent-Type: application/xml\r\n\r\n<Error>", b"<x>" * 20_000, 0),
        drip(b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n", b"ea60\r\n" + bytes(60_000) + b"\r\n", 0),
    ],
    ids=["open", "in pieces"],
)
def test_an_answer_without_end_is_cut_off(behave: Behaviour, site: Site, film: Parcel, tmp_path: Path) -> None:
    site.pages["/"] = behave
    with pytest.raises(addresses.Refused, match=r"answers with more than 1 MB|more around it"):
        exchange(parse_address(f"https://{HOST}/"), Request(method="GET", headers={}, seconds=20.0), site.network())


def test_an_answer_that_comes_before_the_body_was_sent_is_heard(site: Site) -> None:
    def hang_up(line: Any, path: str) -> None:
        reply(b"", status="413 Too Large")(line, path)

    site.pages["/"] = hang_up
    body = bytes(20_000_000)
    asked = Request(method="PUT", headers={"Content-Length": str(len(body))}, body=body, seconds=30.0)
    with suppress(OSError):  # the system may throw the answer away with the line; that is tried again
        assert exchange(parse_address(f"https://{HOST}/"), asked, site.network()).status == 413
    assert len(site.requests) == 1


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\0b", "a\x7fb", "ü€"])
def test_a_header_is_one_line(value: str, site: Site) -> None:
    with pytest.raises(addresses.Refused):
        exchange(parse_address(f"https://{HOST}/"), Request(method="GET", headers={"X": value}, seconds=5.0), site.network())
    assert site.connections == 0


def test_a_host_that_takes_no_connection_is_told_from_one_that_is_refused(site: Site) -> None:
    def refuse(number: str, port: int, patience: Any) -> socket.socket:
        raise ConnectionRefusedError

    with pytest.raises(Unreachable):
        exchange(
            parse_address(f"https://{HOST}/"),
            Request(method="GET", headers={}, seconds=5.0),
            replace(site.network(), connect=refuse),
        )


@pytest.mark.slow
def test_a_webhook_that_drips_is_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_TRIES_AFTER_SECONDS", (0.0,))
    monkeypatch.setattr(webhook, "_WAIT_SECONDS", 1.0)
    site.pages["/"] = after_the_body(drip(b"HTTP/1.1 200 OK\r\n", b"X", 0.2))
    began = time.monotonic()
    assert "TimeoutError" in webhook.post(f"https://{HOST}/", {}, network=site.network())
    assert time.monotonic() - began < 10


def test_a_webhook_may_say_as_much_as_it_likes(site: Site) -> None:
    site.pages["/told"] = after_the_body(reply(b"x", content_length="9000000000"))
    assert webhook.post(f"https://{HOST}/told", {}, network=site.network()) == ""


@pytest.mark.parametrize("url", ["https://inside.cinema.test/told", "https://nowhere.cinema.test/told"])
def test_a_job_whose_webhook_leads_inside_is_answered_with_a_warning(
    url: str, site: Site, inside: Site, tmp_path: Path
) -> None:
    network = site.network({"inside.cinema.test": ["127.0.0.1"]})
    given = {"action": "deliver", "film": "film-1", "webhook": f"{url.removesuffix('/told')}:{inside.port}/told"}
    answer = ask(given, house(tmp_path, network))
    assert answer["code"] == "not_found"
    assert "is not at a host on the public internet" in answer["warnings"][-1]
    assert inside.connections == 0


def test_a_webhook_is_told_over_tls(site: Site) -> None:
    site.pages["/told"] = after_the_body(reply(status="204 Thanks"))
    assert webhook.post(f"https://{HOST}/told?x=1", {"job_id": "j"}, secret="s3", network=site.network()) == ""
    assert site.requests[0].startswith(f"POST /told?x=1 HTTP/1.1\r\nHost: {HOST}\r\n")
    assert "X-Cinema-Signature: sha256=" in site.requests[0]
