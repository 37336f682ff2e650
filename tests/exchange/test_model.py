from baas_errors.exchange import LARGEST_BODY, Body, BodyProblem, Exchange, Headers
from build import make_body, make_exchange, make_failure_exchange, make_message, make_request
from matrix import in_one_test


def test_headers_compare_names_without_case_and_give_the_first_value():
    headers = Headers([("X-Id", "1"), ("x-id", "2"), ("X-Empty", " ")])
    assert headers.get("x-ID") == "1"
    assert "X-ID" in headers
    assert headers.get("absent", "default") == "default"
    assert list(headers) == [("X-Id", "1"), ("x-id", "2"), ("X-Empty", " ")]


def test_headers_first_passes_over_empty_values():
    assert Headers([("a", " "), ("b", " value ")]).first(["missing", "a", "b"]) == "value"
    assert Headers().first(["a"]) == ""


@in_one_test(
    ("data", "content_type", "text", "rules"),
    [
        ("Grüße".encode(), "", "Grüße", []),
        ("Grüße".encode("latin-1"), "text/plain; charset=ISO-8859-1", "Grüße", []),
        ("Grüße".encode("latin-1"), "text/plain", "Gr\ufffd\ufffde", ["body-not-text"]),
        ("Grüße".encode(), "text/plain; charset=no-such-charset", "Grüße", []),
        ("Grüße".encode(), "text/plain; charset=base64", "Grüße", []),
        ("Grüße".encode(), "text/plain; charset=ascii", "Grüße", []),
        ("\ufeffx".encode("utf-16"), 'text/plain; charset="utf-16"', "\ufeffx", []),
        (b"\xff\xfe\xfd", "application/json", "\ufffd\ufffd\ufffd", ["body-not-text", "body-not-json"]),
        (b"", "application/json", "", []),
        (b'{"a":', "", '{"a":', ["body-not-json"]),
        (b"<html>", "text/html", "<html>", []),
        (b"<html>", "application/json", "<html>", ["body-not-json"]),
    ],
)
def test_body_text_and_problems(data, content_type, text, rules):
    body = Body.of(data, content_type)
    assert body.text == text
    assert [problem.rule for problem in body.problems] == rules


def test_a_body_is_loaded_when_asked_for_and_once():
    calls = []

    def load():
        calls.append(1)
        return b'{"a":1}', None

    body = Body(load)
    assert not calls
    assert (body.json, body.object, body.text, body.data) == ({"a": 1}, {"a": 1}, '{"a":1}', b'{"a":1}')
    assert len(calls) == 1


def test_a_body_beyond_the_limit_is_not_read_and_says_so():
    assert Body.of(b"x" * LARGEST_BODY).data is not None
    body = Body.of(b"x" * (LARGEST_BODY + 1))
    assert body.data is None
    assert body.json is None
    assert [problem.rule for problem in body.problems] == ["body-too-large"]


def test_a_streamed_body_is_empty_and_says_so():
    body = make_body(None, "application/json")
    assert (body.text, body.json, body.object) == ("", None, {})
    assert [problem.rule for problem in body.problems] == ["body-not-kept"]


def test_a_problem_in_loading_stands_beside_what_was_read():
    body = Body(lambda: (b'{"a":1}', BodyProblem("body-encoding", "cut")))
    assert body.json == {"a": 1}
    assert [problem.rule for problem in body.problems] == ["body-encoding"]


@in_one_test("text", ["[" * 100 + "]" * 100, '{"a":' * 100 + "1" + "}" * 100])
def test_a_body_nested_deeper_than_any_answer_is_not_used(text):
    body = make_body(text)
    assert body.json is None
    assert "nested too deeply" in body.problems[0].says


@in_one_test("value", ["text", 3, [1], None])
def test_object_is_empty_for_json_that_is_no_object(value):
    assert make_body(value).object == {}


def test_form_gives_the_first_of_repeated_fields():
    assert make_body("grant_type=password&a=1&a=2&empty=").form == {"grant_type": "password", "a": "1", "empty": ""}
    assert make_body("&".join("a=1" for _ in range(2000))).form == {}


@in_one_test(
    ("url", "shown"),
    [
        ("https://a.example/x?q=1", "https://a.example/x?q=1"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
        ("http://a.example:80/x", "http://a.example/x"),
        ("https://a.example:80/", "https://a.example:80/"),
        ("http://[::1]:1337/parse", "http://[::1]:1337/parse"),
        ("wss://a.example/parse", "wss://a.example/parse"),
    ],
)
def test_url(url, shown):
    assert make_request(url=url).url == shown


def test_params_give_the_first_of_repeated_ones_and_keep_empty_ones():
    assert make_request(url="https://a.example/?a=1&a=2&b=&c=%7B%22x%22%3A1%7D+y").params == {"a": "1", "b": "", "c": '{"x":1} y'}


def test_params_of_a_hostile_query_are_none():
    assert make_request(url="https://a.example/?" + "&".join("a=1" for _ in range(2000))).params == {}


def test_status_is_that_of_an_answer_only():
    assert make_exchange(404).status == 404
    assert make_message({}).status is None
    assert make_failure_exchange("refused").status is None
    assert Exchange(id="1", request=make_request()).status is None
