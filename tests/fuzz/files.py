"""Mutated files for the readers: HAR files, records, catalogs, and mitmproxy's own files of flows."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import tool_exports
from baas_errors.catalog import Backend, CatalogError, load_catalogs, parse
from baas_errors.diagnose import engine
from baas_errors.exchange import Exchange
from baas_errors.pipeline import Pipeline
from baas_errors.record import ErrorRecord
from baas_errors.record.parse import record_of
from baas_errors.reports.redacted_exchange import clean
from baas_errors.sources import Item, Recorded, Skip, SourceError, read
from baas_errors.sources.detect import items
from baas_errors.sources.har.file import read as read_har
from baas_errors.sources.log import read as read_log
from baas_errors.sources.skipped import Skips
from baas_errors.sources.source import Source
from baas_errors.text import safe

from .answers import CAPTURES
from .chance import ByteChance, Chance, RandomChance, pick
from .check import check_line, check_record, must
from .mutate import mutate_bytes, mutate_json

LONGEST = 5.0
_ROOT = CAPTURES.parents[1]


class Files:
    """What the targets for files share: counts, and what happens to that which was read."""

    def __init__(self) -> None:
        self._backends = load_catalogs()
        self._pipeline = Pipeline(self._backends, pseudonym_key=b"key of the fuzzer")
        self.counts: Counter[str] = Counter()
        self._last = b""
        self._slowest = 0.0

    def run(self, seed: int, number: int) -> None:
        """One input."""
        self._timed(RandomChance(f"{seed}/{number}"))

    def run_bytes(self, data: bytes) -> None:
        """One input that these bytes lead to."""
        self._timed(ByteChance(data))

    def _timed(self, chance: Chance) -> None:
        started = time.thread_time()
        self._hand_in(chance)
        taken = time.thread_time() - started
        self._slowest = max(self._slowest, taken)
        must(taken < LONGEST, "took too long", taken)

    def _hand_in(self, chance: Chance) -> None:
        raise NotImplementedError

    def told(self) -> str:
        """The last input."""
        return ascii(self._last)[:3000]

    def summary(self) -> str:
        """Counts of what was read."""
        return ", ".join(f"{count:,} {what}" for what, count in sorted(self.counts.items())) + f", slowest {self._slowest * 1000:.0f} ms"

    def _taken(self, item: Exchange | ErrorRecord | Recorded) -> None:
        """What is done with everything that is read."""
        if isinstance(item, Recorded):
            self.counts["recorded"] += 1
            for record in item.records:
                self._written(record)
            item = item.exchange
        if isinstance(item, ErrorRecord):
            self.counts["records"] += 1
            self._written(item)
            return
        self.counts["exchanges"] += 1
        for moment in (item.started, item.ended):
            must(moment is None or 0 < moment < 2**37, "no time", moment)
        backend = self._pipeline.recognizer.of_exchange(item)
        if backend is None:
            return
        for record in self._pipeline.records(item, backend):
            self.counts["errors"] += 1
            check_record(record, check_line(record.to_json()))
            must(record.status == item.status and record.backend == backend.id, "not this answer's", record)
        clean(item, self._pipeline.redactor)

    @staticmethod
    def _written(record: ErrorRecord) -> None:
        line = record.to_json()
        must(line == safe(line), "the line acts on a terminal", line)
        must(record_of(json.loads(line)) == record, "not read back as it was", line)

    def _skipped(self, skips: list[Skip]) -> None:
        self.counts["skips"] += len(skips)
        for skip in skips:
            must(len(skip.reason) < 1_000, "a long reason", skip.reason)


class Har(Files):
    """HAR files in which one entry was changed, or the text of the whole."""

    def __init__(self) -> None:
        super().__init__()
        self._files = [json.loads(path.read_text("utf-8-sig")) for path in sorted((CAPTURES / "har").glob("*.har"))]
        self._entries = [entry for har in self._files for entry in har["log"]["entries"]]

    def _hand_in(self, chance: Chance) -> None:
        good, entry = pick(chance, self._entries), json.dumps(pick(chance, self._entries)).encode()
        for _ in range(1 + chance.below(3)):
            entry = mutate_json(entry, chance)
        plain = json.dumps(good).encode()
        self._last = b'{"log":{"entries":[' + plain + b"," + entry + b"," + plain + b"]}}"
        whole = chance.below(4) == 0
        if whole:
            self._last = mutate_bytes(self._last, chance)
        skips: list[Skip] = []
        try:
            found = list(read_har(Source(io.BytesIO(self._last), Skips("a.har", skips))))
        except SourceError:
            must(whole, "the whole file was refused for one entry")
            found = []
        self._skipped(skips)
        if not whole and _is_json(entry):
            alone = list(read_har(Source(io.BytesIO(b'{"log":{"entries":[' + plain + b"]}}"), Skips("a.har", []))))
            must(len(found) >= 2 * len(alone), "a good entry was lost with the bad one", len(found), len(alone))
        for item in found:
            self._taken(item)


class Exports(Files):
    """Files of other tools in which bytes were changed; of an archive, those of one file in it as well."""

    def __init__(self) -> None:
        super().__init__()
        texts = (tool_exports.chlsj(), tool_exports.chlsx(), tool_exports.burp(base64=False), tool_exports.newman(), tool_exports.nock())
        self._made = [*texts, tool_exports.curl_v(0), tool_exports.tshark(), *tool_exports.raw(1)]
        self._zipped = [tool_exports.saz(), tool_exports.saz(chunked=True), tool_exports.proxymanlogv2()]

    def _hand_in(self, chance: Chance) -> None:
        if inside := chance.below(3) == 0:
            with zipfile.ZipFile(io.BytesIO(pick(chance, self._zipped))) as archive:
                files: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
            changed = pick(chance, sorted(files))
            files[changed] = mutate_bytes(files[changed], chance)  # type: ignore[arg-type]
            self._last = tool_exports.zipped(files)
        else:
            self._last = pick(chance, [*self._made, *self._zipped])
            for _ in range(1 + chance.below(3)):
                self._last = mutate_bytes(self._last, chance)
        skips: list[Skip] = []
        found: list[Item] = []
        try:
            for item in items(Source(io.BytesIO(self._last), Skips("a", skips))):
                found.append(item)
        except SourceError as error:
            self.counts["refused"] += 1
            must(not inside and str(error).startswith("a") and len(str(error)) < 1_000, "an error that does not say what is wrong", str(error))
        self._skipped(skips)
        must(not inside or len(found) >= 2, "a good session was lost with the bad one", len(found))
        for item in found:
            self._taken(item)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    return True


class Jsonl(Files):
    """Logs in which one line was changed."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = [
            record.to_json().encode()
            for path in sorted((CAPTURES).glob("*.mitm"))
            for item in read(path, [])
            if isinstance(item, Exchange) and (backend := self._pipeline.recognizer.of_exchange(item))
            for record in self._pipeline.records(item, backend)
        ]

    def _hand_in(self, chance: Chance) -> None:
        line, good = pick(chance, self._lines), pick(chance, self._lines)
        for _ in range(1 + chance.below(3)):
            line = (mutate_bytes if chance.below(3) == 0 else mutate_json)(line, chance)
        self._last = line
        skips: list[Skip] = []
        found = list(read_log(Source(io.BytesIO(good + b"\n" + line + b"\n" + good + b"\n"), Skips("a.jsonl", skips))))
        self._skipped(skips)
        must(len(found) >= 2 and found[0] == found[-1], "a good line was lost with the bad one", len(found))
        must(len(found) + len(skips) >= 3 or not line.strip(b"\xef\xbb\xbf \t\r\n"), "a line was neither read nor skipped")
        for item in found[1:-1]:
            self._taken(item)


class Catalogs(Files):
    """Catalogs that were changed: refused with CatalogError, or as good as any."""

    def __init__(self) -> None:
        super().__init__()
        self._texts = [path.read_text("utf-8") for path in sorted((_ROOT / "catalogs").glob("*.toml"))]
        self._exchanges = [item for item in read(CAPTURES / "demo.mitm", []) if isinstance(item, Exchange)]

    def _hand_in(self, chance: Chance) -> None:
        text = _shortened(pick(chance, self._texts), chance)
        for _ in range(1 + chance.below(3)):
            text = _changed_toml(text, chance)
        self._last = text.encode("utf-8", "replace")
        try:
            backend = parse(text, "a.toml")
        except CatalogError as error:
            self.counts["refused"] += 1
            must(str(error).startswith("a.toml") and len(str(error)) < 12_000, "an error that does not say what is wrong", str(error))
            return
        self.counts["taken"] += 1
        self._used(backend)

    def _used(self, backend: Backend) -> None:
        pipeline = Pipeline({backend.id: backend}, pseudonym_key=b"key of the fuzzer")
        for exchange in self._exchanges[:6]:
            pipeline.recognizer.of_exchange(exchange)
            for record in pipeline.records(exchange, backend):
                check_line(record.to_json())


def _shortened(text: str, chance: Chance) -> str:
    """The head of a catalog and some of its entries: the whole would take long each time."""
    head, *entries = text.split("\n[[entries]]")
    at = chance.below(max(1, len(entries)))
    return "\n[[entries]]".join([head, *entries[at : at + 4]])


def _changed_toml(text: str, chance: Chance) -> str:
    lines = text.split("\n")
    at = chance.below(len(lines))
    kind = chance.below(6)
    if kind == 0:
        lines.pop(at)
    elif kind == 1:
        lines.insert(at, lines[chance.below(len(lines))])
    elif kind in (2, 3) and "=" in lines[at]:
        name = lines[at].partition("=")[0]
        lines[at] = f"{name}= {pick(chance, _TOML)}"
    elif kind == 4:
        lines[at] = mutate_bytes(lines[at].encode(), chance).decode("utf-8", "replace")
    else:
        lines.insert(at, pick(chance, _TOML_LINES))
    return "\n".join(lines)


_TOML = (
    '""', "[]", "{}", "0", "-1", "true", "1.5", "nan", "inf", "9" * 5_000, '"x"', '["x"]', "[1]", '[""]', "[[[]]]", "2020-01-01", '"("',
    '"(a+)+$"', '"(?i)x"', '"*"', '"/*/"',
    '"a" ', "'''x'''", '["a", "a"]', "[400, 99]", "[-1]", '{a = "b"}', '{message = "("}', '{"" = ""}', '"\\u202e"', '"\\u0000"',
    f'"{"x" * 5_000}"', "[" * 1_000,
)  # fmt: skip
_TOML_LINES = (
    "[[entries]]",
    "[backend]",
    "[[shapes]]",
    "x = 1",
    "[entries.sdk]",
    "format = 2",
    "[a.b.c]",
    '"" = 1',
    "\x00",
    "\u202e",
    "[[statuses]]",
    "match = []",
)


def opened(kind: Callable[[], Files]) -> Any:
    """A target of one of these kinds, with rules that fail being faults."""

    @contextmanager
    def opening() -> Iterator[Files]:
        before, engine.RAISE_FAULTS = engine.RAISE_FAULTS, True
        try:
            yield kind()
        finally:
            engine.RAISE_FAULTS = before

    return opening
