"""Links that expire: signed as AWS's Signature Version 4 says, by a second hand, and honest about their end."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from cinema.faces.serverless import deliver
from cinema.faces.serverless.bucket import Bucket, ends_at
from cinema.faces.serverless.faults import Refused
from cinema.faces.serverless.house import House
from cinema.faces.serverless.job import JobIn, S3In, read_job

pytest.importorskip("boto3", reason="the extra `serverless` is not installed")
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEY = {"accessId": "AKIAEXAMPLE", "accessSecret": SECRET, "bucketName": "films", "endpointUrl": "https://s3.example.org"}


def link(name: str = "film.mp4", seconds: int = 600, more: dict[str, str] | None = None) -> dict[str, str]:
    facts = S3In.model_validate({**KEY, **(more or {})}, context={"private": True})
    return Bucket(facts, "job-1", seconds).link(name)


def words(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, strict_parsing=True))


def signature(url: str, secret: str) -> str:
    """The signature of a presigned GET (docs.aws.amazon.com, "Authenticating Requests: Using Query Parameters", by hand)."""
    parts, told = urlsplit(url), words(url)
    told.pop("X-Amz-Signature")
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(told.items()))
    canonical = f"GET\n{parts.path}\n{query}\nhost:{parts.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    _, day, region, service, end = told["X-Amz-Credential"].split("/")
    scope = f"{day}/{region}/{service}/{end}"
    text = f"AWS4-HMAC-SHA256\n{told['X-Amz-Date']}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, end):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("film.mp4", {}),
        ("stems/dialogue.wav", {"region": "eu-central-2", "prefix": "house/2026"}),
        ("film.mp4", {"endpointUrl": "https://s3.example.org:9000"}),
        ("film.mp4", {"endpointUrl": "http://127.0.0.1:9000", "prefix": "it's(odd)*!"}),
        ("film.mp4", {"endpointUrl": "https://x.storage.example.org/storage/v1/s3", "region": "auto"}),
        ("film.mp4", {"sessionToken": "FwoGZXIvYXdzE/+=="}),
    ],
)
def test_a_link_is_signed_as_the_specification_says(name: str, more: dict[str, str]) -> None:
    url = link(name, more=more)["url"]
    told = words(url)
    assert told["X-Amz-Signature"] == signature(url, SECRET)
    assert told["X-Amz-Signature"] != signature(url, SECRET + "x")
    assert told["X-Amz-SignedHeaders"] == "host"
    assert told["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert told["X-Amz-Credential"].endswith(f"/{more.get('region', 'us-east-1')}/s3/aws4_request")
    assert told.get("X-Amz-Security-Token") == more.get("sessionToken")
    assert SECRET not in url


def test_the_end_of_a_link_is_in_what_is_signed() -> None:
    url = link(seconds=600)["url"]
    for altered in (
        url.replace("X-Amz-Expires=600", "X-Amz-Expires=601"),
        url.replace(words(url)["X-Amz-Date"], "20990101T000000Z"),
        url.replace("/job-1/", "/job-2/"),
        url.replace("s3.example.org", "s4.example.org"),
    ):
        assert altered != url
        assert signature(altered, SECRET) != words(url)["X-Amz-Signature"]
    assert words(url)["X-Amz-Signature"] != words(link(seconds=601)["url"])["X-Amz-Signature"]


@pytest.mark.parametrize("seconds", [60, 600, 86_400])
def test_a_link_ends_when_it_says(seconds: int) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    found = link(seconds=seconds)
    told = words(found["url"])
    assert told["X-Amz-Expires"] == str(seconds)
    begun = datetime.strptime(told["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert before <= begun <= datetime.now(UTC)
    assert datetime.fromisoformat(found["expires_at"]) == begun + timedelta(seconds=seconds)
    assert found["expires_at"].endswith("+00:00")
    assert ends_at(found["url"]) == found["expires_at"]


@pytest.mark.parametrize("seconds", [59, 86_401, 604_800, "600", True])
def test_no_link_lasts_longer_than_a_day(seconds: object) -> None:
    with pytest.raises(Refused) as caught:
        read_job({"id": "a", "input": {"script": "x", "storage": {"link_seconds": seconds}}})
    assert caught.value.faults[0].pointer == "/storage/link_seconds"


def test_a_link_does_not_outlive_the_credentials_that_sign_it() -> None:
    ends = datetime.now(UTC) + timedelta(hours=1)
    facts = {**KEY, "sessionToken": "t" * 40, "sessionEnds": ends.isoformat()}
    depot = Bucket(S3In.model_validate(facts), "job-1", 86_400)
    found = depot.link("film.mp4")
    assert 3_500 < int(words(found["url"])["X-Amz-Expires"]) <= 3_600
    assert datetime.fromisoformat(found["expires_at"]) <= ends
    assert "temporary credentials" in depot.remarks[0]
    assert ends.isoformat(timespec="seconds") in depot.remarks[0]
    assert Bucket(S3In.model_validate(facts), "job-1", 600).remarks == ()


def test_temporary_credentials_of_an_unknown_end_are_said_to_be() -> None:
    depot = Bucket(S3In.model_validate({**KEY, "sessionToken": "t" * 40}), "job-1", 600)
    assert "may be before expires_at" in depot.remarks[0]
    assert Bucket(S3In.model_validate(KEY), "job-1", 600).remarks == ()


def test_credentials_that_ended_sign_nothing() -> None:
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    depot = Bucket(S3In.model_validate({**KEY, "sessionToken": "t", "sessionEnds": past}), "job-1", 600)
    with pytest.raises(Refused, match="credentials have ended") as caught:
        depot.link("film.mp4")
    assert caught.value.code == "storage"


def test_a_job_whose_credentials_ended_is_refused_before_its_film_is_made() -> None:
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    given = {**KEY, "endpointUrl": "http://127.0.0.1:9", "sessionToken": "t", "sessionEnds": past}
    house = House.here({"CINEMA_JOBS": "/nowhere", "CINEMA_PRIVATE_ADDRESSES": "1"})
    read = JobIn.model_validate({"script": "x", "s3Config": given}, context={"private": True})
    with pytest.raises(Refused) as caught:
        deliver.depot_for(read, "job-1", house)
    assert caught.value.faults[0].pointer == "/s3Config/sessionEnds"


@pytest.mark.parametrize("ends", ["tomorrow", "2026-11-21T10:00:00", "", []])
def test_an_end_without_a_time_zone_is_no_end(ends: object) -> None:
    with pytest.raises(Refused) as caught:
        read_job({"id": "a", "input": {"script": "x", "s3Config": {**KEY, "sessionEnds": ends}}})
    assert caught.value.faults[0].pointer == "/s3Config/sessionEnds"


def test_the_endpoints_own_temporary_credentials_are_read_from_its_environment() -> None:
    told = {
        "BUCKET_ENDPOINT_URL": "http://minio:9000",
        "BUCKET_ACCESS_KEY_ID": "k",
        "BUCKET_SECRET_ACCESS_KEY": "s",
        "BUCKET_NAME": "films",
        "BUCKET_SESSION_TOKEN": "token",
        "BUCKET_SESSION_ENDS": "2026-11-22T00:00:00Z",
    }
    found = deliver.bucket_of(House.here({"CINEMA_JOBS": "/nowhere", **told}))
    assert found is not None
    assert found.session_token is not None
    assert found.session_token.get_secret_value() == "token"
    assert found.session_ends == datetime(2026, 11, 22, tzinfo=UTC)
    assert found.endpoint == "http://minio:9000"
