from pathlib import Path

import pytest
from baas_errors.catalog import CatalogError, load_catalogs, load_file, parse
from baas_errors.catalog.entries import RangeRule
from baas_errors.catalog.vocabulary import quoted
from baas_errors.detect.backend import Recognizer
from build import ADVICE, HEAD, make_backend, toml
from matrix import in_one_test

ENTRY = '[[entry]]\nname = "A"\ncode = 1\norigin = "observed"\n'
FULL = f"{ENTRY}ADVICE"
SHAPE = '[[shape]]\nname = "s"\ncode = "/code"\n'


def fault(text: str) -> CatalogError:
    with pytest.raises(CatalogError) as caught:
        parse(text, "some/toy.toml")
    return caught.value


def test_a_least_catalog_loads():
    backend = make_backend()
    assert (backend.id, backend.title, backend.entries, backend.shapes) == ("toy", "Toy", (), ())


@in_one_test(
    ("text", "where", "field", "reason"),
    [
        ("", "", "format", "write `format = 1` at the top"),
        ("format = 2\n", "", "format", "is 2"),
        ('format = "1"\n', "", "format", "takes a whole number"),
        ("format = 1\n", "", "backend", "is missing"),
        ("format = 1\nbackend = 3\n", "", "backend", "takes a table"),
        ('format = 1\n[backend]\nid = "Toy!"\ntitle = "T"', "[backend]", "id", "lower-case letters"),
        ('format = 1\n[backend]\ntitle = "T"', "[backend]", "id", "is missing"),
        ('format = 1\n[backend]\nid = "toy"\ntitle = " "', "[backend]", "title", "takes a text"),
        (HEAD + 'hots = ["a"]', "[backend]", "hots", "did you mean `hosts`?"),
        (HEAD + '[[entri]]\nname = "A"', "", "entri", "did you mean `entry`?"),
        (HEAD + 'hosts = "a.example"', "[backend]", "hosts", "takes a list"),
        (HEAD + 'hosts = ["https://a.example"]', "[backend]", "hosts", "leave out the scheme"),
        (HEAD + 'hosts = ["a.example:70000"]', "[backend]", "hosts", "is not a port"),
        (HEAD + "request_headers = [3]", "[backend]", "request_headers", "takes header names"),
        (HEAD + 'request_headers = ["*"]', "[backend]", "request_headers", "at the end of a name only"),
        (HEAD + 'request_headers = ["x-*-id"]', "[backend]", "request_headers", "at the end of a name only"),
        (HEAD + "request_headers = [{ 'x-toy-*' = '.' }]", "[backend]", "request_headers", "takes no `*`"),
        (HEAD + "response_headers = { server = '(' }", "[backend]", "response_headers", "is not a regular expression"),
        (HEAD + "request_body_keys = [1]", "[backend]", "request_body_keys", "takes a list of texts"),
        (HEAD + "websocket = { }", "[backend]", "websocket", "takes a list"),
        (HEAD + 'websocket = [{ "op" = "x" }]', "[backend]", "websocket", '"/op"'),
        (HEAD + 'websocket = [{ "/op" = 1.5 }]', "[backend]", "websocket", "takes a pattern, a number, true or false"),
        (HEAD + "websocket = [{ }]", "[backend]", "websocket", "takes a table such as"),
        (HEAD + 'routes = ["classes"]', "[backend]", "routes", "takes path templates"),
        (HEAD + 'routes = ["/a/{id}/b/{id}"]', "[backend]", "routes", "cannot be used"),
        (HEAD + 'method_override = { boddy = "_method" }', "[backend], method_override", "boddy", "did you mean `body`?"),
        (HEAD + "request_id = { server = [1] }", "[backend], request_id", "server", "takes a list of texts"),
        (HEAD + 'app_id = { headers = "a" }', "[backend], app_id", "headers", "did you mean `header`?"),
        (HEAD + "client = { user_agent = '(' }", "[backend], client", "user_agent", "is not a regular expression"),
        (HEAD + 'secrets = { header = ["a"] }', "[backend], secrets", "header", "did you mean `headers`?"),
        (HEAD + 'unwrap = { when = "x", headers = "/headers" }', "[backend], unwrap", "body", "is missing"),
        (HEAD + 'behind_proxy = { request_headers = ["x-a"] }', "[backend], behind_proxy 1", "answer", "is missing"),
        (HEAD + 'unwrap = { when = "x", headers = "headers", body = "/b" }', "[backend], unwrap", "headers", '"/headers"'),
        (HEAD + '[[shape]]\nname = "s"', "[[shape]] 1 `s`", "code", "at least one of them"),
        (HEAD + '[[shape]]\ncode = "/code"', "[[shape]] 1 `/code`", "name", "is missing"),
        (HEAD + '[[shape]]\nname = "s"\ncode = "code"', "[[shape]] 1 `s`", "code", '"/code"'),
        (HEAD + SHAPE + 'each = "/errors"', "[[shape]] 1 `s`", "each", "needs a `*`"),
        (HEAD + SHAPE + 'each = "errors/*"', "[[shape]] 1 `s`", "each", '"/errors/*"'),
        (HEAD + SHAPE + 'index = "index"', "[[shape]] 1 `s`", "index", '"/index"'),
        (HEAD + SHAPE + 'request_each = "requests"', "[[shape]] 1 `s`", "request_each", '"/requests"'),
        (HEAD + SHAPE + 'source = "header"', "[[shape]] 1 `s`", "source", "is none of body, text, location, page, script, websocket"),
        (HEAD + SHAPE + 'message = ["header:X-Text", "header:"]', "[[shape]] 1 `s`", "message", "takes JSON pointers and headers (`header:Name`)"),
        (HEAD + SHAPE + 'debug = "header:X Y"', "[[shape]] 1 `s`", "debug", "takes JSON pointers and headers"),
        (HEAD + SHAPE + 'where = { "kind" = 1 }', "[[shape]] 1 `s`", "where", "takes JSON pointers and headers"),
        (HEAD + SHAPE + 'nested = "header:X-Text"', "[[shape]] 1 `s`", "nested", "takes JSON pointers such as"),
        (HEAD + SHAPE + "code_pattern = '(?P<kode>a)'", "[[shape]] 1 `s`", "code_pattern", "named `code` and `message`, not 'kode'"),
        (HEAD + SHAPE + "code_pattern = '(?P<message>a)'", "[[shape]] 1 `s`", "code_pattern", "none named `code`"),
        (HEAD + SHAPE + 'status = ["6xx"]', "[[shape]] 1 `s`", "status", 'such as "4xx"'),
        (HEAD + SHAPE + "status = [42]", "[[shape]] 1 `s`", "status", "100 to 599"),
        (HEAD + SHAPE + "status = [true]", "[[shape]] 1 `s`", "status", "100 to 599"),
        (HEAD + SHAPE + "code_is_status = 1", "[[shape]] 1 `s`", "code_is_status", "takes true or false, not 1"),
        (HEAD + SHAPE + "path = '(a+)+'", "[[shape]] 1 `s`", "path", "repeats a repetition"),
        (HEAD + SHAPE + "where = { }", "[[shape]] 1 `s`", "where", "takes a table such as"),
        (HEAD + '[[entry]]\nname = "A"\norigin = "observed"\n' + ADVICE, "[[entry]] 1 `A`", "code", "is missing"),
        (HEAD + '[[entry]]\ncode = 7\norigin = "observed"\n' + ADVICE, "[[entry]] 1 `7`", "name", "is missing"),
        (HEAD + '[[entry]]\nname = "A"\ncode = true\norigin = "observed"\n' + ADVICE, "[[entry]] 1 `A`", "code", "takes a text or a whole number"),
        (HEAD + '[[entry]]\nname = "A"\ncode = 1.5\norigin = "observed"\n' + ADVICE, "[[entry]] 1 `A`", "code", "takes a text or a whole number"),
        (HEAD + '[[entry]]\nname = "A"\ncode = " "\norigin = "observed"\n' + ADVICE, "[[entry]] 1 `A`", "code", "cannot be a code"),
        (HEAD + '[[entry]]\nname = "A"\ncode = 1\n' + ADVICE, "[[entry]] 1 `A`", "origin", "is missing"),
        (HEAD + '[[entry]]\nname = "A"\ncode = 1\norigin = "observd"\n' + ADVICE, "[[entry]] 1 `A`", "origin", "did you mean `observed`?"),
        (HEAD + ENTRY + 'fix = ["x"]\nretry = "never"\nfault = "request"', "[[entry]] 1 `A`", "meaning", "is missing"),
        (HEAD + ENTRY + 'meaning = "m"\nfix = []\nretry = "never"\nfault = "request"', "[[entry]] 1 `A`", "fix", "at least one"),
        (HEAD + ENTRY + 'meaning = "m"\nfix = ["x"]\nretry = "later"\nfault = "request"', "[[entry]] 1 `A`", "retry", "is none of never, safe"),
        (HEAD + ENTRY + 'meaning = "m"\nfix = ["x"]\nretry = "never"\nfault = "requets"', "[[entry]] 1 `A`", "fault", "did you mean `request`?"),
        (HEAD + ENTRY + ADVICE + "status = [99]", "[[entry]] 1 `A`", "status", "100 to 599"),
        (HEAD + ENTRY + ADVICE + "match = { }", "[[entry]] 1 `A`, match 1", "match", "is empty"),
        (HEAD + ENTRY + ADVICE + "match = 3", "[[entry]] 1 `A`", "match", "takes a table"),
        (HEAD + ENTRY + ADVICE + "match = [{ path = 'a' }, { massage = 'x' }]", "[[entry]] 1 `A`, match 2", "massage", "did you mean `message`?"),
        (HEAD + ENTRY + ADVICE + "match = { message = '[' }", "[[entry]] 1 `A`, match 1", "message", "is not a regular expression"),
        (HEAD + ENTRY + ADVICE + 'doc = "example.com"', "[[entry]] 1 `A`", "doc", "takes a URL"),
        (HEAD + ENTRY + ADVICE + "sdk = { js = 3 }", "[[entry]] 1 `A`", "sdk", "takes a table of texts"),
        (HEAD + ENTRY + ADVICE + 'not_to_confuse_with = ["B"]', "[[entry]] 1 `A`", "not_to_confuse_with", "takes a table of texts"),
        (HEAD + ENTRY + ADVICE + ENTRY + ADVICE, "[[entry]] 2 `A`", "name", "is the same as [[entry]] 1 `A`"),
        (HEAD + "[[range]]\nfrom = 9\nto = 1" + ADVICE, "[[range]] 1", "to", "below `from`"),
        (HEAD + '[[range]]\nfrom = "9"' + ADVICE, "[[range]] 1", "from", "takes a whole number"),
        (HEAD + "[[pattern]]" + ADVICE, "[[pattern]] 1", "code", "is missing"),
        (HEAD + "[[status]]" + ADVICE, "[[status]] 1", "status", "is missing"),
        (HEAD + "[[status]]\nstatus = []" + ADVICE, "[[status]] 1", "status", "is missing"),
        (HEAD + '[[transport]]\nkind = "dns"' + ADVICE, "[[transport]] 1", "kind", "connection-failed, tls-failed, timeout"),
    ],
)
def test_a_broken_catalog_is_refused_with_file_entry_field_and_reason(text, where, field, reason):
    error = fault(text)
    assert (error.file, error.where, error.field) == ("some/toy.toml", where, field)
    assert reason in error.reason
    assert all(part in str(error) for part in ("some/toy.toml", where, f"field `{field}`", error.reason))


@in_one_test(
    "text",
    ["format = ", "format = 1\nformat = 1", "\x00", "format = " + "9" * 5000, "a = " + "[" * 5000, "format = 2024-13-45"],
    ids=["cut", "twice", "NUL", "5,000 digits", "deep", "no such date"],
)
def test_what_is_no_toml_is_refused_with_the_file(text):
    error = fault(text)
    assert error.file == "some/toy.toml"
    assert "is not TOML" in error.reason


LONG = "x" * 100_000
# A number that Python reads and refuses to write.
HUGE = "0x" + "f" * 5_000
TOP = '[backend]\nid = "toy"\ntitle = "Toy"\n'


@in_one_test(
    ("text", "reason"),
    [
        (f"format = ['{LONG}']", "takes a whole number, not ['xxx"),
        (f"format = {HUGE}", "is this, which is too large to be shown; this version reads format 1"),
        (f"format = 1\n{LONG} = 3\n{TOP}", "is not a field here; known are backend"),
        (f"format = 1\n[backend]\nid = '{LONG}!'\ntitle = 'Toy'", "takes lower-case letters, digits and `-`, not 'xxx"),
        (HEAD + f"hosts = ['{LONG} x']", "is not host[:port][/path]"),
        (HEAD + f"routes = ['{LONG}']", "takes path templates such as"),
        (HEAD + f"request_headers = [{{ a = 3, b = '{LONG}' }}]", "takes header names and tables"),
        (HEAD + f"websocket = [{{ '{LONG}' = 1 }}]", "takes JSON pointers such as"),
        (HEAD + f"client = {{ user_agent = '({LONG}' }}", "is not a regular expression"),
        (HEAD + f"client = {{ user_agent = '({LONG}+)+' }}", "repeats a repetition"),
        (HEAD + SHAPE + f"index = '{LONG}'", "takes a JSON pointer such as"),
        (HEAD + SHAPE + f"source = '{LONG}'", "is none of body, text, location, page, script, websocket"),
        (HEAD + f"[[entry]]\nname = '{LONG}'\n", "is missing"),
        (HEAD + f"[[entry]]\ncode = {HUGE}\n", "is missing"),
        (HEAD + ENTRY + ADVICE + f"doc = 'http:{LONG}'", "takes a URL"),
        (HEAD + f"[[range]]\nfrom = {HUGE}\nto = 1" + ADVICE, "is 1, below `from`, which is this, which is too large to be shown"),
        (LONG, "is not TOML"),
    ],
    ids=lambda value: value[-40:],
)
def test_what_is_wrong_is_told_in_short_however_long_it_is(text, reason):
    error = fault(text)
    assert reason in error.reason
    assert len(str(error)) < 1_100


@in_one_test("hostile", [r"\u001b[2J", r"\u202e", r"\r", r"\nbaas-errors: all is well", r"\u009b31m"])
@in_one_test(
    "text",
    [
        f'format = 1\n"a HERE" = 1\n{TOP}',
        'format = 1\n[backend]\nid = "a HERE!"\ntitle = "Toy"',
        HEAD + '[[entry]]\nname = "HERE."\n',
        HEAD + SHAPE + 'index = "a HERE"',
        HEAD + SHAPE + 'path = "(HERE"',
        HEAD + 'websocket = [{ "HERE" = 1 }]',
        HEAD + 'routes = ["/{a}HERE{a}"]',
        HEAD + (ENTRY.replace('"A"', '"HERE."') + ADVICE) * 2,
    ],
)
def test_nothing_that_a_catalog_says_acts_on_a_terminal(text, hostile):
    assert str(fault(text.replace("HERE", hostile))).isprintable()


def test_tables_deeper_than_python_can_write_are_not_quoted():
    """As dotted keys make them."""
    deep: object = 1
    for _ in range(200_000):
        deep = {"a": deep}
    assert quoted(deep) == "this, which is too large to be shown"


def test_a_date_where_a_text_belongs_is_refused():
    assert fault(HEAD + "hosts = [2024-01-01]").field == "hosts"


def test_all_forms_of_a_whole_catalog_are_read():
    backend = make_backend("""
hosts = ["Toy.example/API"]
routes = ["/a/{id}"]
method_override = { body = "_method", header = "X-HTTP-Method-Override" }
request_id = { server = "X-Id", client = ["X-Own"] }
unwrap = { when = "X-Wrap", headers = "/h", body = "/b" }
behind_proxy = { request_headers = ["x-a"], answer = { "/code" = "^toy/" } }
[[shape]]
name = "list"
status = [207, "4xx"]
path = '^/a'
method = "post"
where = { "/ok" = false, "/n" = 1, "/kind" = '^err' }
each = "/errors/*"
code = ["/code", "/name"]
[[entry]]
name = "A"
code = "a"
origin = "documented"
status = 404
match = { method = "post", header = "X-A" }
sdk = "ToyError.A"
not_to_confuse_with = { B = "b" }
ADVICE
doc = "https://toy.example/errors#a"
[[range]]
to = -1
ADVICE
[[transport]]
kind = "timeout"
hosts = ["*.Toy.example"]
ADVICE
""")
    shape, entry = backend.shapes[0], backend.entries[0]
    assert backend.hosts == ("toy.example/api",)
    assert (backend.request_id.server, backend.request_id.client, backend.method_override.header) == (("x-id",), ("x-own",), "x-http-method-override")
    assert [status for status in (200, 207, 404, 500, None) if status in shape.status] == [207, 404]
    assert shape.method == ("POST",)
    assert (entry.status, entry.match[0].method, entry.match[0].header, dict(entry.advice.sdk)) == (
        (404,),
        ("POST",),
        ("x-a",),
        {"any": "ToyError.A"},
    )
    assert backend.tables.of(RangeRule)[0].covers("-5")
    assert not backend.tables.of(RangeRule)[0].covers("0")
    assert not backend.tables.of(RangeRule)[0].covers("a")


@in_one_test(("code", "received"), [("101", [101, "101", 101.0, " 101 "]), ("-1", [-1, "-1", -1.0]), ('"a/b"', ["a/b", " a/b\n"])])
def test_a_code_is_found_in_every_form_in_which_it_is_sent(code, received):
    backend = make_backend(f'[[entry]]\nname = "A"\ncode = {code}\norigin = "observed"\nADVICE')
    assert [len(backend.entries_for(value)) for value in received] == [1] * len(received)


@in_one_test("code", [None, True, False, 1.5, float("inf"), float("nan"), 10**20, "", " ", "x" * 300, [], {}])
def test_what_cannot_be_a_code_is_never_found(code):
    assert make_backend(FULL).entries_for(code) == ()


def test_spaces_keep_numberings_apart():
    backend = make_backend(FULL + ENTRY.replace('"A"', '"B"') + 'space = "other"\nADVICE')
    assert [entry.name for entry in backend.entries_for(1)] == ["A"]
    assert [entry.name for entry in backend.entries_for(1, "other")] == ["B"]
    assert backend.entries_for(1, "third") == ()


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path):
    file = tmp_path / "toy.toml"
    file.write_bytes(b"\xef\xbb\xbf" + toml("").encode())
    assert load_file(file).file == str(file)


@in_one_test(
    ("name", "content", "reason"),
    [
        ("missing.toml", None, "cannot be read: No such file"),
        ("latin.toml", b'title = "\xe4"', "is not UTF-8"),
        ("folder.toml", "folder", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name, content, reason):
    file = tmp_path / name
    if content == "folder":
        file.mkdir()
    elif content is not None:
        file.write_bytes(content)
    with pytest.raises(CatalogError) as caught:
        load_file(file)
    assert caught.value.file == str(file)
    assert reason in caught.value.reason


def test_more_catalogs_are_added_and_a_known_id_replaces(tmp_path: Path):
    (tmp_path / "a.toml").write_text(toml(""))
    replacement = tmp_path / "b.toml"
    replacement.write_text('format = 1\n[backend]\nid = "parse"\ntitle = "Our Parse"\n')
    backends = load_catalogs([tmp_path, str(replacement)])
    assert backends["toy"].title == "Toy"
    assert backends["parse"].title == "Our Parse"
    assert {"kinvey", "bkend", "backend-services"} <= set(backends)


def test_a_folder_without_catalogs_is_refused(tmp_path: Path):
    with pytest.raises(CatalogError, match="holds no catalog"):
        load_catalogs([tmp_path])


def test_the_home_of_nobody_is_refused():
    with pytest.raises(CatalogError, match=r"~no-such-user-here/toy\.toml"):
        load_catalogs(["~no-such-user-here/toy.toml"])


def test_every_host_that_loads_can_be_recognised():
    backend = make_backend('hosts = ["*.a.example:8080/p", "[::1]", "b.example"]')
    assert Recognizer({"toy": backend}).by_host("x.a.example", 8080, "/p/q") is backend
