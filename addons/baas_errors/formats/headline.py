"""The summary at the head of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..inject.reactions import Row as Reaction
from ..inject.reactions import rows_of, survived
from ..render.record_text import FAULT_WORDS, first_advice
from ..reports.group import Group, Occurrence, found_in, redactions, remedies, seconds
from ..reports.overview import NO_CAUSE, Row
from ..text import one_line, plural


def headline(groups: Sequence[Group]) -> str:
    """`412 errors of 9 kinds, 4 users`."""
    total = sum(group.count for group in groups)
    users = len({member.record.user for group in groups for member in group.members} - {""})
    who = f", {plural(users, 'user')}" if users else ""
    return f"{plural(total, 'error')} of {plural(len(groups), 'kind')}{who}" if total else "No backend errors were recorded"


def parted(groups: Sequence[Group]) -> tuple[list[Group], list[Group]]:
    """The groups of real errors, and those of errors on demand."""
    return [group for group in groups if not group.record.injected], [group for group in groups if group.record.injected]


def reactions(groups: Sequence[Group]) -> tuple[str, list[Reaction]]:
    """What apps did after errors on demand: a sentence, and a row for each error and reaction."""
    rows = rows_of(member.record for group in groups for member in group.members)
    total = plural(sum(group.count for group in groups), "error")
    return f"{total} on demand, not real and listed last" + (f"; {survived(rows)}" if rows else ""), rows


def span(groups: Sequence[Group]) -> tuple[str, str]:
    """The first and the last timestamp, "" without groups."""
    return min((group.first for group in groups), default=""), max((group.last for group in groups), default="")


def counted(groups: Iterable[Group], attribute: str) -> list[tuple[str, int]]:
    """The values of an attribute of the records, such as `fault`, with their numbers of errors, largest first."""
    counts: Counter[str] = Counter()
    for group in groups:
        counts[getattr(group.record, attribute)] += group.count
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def when_and_where(groups: Sequence[Group]) -> str:
    """`acme and others, 2026-01-31 12:00:00 to 12:31:07 UTC (31 min)`."""
    first, last = span(groups)
    names = [one_line(name, 40) for name, _ in counted(groups, "backend")]
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    if first == last:
        return f"{listed}, {moment(first)} UTC"
    end = moment(last)[11:] if first[:10] == last[:10] else moment(last)
    return f"{listed}, {moment(first)} to {end} UTC ({_duration(seconds(last) - seconds(first))})"


def moment(timestamp: str) -> str:
    """`2026-01-31 12:00:00`."""
    return timestamp[:19].replace("T", " ")


def _duration(length: float) -> str:
    for size, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if length >= 2 * size:
            return f"{length / size:.0f} {name}"
    return f"{length:.1f} s" if length < 10 else f"{length:.0f} s"


def sentences(groups: Sequence[Group], occurrences: Iterable[Occurrence]) -> list[str]:
    """Where the fault lies, how many errors no catalog knows, and how much was redacted; without those that have nothing to say."""
    unknown = sum(group.count for group in groups if not group.record.known)
    return [
        *filter(None, [where_the_fault_lies(groups)]),
        *([f"{plural(unknown, 'error has', 'errors have')} no entry in any catalog."] if unknown else []),
        f"{plural(redactions(occurrences), 'secret value was', 'secret values were')} redacted; equal pseudonyms stand for equal values.",
    ]


def where_the_fault_lies(groups: Sequence[Group]) -> str:
    """The sentence on the most frequent fault, "" if none is known."""
    found = [(fault, count) for fault, count in counted(groups, "fault") if fault]
    if not found:
        return ""
    (fault, count), total = found[0], sum(group.count for group in groups)
    words = FAULT_WORDS.get(fault, fault)
    if count == total:
        return f"The fault lies {words}." if total == 1 else f"The fault always lies {words}."
    share = "Most errors lie" if count * 2 > total else "The largest share lies"
    return f"{share} {words}: {count:,} of {total:,}."


def start_with(groups: Sequence[Group], causes: Sequence[Row]) -> tuple[int, str, str, str]:
    """The number, from 0, of the kind to look at first, its name with how often it came, its likeliest cause or remedy, and the remedy of that
    cause, if there is one. That is the largest kind, or the first of the most frequent cause if that came more often."""
    group, top, number = groups[0], causes[0], 0
    if top.text != NO_CAUSE and top.count > group.count:
        number, group = next((number, one) for number, one in enumerate(groups) if one.record.fingerprint == top.kinds[0])
        advice, often = top.text, f"{plural(top.count, 'time')} in {plural(len(top.kinds), 'kind')}"
    else:
        first = found_in(group, 1, causes=True)
        advice = first[0].text if first else first_advice(group.record) or group.record.message
        often = plural(group.count, "time") + (f" at {one_line(group.endpoint, 300)}" if group.endpoint else "")
    told = (remedies(group, [one]) for one in found_in(group, causes=True) if one.text == advice)
    return number, f"{group.record.title}, {often}", advice, next(iter(next(told, [])), "")
