"""The records of the flows that passed last, for the content view and the commands: bounded in number and in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from ..record import ErrorRecord

MOST_FLOWS = 2_000
# An ordinary record takes 3 KB. One whose texts are as long as can be takes fifty times that, and an answer can hold 200 of them.
MOST_BYTES = 16 * 1024 * 1024
# What a record takes beside the texts that a server or an app can make long.
_RECORD = 1_500


class Recent:
    """Records by flow; those of the flow that was longest not looked at are forgotten first."""

    def __init__(self, most_flows: int = MOST_FLOWS, most_bytes: int = MOST_BYTES) -> None:
        self._most_flows = most_flows
        self._most_bytes = most_bytes
        self._flows: OrderedDict[str, tuple[int, Sequence[ErrorRecord]]] = OrderedDict()
        self.bytes = 0

    def keep(self, flow_id: str, records: Sequence[ErrorRecord]) -> Sequence[ErrorRecord]:
        """Remembers the records of a flow, and returns them. That a flow has none is remembered only where it had some before."""
        before = self._flows.pop(flow_id, None)
        if before is not None:
            self.bytes -= before[0]
        elif not records:
            return records
        size = 200 + 4 * len(flow_id) + sum(map(_size, records))
        self._flows[flow_id] = (size, records)
        self.bytes += size
        while len(self._flows) > self._most_flows or (self.bytes > self._most_bytes and self._flows):
            _, (oldest, _) = self._flows.popitem(last=False)
            self.bytes -= oldest
        return records

    def get(self, flow_id: str) -> Sequence[ErrorRecord] | None:
        """The records of a flow, or None where they were forgotten."""
        found = self._flows.get(flow_id)
        return None if found is None else found[1]

    def __len__(self) -> int:
        return len(self._flows)


def _size(record: ErrorRecord) -> int:
    """At most how many bytes a record takes, a character being four at most; what comes from the catalog is shared with others."""
    long = len(record.message) + len(record.debug) + len(record.url) + len(record.url_template) + len(record.method) + len(record.address)
    return _RECORD + 4 * (long + len(record.part)) + 1_000 * len(record.findings)
