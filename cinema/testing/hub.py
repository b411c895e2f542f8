"""A hub of models on localhost that behaves as huggingface_hub 2.4 expects, and misbehaves when told.

    with TestingHub() as hub:
        commit = hub.publish("owner/name", {"config.json": b"{}", "model.safetensors": data})
        ...                                     # HF_ENDPOINT=hub.endpoint
        hub.cut("model.safetensors", after_bytes=10_000, times=10)

It answers `/api/models/R/revision/V`, `/api/models/R/tree/V` and `/R/resolve/V/PATH` (HEAD and GET, with ranges), and plain
files below `/files/`. `hub.sent_bytes` and `hub.requests` say what it was asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, unquote, urlsplit

from cinema.testing.localhost import LocalHandler, LocalServer

LFS_BYTES = 10_000
"""A file of at least this size is in large-file storage: the hub states its SHA-256, else its git object id."""
_PAGE = 1000
_BLOCK = 1 << 14


@dataclass
class Repository:
    """A repository: its commits by name, and what refs mean."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict[str, dict[str, bytes]])
    refs: dict[str, str] = field(default_factory=dict[str, str])
    gated: bool = False


@dataclass
class Fault:
    """What happens to a file's next answers."""

    after_bytes: int = 0
    times: int = 0
    reset: bool = False


class TestingHub(LocalServer):
    """The server, running in threads while it is entered. All counts are of what clients asked."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.repositories: dict[str, Repository] = {}
        self.files: dict[str, bytes] = {}
        """Plain files, below `/files/`."""
        self.token: str | None = None
        """What gated repositories demand."""
        self.sizes: dict[str, int] = {}
        """Lies about sizes in listings, by path."""
        self.ranges = True
        """False: every answer is the whole file."""
        self.elsewhere = False
        """True: contents come from another host, as the real hub's do; `strangers` has what that host was told."""
        self.strangers: list[str | None] = []
        """The Authorization header of each request to the other host."""
        self.page = _PAGE
        self.requests: list[str] = []
        """ "GET /owner/name/resolve/..." in order."""
        self.sent: Counter[str] = Counter()
        """Bytes of content sent, by the file's path."""
        self._cuts: dict[str, Fault] = {}
        self._flips: dict[str, int] = {}
        self._errors: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        return self.address

    @property
    def sent_bytes(self) -> int:
        return sum(self.sent.values())

    def publish(self, repository: str, files: dict[str, bytes], *, gated: bool = False, ref: str = "main") -> str:
        """A new commit of the repository that holds exactly `files`; gives its name, 40 hexadecimal digits."""
        content = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
        commit = hashlib.sha1(json.dumps([repository, content]).encode(), usedforsecurity=False).hexdigest()
        held = self.repositories.setdefault(repository, Repository())
        held.commits[commit] = dict(files)
        held.refs[ref] = commit
        held.gated = gated
        return commit

    def cut(self, path: str, *, after_bytes: int, times: int, reset: bool = False) -> None:
        """End the next `times` answers with that file after so many bytes; `reset`: with a TCP reset."""
        self._cuts[path] = Fault(after_bytes=after_bytes, times=times, reset=reset)

    def flip(self, path: str, offset: int = 0) -> None:
        """Send a wrong byte at `offset` of that file from now on."""
        self._flips[path] = offset

    def mend(self) -> None:
        """Behave again."""
        self._cuts.clear()
        self._flips.clear()
        self._errors.clear()

    def fail(self, part: str, *statuses: int) -> None:
        """Answer the next requests whose address contains `part` with these statuses."""
        self._errors[part] = list(statuses)

    def reset_counts(self) -> None:
        self.requests.clear()
        self.sent.clear()

    def take_error(self, address: str) -> int | None:
        with self._lock:
            for part, statuses in self._errors.items():
                if part in address and statuses:
                    return statuses.pop(0)
        return None

    def take_cut(self, path: str) -> Fault | None:
        with self._lock:
            fault = self._cuts.get(path)
            if fault is None or fault.times <= 0:
                return None
            fault.times -= 1
            return fault

    def altered(self, path: str, data: bytes) -> bytes:
        if path not in self._flips:
            return data
        offset = self._flips[path]
        return data[:offset] + bytes([data[offset] ^ 0xFF]) + data[offset + 1 :]


class _Handler(LocalHandler):
    owner: TestingHub

    def answer(self) -> None:
        hub = self.owner
        address = unquote(urlsplit(self.path).path)
        hub.requests.append(f"{self.command} {address}")
        status = hub.take_error(address)
        if status is not None:
            self._error(status)
        elif found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/(revision|tree)/(.+)", address):
            self._api(*found.groups())
        elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", address):
            self._resolve(found.group(1), found.group(2), found.group(3))
        elif found := re.fullmatch(r"/elsewhere/([^/]+/[^/]+)/([^/]+)/(.+)", address):
            hub.strangers.append(self.headers.get("Authorization"))
            self._send_file(found.group(3), hub.repositories[found.group(1)].commits[found.group(2)][found.group(3)], {})
        elif address.startswith("/files/"):
            name = address.removeprefix("/files/")
            if name in hub.files:
                self._send_file(name, hub.files[name], {"ETag": f'"{hashlib.md5(hub.files[name]).hexdigest()}"'})
            else:
                self._error(404)
        else:
            self._error(404, "RepoNotFound")

    def _api(self, name: str, what: str, revision: str) -> None:
        repository = self.owner.repositories.get(name)
        if repository is None:
            # The hub says 401 to strangers, so that they cannot tell a private repository from none.
            self._error(401, "RepoNotFound")
            return
        commit = repository.refs.get(revision, revision)
        if commit not in repository.commits:
            self._error(404, "RevisionNotFound")
        elif what == "revision":
            gated = "manual" if repository.gated else False
            self._json({"id": name, "sha": commit, "private": False, "gated": gated, "siblings": [], "tags": []})
        else:
            self._tree(repository.commits[commit])

    def _tree(self, files: dict[str, bytes]) -> None:
        hub = self.owner
        start = int(parse_qs(urlsplit(self.path).query).get("cursor", ["0"])[0])
        folders = sorted({name.rsplit("/", 1)[0] for name in files if "/" in name})
        entries: list[dict[str, object]] = [{"type": "directory", "path": one, "oid": "0" * 40, "size": 0} for one in folders]
        for name, data in sorted(files.items()):
            size = hub.sizes.get(name, len(data))
            entry: dict[str, object] = {"type": "file", "path": name, "size": size, "oid": git_object(data)}
            if len(data) >= LFS_BYTES:
                entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": size, "pointerSize": 134}
            entries.append(entry)
        more: dict[str, str] = {}
        if start + hub.page < len(entries):
            more = {"Link": f'<{hub.endpoint}{urlsplit(self.path).path}?recursive=True&cursor={start + hub.page}>; rel="next"'}
        self._json(entries[start : start + hub.page], more)

    def _resolve(self, name: str, revision: str, path: str) -> None:
        hub = self.owner
        repository = hub.repositories.get(name)
        if repository is None:
            self._error(401, "RepoNotFound")
            return
        if repository.gated and (hub.token is None or self.headers.get("Authorization") != f"Bearer {hub.token}"):
            self._error(401 if "Authorization" not in self.headers else 403, "GatedRepo")
            return
        commit = repository.refs.get(revision, revision)
        data = repository.commits.get(commit, {}).get(path)
        if data is None:
            self._error(404, "EntryNotFound" if commit in repository.commits else "RevisionNotFound")
            return
        large = len(data) >= LFS_BYTES
        tag = hashlib.sha256(data).hexdigest() if large else git_object(data)
        headers = {"ETag": f'"{tag}"', "X-Repo-Commit": commit}
        if large:
            headers |= {"X-Linked-Etag": f'"{tag}"', "X-Linked-Size": str(len(data))}
        if hub.elsewhere and large:
            port = hub.endpoint.rpartition(":")[2]
            self.send(302, headers={**headers, "Location": f"http://localhost:{port}/elsewhere/{name}/{commit}/{quote(path)}"})
        else:
            self._send_file(path, data, headers)

    def _send_file(self, path: str, data: bytes, headers: dict[str, str]) -> None:
        hub = self.owner
        first, last = 0, len(data) - 1
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")) if hub.ranges else None
        if asked:
            first = int(asked.group(1))
            last = min(int(asked.group(2) or last), last)
            if first > last:
                self._error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Accept-Ranges", "bytes")
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send(path, hub.altered(path, data)[first : last + 1])

    def _send(self, path: str, part: bytes) -> None:
        fault = self.owner.take_cut(path)
        limit = len(part) if fault is None else min(fault.after_bytes, len(part))
        for start in range(0, limit, _BLOCK):
            block = part[start : min(start + _BLOCK, limit)]
            self.wfile.write(block)
            self.owner.sent[path] += len(block)
        if fault is not None:
            self.drop(reset=fault.reset)

    def _json(self, value: object, headers: dict[str, str] | None = None) -> None:
        self.send(200, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _error(self, status: int, code: str = "") -> None:
        self.send(status, headers={"X-Error-Code": code, "X-Error-Message": code} if code else {})


def git_object(data: bytes) -> str:
    """The id that git gives to a file of that content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
