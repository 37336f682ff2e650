"""Causes of a catalog: read, checked, and found in a request."""

from __future__ import annotations

import re
from typing import Any

import pytest
from baas_errors.catalog import CatalogError, parse
from baas_errors.catalog.causes import EARLIER, FACTS
from baas_errors.diagnose import earlier_facts, facts, rules_for
from baas_errors.render.rule_text import facts_of
from diagnose.talk import Talk
from matrix import in_one_test

HEAD = """
format = 1
[backend]
id = "acme"
title = "Acme"
hosts = ["api.acme.example"]
routes = ["/data/{collection}/{id}", "/data/{collection}"]
secrets = { body = ["pin"] }
[backend.memory]
token = { header = ["authorization"] }
issued = ["/token"]
user = ["/user"]
created = ["/id"]
owner = "/owner"
fields = "collection"
key = ["x-key"]
[[shape]]
name = "standard"
code = "/code"
message = "/message"
[[entry]]
name = "Refused"
code = "refused"
meaning = "The backend refused the request."
fix = ["Correct the request."]
retry = "after-fix"
fault = "request"
origin = "documented"
"""
CAUSE = """
[[cause]]
name = "refused-field"
entries = ["Refused"]
looks_at = "Looks for what the message names."
source = "made up"
other_causes = "none"
"""


def found(talk: Talk, body: Any, message: str = "unknown field nick", **asked: Any) -> list[str]:
    """What the cause says of a request in a conversation."""
    asked = {"method": "POST", "path": "/data/notes", "body": body, "status": 400, "answer": {"code": "refused", "message": message}, **asked}
    return [found.says for found in talk.ask(**asked)[0].findings if found.rule == "refused-field"]


def talk_of(cause: str) -> Talk:
    return Talk({"acme": parse(f"{HEAD}{CAUSE}{cause}")}, "acme", "https://api.acme.example")


def told(case: str, body: Any, message: str = "unknown field nick", **asked: Any) -> list[tuple[str, str, bool]]:
    """What the cause with this case says of a request: text, fix, whether it is certain."""
    backend = parse(f"{HEAD}{CAUSE}[[cause.case]]\n{case}")
    talk = Talk({"acme": backend}, "acme", "https://api.acme.example")
    asked = {"method": "POST", "path": "/data/notes", "body": body, "status": 400, "answer": {"code": "refused", "message": message}, **asked}
    return [(found.says, found.fix, found.certain) for found in talk.ask(**asked)[0].findings if found.rule == "refused-field"]


NAMED = "when = { message = '^unknown field (?P<name>[a-z]{1,20})' }\nsent = true\ncertain = true\n"
NAMED += "says = 'The collection {collection} has no field {name}.'\nfix = 'Remove {name}; {{\"a\": 1}} works.'"


def test_what_the_message_names_must_stand_in_the_request() -> None:
    assert told(NAMED, {"nick": "x"}) == [("The collection `notes` has no field `nick`.", 'Remove `nick`; {"a": 1} works.', True)]
    assert told(NAMED, {"name": "x"}) == []
    assert told(NAMED, {"nick": "x"}, "another text") == []


@in_one_test(
    ("states", "body", "type_"),
    [
        ('"missing"', {}, "missing"),
        ('"empty"', {"size": ""}, "a string"),
        ('"empty"', {"size": []}, "an array"),
        ('"null", "string"', {"size": None}, "null"),
        ('"string"', {"size": "10"}, "a string"),
        ('"boolean"', {"size": True}, "a boolean"),
    ],
)
def test_a_field_is_in_a_state(states: str, body: Any, type_: str) -> None:
    case = f"field = ['size', '/deep/size']\nis = [{states}]\nsays = '{{field}} is {{type}}.'\nfix = 'Send a number.'"
    assert told(case, body) == [(f"Likely: `size` is {type_}.", "Send a number.", False)]
    assert told(case, {"size": 10, "deep": {"size": 10}}) == []


def test_a_field_is_looked_for_inside_and_in_the_query() -> None:
    case = "field = ['/deep/size', 'limit']\nvalue = '^[a-z]'\nsays = '{field} is {value}.'\nfix = 'Send a number.'"
    assert told(case, {"deep": {"size": "ten"}}) == [("Likely: `size` is `ten`.", "Send a number.", False)]
    assert told(case, b"", method="GET", path="/data/notes?limit=ten") == [("Likely: `limit` is `ten`.", "Send a number.", False)]
    assert told(case, {"deep": {"size": "10"}}) == []
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert told(case, b"limit=ten", headers=form) == [("Likely: `limit` is `ten`.", "Send a number.", False)]


def test_no_value_of_a_secret_is_shown() -> None:
    case = "field = ['pin']\nis = ['string']\nsays = '{field} is {value}.'\nfix = 'Send a number.'"
    (found,) = told(case, {"pin": "hunter22hunter"})
    assert "hunter22" not in str(found)
    assert "`pin`" in found[0]


def test_it_is_described_like_every_rule() -> None:
    rule = next(rule for rule in rules_for(parse(f"{HEAD}{CAUSE}[[cause.case]]\n{NAMED}")) if rule.name == "refused-field")
    facts = facts_of(rule, "acme")
    assert (facts.looks_at, facts.source, facts.other_causes) == ("Looks for what the message names.", "made up", "none")


@in_one_test(
    ("cause", "said"),
    [
        (CAUSE, "field `case`: is missing"),
        (f"{CAUSE}[[cause.case]]\nsays = 'a'\nfix = 'b'", "field `when`: is missing, and so is `field`"),
        (
            f"{CAUSE}[[cause.case]]\nsays = 'a'\nfix = 'b'\nfield = ['x']",
            "field `field`: goes together with `is`, `is_not`, `value`, `key` or `choices`",
        ),
        (f"{CAUSE}[[cause.case]]\nsays = 'a'\nfix = 'b'\nfield = ['x']\nis = ['mising']", "did you mean `missing`?"),
        (f"{CAUSE}[[cause.case]]\nsays = '{{nmae}}'\nfix = 'b'\nfield = ['x']\nis = ['empty']", "field `says`: has 'nmae' in braces"),
        (f"{CAUSE}[[cause.case]]\nsays = 'a'\nfix = 'b }}'\nfield = ['x']\nis = ['empty']", "field `fix`: has 'b }' in braces"),
        (f"{CAUSE.replace('Refused', 'Refusd')}[[cause.case]]\n{NAMED}", "field `entries`: names 'Refusd', which is no entry of this catalog"),
    ],
)
def test_a_faulty_cause_is_refused(cause: str, said: str) -> None:
    with pytest.raises(CatalogError, match=re.escape(said)):
        parse(f"{HEAD}{cause}")


def test_a_field_may_be_a_header() -> None:
    case = "field = ['header:X-Page']\nvalue = '^(?:NaN|null)$'\nsays = '{field} is {value}.'\nfix = 'Send a number.'"
    assert told(case, {}, headers={"X-Page": "NaN"}) == [("Likely: `X-Page` is `NaN`.", "Send a number.", False)]
    assert told(case, {}, headers={"X-Page": "3"}) == []
    assert told(case, {"X-Page": "NaN"}) == []


def test_a_pointer_has_wildcards() -> None:
    for pointer, body, found in (
        ("/deep/**/size", {"deep": {"a": [{"size": "x"}]}}, ["x"]),
        ("/*/size|width", {"a": {"size": "x", "width": "y"}, "b": {"size": "z"}}, ["x", "y", "z"]),
        ("/**/?kind=box|bag/size", {"a": {"kind": "bag", "size": "x"}, "b": {"kind": "jar", "size": "y"}}, ["x"]),
        ("/**/?!kind/size", {"a": {"kind": "bag", "size": "x"}, "b": {"size": "y"}}, ["y"]),
        ("/list/1/size", {"list": [{"size": "x"}, {"size": "y"}]}, ["y"]),
        ("/list/*", {"list": list("abcdef")}, ["a", "b", "c"]),
        ("/deep/size", {"deep": "x"}, []),
    ):
        case = f"field = ['{pointer}']\nis = ['string']\nsays = 'It is {{value}}.'\nfix = 'Send a number.'"
        assert [says for says, _, _ in told(case, body)] == [f"Likely: it is `{value}`." for value in found], pointer


def test_a_pointer_leads_into_a_query() -> None:
    case = "field = ['/where/**/$in']\nis_not = ['array']\nsays = '{in} is compared with {type}.'\nfix = 'Send `\"$in\": [{json}]`.'"
    asked = {"method": "GET", "path": "/data/notes?where=%7B%22tag%22%3A%7B%22%24in%22%3A%22a%22%7D%7D"}
    assert told(case, b"", **asked) == [("Likely: `tag` is compared with a string.", 'Send `"$in": ["a"]`.', False)]
    assert told(case, {"where": {"tag": {"$in": ["a"]}}}) == []


def test_a_group_leads_to_a_field() -> None:
    case = "when = { message = '^unknown field (?P<name>[\\w.]{1,20})' }\nfield = ['/{name}']\nis = ['null']\nsays = '{field}: {type}.'\nfix = 'x'"
    assert told(case, {"deep": {"nick": None}}, "unknown field deep.nick") == [("Likely: `nick`: null.", "x", False)]
    assert told(case, {"nick": None}, "unknown field deep.nick") == []


def test_names_and_values_are_compared_with_the_right_ones() -> None:
    case = "field = ['/kinds/*']\nchoices = ['box', 'bag']\nsays = 'no kind: {value}.'\nfix = 'Use another.'\n[cause.case.meant]\nsack = 'bag'"
    assert told(case, {"kinds": ["box", "Sack"]}) == [("Likely: no kind: `Sack`.", "Write `bag` instead of `Sack`.", False)]
    case = "field = ['/*']\nkey = '.'\nchoices = ['box', 'bag']\nsays = 'No key {field}.'\nfix = 'Use {plain}.'"
    assert [fix for _, fix, _ in told(case, {"boxx": 1, "bag": 1, "3 x-y": 1})] == ["Write `box` instead of `boxx`.", "Use `x_y`."]


def test_a_missing_field_under_another_name_is_renamed() -> None:
    case = "field = ['/deep/size']\nis = ['missing']\nsays = '{field} is missing.'\nfix = 'Send it.'"
    assert told(case, {"deep": {"Size_": 1}}) == [("Likely: `size` is missing.", "Rename `Size_` to `size`.", False)]
    assert told(case, {"deep": {}}) == [("Likely: `size` is missing.", "Send it.", False)]


def test_objects_are_matched_as_json_and_beside_other_fields() -> None:
    case = "field = ['list']\nvalue = '^\\['\nbeside = ['count']\nsays = 'x'\nfix = 'y'"
    assert told(case, {"list": ["a"], "count": 0}) == [("Likely: x", "y", False)]
    assert told(case, {"list": ["a"]}) == told(case, {"list": "a", "count": 0}) == []


def test_only_what_the_message_names_counts() -> None:
    cause = "all = true\nnamed = '\\$[a-z]+'\n"
    cases = "".join(f"[[cause.case]]\nfield = ['/**/{name}']\nis = ['string']\nsays = '{{field}} is wrong.'\nfix = 'x'\n" for name in ("$in", "$all"))
    backend = parse(f"{HEAD}{CAUSE}{cause}{cases}")
    body = {"a": {"$in": "x"}, "b": {"$all": "x"}}
    for message, found in (("Refused.", 2), ("Bad $all", 1), ("Bad $or", 0)):
        talk = Talk({"acme": backend}, "acme", "https://api.acme.example")
        asked = talk.ask("POST", "/data/notes", body=body, status=400, answer={"code": "refused", "message": message})
        assert len([1 for finding in asked[0].findings if finding.rule == "refused-field"]) == found, message


def test_a_word_for_nothing_is_shown_where_a_secret_would_stand() -> None:
    case = "field = ['pin']\nis = ['string']\nsays = '{field} is {value}.'\nfix = 'Send the pin.'"
    assert told(case, {"pin": "undefined"}) == [("Likely: `pin` is `undefined`.", "Send the pin.", False)]
    assert "8231" not in str(told(case, {"pin": "8231"}))


@in_one_test(
    ("where", "headers", "says"),
    [
        ("{ 'header:X-Key' = '^(?P<kind>pk_)' }", {"X-Key": "pk_1"}, "Likely: kind `pk_`."),
        ("{ 'header:X-Key' = '^(?P<kind>pk_)' }", {"X-Key": "sk_1"}, ""),
        ("{ 'header:X-Key' = '^$' }", {}, "Likely: kind ."),
        ("[{ 'header:X-Key' = '^sk_' }, { 'route:collection' = '^(?P<kind>notes)$' }]", {"X-Key": "pk_1"}, "Likely: kind `notes`."),
        ("{ 'basic:user' = '^(?P<kind>ann)$', 'token:scheme' = '^basic$' }", {"Authorization": "Basic YW5uOmI="}, "Likely: kind `ann`."),
        ("{ 'token:sent' = '^$' }", {"Authorization": "Bearer undefined"}, "Likely: kind ."),
        ("{ 'request:operation' = '^(?P<kind>create)$', 'request:host' = 'acme', 'request:path' = '^/data/' }", {}, "Likely: kind `create`."),
        ("{ 'error:entry' = '^Refused$', 'error:status' = '^400$', 'error:message' = 'nick', 'error:code' = 'refused' }", {}, "Likely: kind ."),
        ("{ 'size' = '^(?P<kind>10)$' }", {}, "Likely: kind `10`."),
    ],
)
def test_facts_of_a_request_are_conditions(where: str, headers: dict[str, str], says: str) -> None:
    kind = "{kind}" if "?P<kind>" in where else "{flow}"
    case = f"[[cause.case]]\nwhere = {where}\nsays = 'kind {kind}.'\nfix = 'Send it.'"
    assert found(talk_of(case), {"size": 10}, headers=headers) == [says] * bool(says)


@in_one_test(
    ("state", "values", "others"),
    [("unset", ["undefined", "your-pin"], ["", "a b", 3]), ("padded", [" a", "a\n"], ["a", " ", ""]), ("set", ["a b"], ["null", " a", "", 3])],
)
def test_a_text_is_unset_padded_or_set(state: str, values: list[Any], others: list[Any]) -> None:
    case = f"field = ['size']\nis = ['{state}']\nsays = 'It is {state}.'"
    for value in (*values, *others):
        assert bool(told(case, {"size": value})) is (value in values), value


def test_two_facts_are_compared() -> None:
    case = "[[cause.case]]\n{0} = ['basic:user', 'route:collection']\nsays = '{0}'"
    for user, same in (("bm90ZXM6Yg==", "same"), ("YW5uOmI=", "differ")):
        for word in ("same", "differ"):
            assert bool(found(talk_of(case.format(word)), {}, headers={"Authorization": f"Basic {user}"})) is (word == same), (user, word)
    assert found(talk_of(case.format("differ")), {}) == []


def test_what_earlier_exchanges_showed_is_a_condition() -> None:
    cause = (
        "[[cause.case]]\nearlier = 'token-issued'\nsays = '{flow} returned `{place}` {ago}.'\n[[cause.case]]\nnever = ['token-issued']\nsays = 'none'"
    )
    talk = talk_of(cause)
    assert found(talk, {}) == ["Likely: none"]
    talk.ask("POST", "/data/logins", body={}, answer={"token": "t-0123456789abcdef", "user": "u1"})
    assert found(talk, {}) == ["Likely: flow flow-2 returned `token` 1 s before."]


@in_one_test(("user", "word"), [("u1", "object-is-own"), ("u2", "object-is-of-other-user")])
def test_an_object_has_an_owner(user: str, word: str) -> None:
    for case in ("object-is-own", "object-is-of-other-user"):
        talk = talk_of(f"[[cause.case]]\nearlier = '{case}'\nsays = '{{owner}}, {{user}}'")
        talk.ask("POST", "/logins", body={}, answer={"token": f"t-{user}-0123456789", "user": user})
        talk.ask("GET", "/data/notes/n1", answer={"id": "n1", "owner": "u1"})
        said = found(talk, {}, path="/data/notes/n1", method="PUT", headers={"Authorization": f"Bearer t-{user}-0123456789"})
        assert said == [f"Likely: `u1`, `{user}`"] * (case == word), case


def test_more_adds_to_a_case_and_its_first_fix_counts() -> None:
    more = "[[cause.case.more]]\nwhere = { 'a' = '.' }\nsays = ' And a.'\nfix = 'Fix a.'\n"
    more += "[[cause.case.more]]\nwhere = { 'b' = '.' }\nsays = ' And b.'\nfix = 'Fix b.'"
    case = f"when = {{ method = ['POST'] }}\ncertain = {{ 'b' = '.' }}\nsays = 'Base.'\nfix = 'Fix it.'\n{more}"
    assert told(case, {}) == [("Likely: Base.", "Fix it.", False)]
    assert told(case, {"b": "1"}) == [("Base. And b.", "Fix b.", True)]
    assert told(case, {"a": "1", "b": "1"}) == [("Base. And a. And b.", "Fix a.", True)]


def test_all_cases_may_speak_where_the_cause_itself_holds() -> None:
    cases = "[[cause.case]]\nfield = ['a']\nis = ['missing']\nsays = 'no a'\n[[cause.case]]\nfield = ['b']\nis = ['missing']\nsays = 'no b'"
    assert found(talk_of(f"all = true\nwhen = {{ method = ['POST'] }}\n{cases}"), {}) == ["Likely: no a", "Likely: no b"]
    assert found(talk_of(cases), {}) == ["Likely: no a"]
    assert found(talk_of(f"all = true\nwhen = {{ method = ['PUT'] }}\n{cases}"), {}) == []


def test_within_code_a_part_joins_the_code() -> None:
    assert (
        told("when = { method = ['POST'] }\nsays = 'Write `{collection}:{operation}`, not {collection}.'", {})[0][0]
        == "Likely: Write `notes:create`, not `notes`."
    )


@in_one_test(
    ("case", "said"),
    [
        ("where = { 'haeder:X' = 'a' }", "has 'haeder:X', which is no fact of a request"),
        ("where = { 'request:hots' = 'a' }", "has 'request:hots', which is no fact of a request"),
        ("where = [1]", "takes a table of patterns"),
        ("earlier = 'token-isued'", "did you mean `token-issued`?"),
        ("never = ['x']", "'x' is none of"),
        ("same = ['a']", "takes two facts"),
        ("where = { 'a' = 'b' }\n[[cause.case.more]]\nwhere = { 'c' = 'd' }\nsays = ' {nothing}'", "has 'nothing' in braces"),
    ],
)
def test_a_faulty_condition_is_refused(case: str, said: str) -> None:
    with pytest.raises(CatalogError, match=re.escape(said)):
        parse(f"{HEAD}{CAUSE}[[cause.case]]\nsays = 'a'\n{case}")


def test_each_word_of_the_catalog_has_its_look() -> None:
    assert facts.FACT_LOOKS.keys() == FACTS.keys()
    assert earlier_facts.EARLIER_LOOKS.keys() == EARLIER.keys()
