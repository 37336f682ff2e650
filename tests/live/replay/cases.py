"""Which answers are replayed, and what record each must leave."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import brotli
from baas_errors.catalog import Backend, Entry, Match, load_catalogs
from baas_errors.exchange import Exchange
from entry_samples import samples
from mitmproxy.net.encoding import encode_zstd

BACKENDS: Mapping[str, Backend] = load_catalogs()
REPLAYED = ("bkend", "backend-services", "kinvey")

# What an app that reaches its backend under a name of its own still sends. The keys are made up.
VENDOR_HEADERS = {
    "bkend": {"X-API-Key": "pk_" + "0123456789abcdef" * 4},
    "backend-services": {"X-Everlive-SDK": '{"sdk":"js","platform":""}'},
    "kinvey": {"X-Kinvey-API-Version": "5"},
}


@dataclass(frozen=True, slots=True)
class Case:
    """One answer and the request before it. `id` is sent along, so that the stub knows the answer and the test the record."""

    id: str
    backend: Backend
    entry: Entry
    match: Match
    exchange: Exchange
    host: str

    @property
    def status(self) -> int:
        """The answer's status."""
        assert self.exchange.status
        return self.exchange.status

    @property
    def body(self) -> bytes:
        """The answer's body, without any encoding."""
        return self.exchange.response.body.data or b"" if self.exchange.response else b""

    @property
    def location(self) -> str:
        """Where the answer leads, "" if nowhere."""
        return self.exchange.response.headers.get("location") if self.exchange.response else ""

    @property
    def decides(self) -> bool:
        """Whether the catalog tells this entry from others with its code by what the answer shows."""
        others = (other for other in self.backend.entries_for(self.entry.code, self.entry.space) if other.name != self.entry.name)
        return not any(self.match in (other.match or (Match(),)) for other in others)

    def wrong(self, records: list[dict[str, Any]]) -> list[str]:
        """What is not as the entry says, for people; nothing if all is well."""
        if len(records) != 1:
            return [f"{self.id}: {len(records)} records, not 1: {[record['error.type'] for record in records]}"]
        (record,) = records
        name = record.get("baas.name", "")
        if not self.decides and self.entry.name in record.get("baas.candidates", []):
            entry = next(entry for entry in self.backend.entries_for(self.entry.code, self.entry.space) if entry.name == name)
        else:
            entry = self.entry
        expected = {
            "baas.backend": self.backend.id,
            "error.type": f"{self.backend.id}/{entry.name}",
            "baas.name": entry.name,
            "error.code": str(entry.code),
            "baas.known": True,
            "baas.meaning": entry.advice.meaning,
            "baas.sdk": dict(entry.advice.sdk) or None,
            "baas.doc": entry.advice.doc or None,
            "http.response.status_code": self.status,
            "server.address": self.host,
        }
        found = [f"{self.id}: {key} is {record.get(key)!r}, not {value!r}" for key, value in expected.items() if record.get(key) != value]
        first = next(iter(record.get("baas.findings", [])), {})
        if not first.get("fix"):
            general = [fix.do for fix in entry.advice.fix if not fix.when]
            if (
                record["baas.fix"][-len(general) :] != general
                or record["baas.retry"] != entry.advice.retry
                or record["baas.fault"] != entry.advice.fault
            ):
                found.append(f"{self.id}: fix, retry or fault is not the entry's: {record['baas.fix']}")
        # A body that could not be read would be told by a finding.
        found += [f"{self.id}: {finding['says']}" for finding in record.get("baas.findings", []) if finding["rule"].startswith("body-")]
        said = record.get("error.message", "")
        if said and self.body and json.dumps(said)[1:-1] not in self.body.decode():
            found.append(f"{self.id}: the message {said!r} is not in the answer")
        return found


def cases(backend_id: str) -> list[Case]:
    """Every entry that crosses the wire, with each of its statuses and each way in which it is told apart, at the vendor's hosts in turn."""
    backend = BACKENDS[backend_id]
    hosts = [host.replace("*", "kid-1") for host in backend.hosts if "/" not in host]
    found: list[Case] = []
    for entry in backend.entries:
        if entry.origin == "client-only":
            continue
        for status in entry.status or (None,):
            by_match: dict[int, tuple[Match, Exchange]] = {}
            for match, exchange in samples(backend, entry, status):
                by_match.setdefault(id(match), (match, exchange))
            for match, exchange in by_match.values():
                name = f"{backend_id}-{len(found)}-{entry.name}-{exchange.status}"
                found.append(Case(name, backend, entry, match, exchange, hosts[len(found) % len(hosts)]))
    return found


def deflate_bare(data: bytes) -> bytes:
    """As some servers send `deflate`: without the header that it should have."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


# Content-Encoding and what does it.
ENCODINGS: Mapping[str, tuple[str, Callable[[bytes], bytes]]] = {
    "plain": ("", lambda data: data),
    "gzip": ("gzip", partial(gzip.compress, mtime=0)),
    "brotli": ("br", brotli.compress),
    "deflate": ("deflate", zlib.compress),
    "deflate-bare": ("deflate", deflate_bare),
    "zstd": ("zstd", encode_zstd),
    "twice": ("gzip, br", lambda data: brotli.compress(gzip.compress(data, mtime=0))),
}
