"""A shipped catalog, whose tables are read when they are first asked for, says what it says when it is read whole."""

import tomllib
from dataclasses import replace

import pytest
from baas_errors.catalog import Backend, CatalogError, load_catalogs, load_file, shipped_folder
from baas_errors.catalog.entries import Entry, StatusRule
from baas_errors.catalog.load import KINDS, load_shipped, parse
from build import toml
from effort import processor_time, unit
from matrix import in_one_test

SHIPPED = sorted(file for file in shipped_folder().glob("*.toml") if file.name != "secrets.toml")
ENTRY = '[[entry]]\nname = "{0}"\ncode = {1}\norigin = "observed"\nADVICE'
LONG = 'meaning = """\\\n    Two\n    lines."""\nfix = ["x"]\nretry = "never"\nfault = "request"\n'
HEADER = '[[entry]]\nname = "B"\ncode = 2\norigin = "sdk"'

PLAIN = {
    "two entries": ENTRY.format("A", 1) + ENTRY.format("B", '"b"'),
    "windows": (ENTRY.format("A", 1) + ENTRY.format("B", 2)).replace("\n", "\r\n"),
    "comments": "# [[entry]]\n" + ENTRY.format("A", 1) + "# [entry]\n#[[shape]]\n" + ENTRY.format("B", 2) + "# end",
    "sub-tables": ENTRY.format("A", 1) + '[entry.sdk]\njs = "J"\n[entry.not_to_confuse_with]\nB = "b"\n' + ENTRY.format("B", 2),
    "inline tables": ENTRY.format("A", 1) + 'sdk = { js = "[[entry]]" }\nmatch = [\n  { path = "a" },\n  { path = "b" },\n]\n',
    "a long text": '[[entry]]\nname = "A"\ncode = 1\norigin = "sdk"\n' + LONG + ENTRY.format("B", 2),
    "all kinds": ENTRY.format("A", 1)
    + '[[range]]\nfrom = 1\nADVICE[[pattern]]\ncode = "x"\nADVICE[[status]]\nstatus = 400\nADVICE[[transport]]\nkind = "timeout"\nADVICE'
    + '[[shape]]\nname = "s"\ncode = "/code"\n'
    + ENTRY.format("B", 2),
    "spaces of their own": ENTRY.format("A", 1) + ENTRY.format("A", 1) + 'space = "other"\n',
    "no entries": '[[shape]]\nname = "s"\ncode = "/code"\n',
}
# Whatever is not written plainly is read whole, sooner or later.
ODD = {
    "head only": "",
    "a header in a text": '[[entry]]\nname = "A"\ncode = 1\norigin = "sdk"\n' + LONG.replace("Two", "\n" + HEADER + "\n"),
    "a header in a text without a backslash": '[[entry]]\nname = "A"\ncode = 1\norigin = "sdk"\n' + LONG.replace("\\", "\n" + HEADER),
    "a header in a literal text": '[[entry]]\nname = "A"\ncode = 1\norigin = "sdk"\n' + LONG.replace('"""', "'''").replace("\\", "\n" + HEADER),
    "a text that only looks ended": ENTRY.format("A", 1) + f'sdk = {{ js = """ \\"""\n{HEADER}\n""" }}\n',
    "a comment that looks like a text": '# x = """\\\n' + ENTRY.format("A", 1) + f'doc = "https://a.example"\n# """\n{ENTRY.format("B", 2)}',
    "a comment that opens, and a text that hides": ENTRY.format("A", 1) + f'# x = """\\\napplies_to = ["""\n{HEADER}\n# """]\n',
    "a text that hides an entry which stands by itself": ENTRY.format("A", 1) + f'applies_to = ["""\n{HEADER}\nmeaning = """] # """\n',
    "a comment beside a header": ENTRY.format("A", 1).replace("[[entry]]", "[[entry]] # first"),
    "headers with spaces": ENTRY.format("A", 1).replace("[[entry]]", "[[ entry ]]") + ENTRY.format("B", 2),
    "indented headers": ENTRY.format("A", 1) + ENTRY.format("B", 2).replace("[[entry]]", "  [[entry]]"),
    "quoted headers": ENTRY.format("A", 1) + ENTRY.format("B", 2).replace("[[entry]]", '[["entry"]]'),
    "a head that goes on": ENTRY.format("A", 1) + '[backend.method_override]\nbody = "_method"\n',
    "a head that goes on, indented": ENTRY.format("A", 1) + '  [backend.method_override]\nbody = "_method"\n',
    "a list of lists": ENTRY.format("A", 1) + "status = [\n400,\n]\napplies_to = [\n  'x',\n]\n",
    "codes that are no plain numbers": ENTRY.format("A", "0x10") + ENTRY.format("B", "1_000"),
    "codes with escapes": ENTRY.format("A", '"\\u0041"') + ENTRY.format("B", "'B'"),
    "names in other places": '[[entry]]\ncode = 1\nname = "A"\norigin = "observed"\nADVICE' + ENTRY.format("B", 2),
}
CODES = (1, "1", 2, "b", "B", "A", 16, 1000, 3, None)


@pytest.fixture
def shipped(tmp_path):
    def load(text):
        file = tmp_path / "toy.toml"
        file.write_bytes(text.encode())
        return load_shipped(file)

    return load


def assert_same(deferred, whole):
    assert replace(deferred, file=whole.file) == whole
    for code in CODES:
        assert deferred.entries_for(code) == whole.entries_for(code)
        assert deferred.entries_for(code, "other") == whole.entries_for(code, "other")
    for kind in KINDS.values():
        assert deferred.tables.of(kind) == whole.tables.of(kind), kind


@in_one_test("name", PLAIN)
def test_plain_text_is_read_piece_by_piece(name, shipped):
    text = toml(PLAIN[name])
    deferred = shipped(text)
    assert_same(deferred, parse(text))
    assert "_whole" not in vars(deferred.tables)


@in_one_test("name", ODD)
def test_other_text_says_the_same(name, shipped):
    text = toml(ODD[name])
    assert_same(shipped(text), parse(text))


@pytest.mark.slow
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_a_shipped_catalog_says_the_same(file):
    deferred, whole = load_shipped(file), load_file(file)
    assert len({entry.code for entry in whole.entries}) > 50
    for entry in whole.entries:
        assert deferred.entries_for(entry.code, entry.space) == whole.entries_for(entry.code, entry.space)
    assert_same(deferred, whole)
    assert "_whole" not in vars(deferred.tables), "it is not written plainly enough to be read piece by piece"


@pytest.mark.slow
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_causes_are_read_when_they_are_asked_for_and_are_the_same(file):
    deferred, whole = load_shipped(file).tables, load_file(file).tables
    assert deferred.cause_names == whole.cause_names
    asked = [((entry.name,), 400) for entry in whole.of(Entry)]
    for names, status in [*asked, *(((), status) for status in (None, 400, 401, 403, 404, 413, 429, 500, 503))]:
        assert [cause.name for cause in deferred.causes(names, status)] == [cause.name for cause in whole.causes(names, status)], (names, status)
    assert "_whole" not in vars(deferred)


def test_of_shipped_catalogs_only_the_heads_are_read_at_first(monkeypatch):
    read = []
    loads = tomllib.loads
    monkeypatch.setattr(tomllib, "loads", lambda text: read.append(len(text)) or loads(text))
    backends = load_catalogs()
    assert len(read) == len(backends) >= 4
    assert sum(read) < sum(file.stat().st_size for file in SHIPPED) / 10
    read.clear()
    assert backends["parse"].entries_for(101)
    assert len(read) == 1
    assert read[0] < 10_000


def test_a_catalog_of_the_user_is_read_whole_at_once(tmp_path):
    file = tmp_path / "toy.toml"
    file.write_text(toml(ENTRY.format("A", 1) + ENTRY.format("B", 2).replace("observed", "observd")))
    with pytest.raises(CatalogError, match=r"toy\.toml, \[\[entry\]\] 2 `B`, field `origin`"):
        load_catalogs([file])


@in_one_test(("text", "field"), [(HEADER, "meaning"), (ENTRY.format("A", 1) + "sdk = 3", "sdk")])
def test_a_fault_in_a_piece_is_named_when_it_is_read(text, field, shipped):
    backend = shipped(toml(text))
    with pytest.raises(CatalogError, match=rf"toy\.toml, \[\[entry\]\] 1 .*field `{field}`"):
        assert backend.entries


def test_a_fault_in_the_head_is_named_at_once(shipped):
    for text in ("hots = 1\n", "hosts = ['a'\n", "hosts = ['https://a']\n"):
        with pytest.raises(CatalogError, match=r"toy\.toml"):
            shipped(toml(text + ENTRY.format("A", 1)))


@pytest.mark.slow
def test_reading_is_cheap():
    """Where the loop of effort.py takes 10 ms: 6 ms for the heads, 5 ms for a backend's rules, and 0.2 ms for an entry; the least of three times."""
    heads, pauses = zip(*(reading() for _ in range(3)), strict=True)
    assert min(heads) < 3 * unit()
    assert max(map(min, zip(*pauses, strict=True))) < 2.5 * unit()


def reading() -> tuple[float, list[float]]:
    """The processor time that the heads of the catalogs take, and that of each thing which is read later."""
    read: dict[str, Backend] = {}
    heads = processor_time(lambda: read.update(load_catalogs()))
    later = (
        work
        for backend in read.values()
        for work in (lambda b=backend: b.shapes, lambda b=backend: b.tables.of(StatusRule), lambda b=backend: b.entries_for("no such code"))
    )
    pauses = [processor_time(work) for work in later]
    assert all(backend.shapes and backend.tables.of(StatusRule) and not backend.entries_for("no such code") for backend in read.values())
    return heads, pauses
