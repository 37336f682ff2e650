"""Names in Kinvey's paths: each rule finds its fault, and is silent about the request without it."""

from __future__ import annotations

from typing import Any

from diagnose.kinvey_talk import BOOKS, KID, LIST, OTHER_KID, PASSWORD, SAVED, SECRETS, USER, app, bare, refused, signed_in, talk
from diagnose.talk import Row, RowTests, findings
from matrix import in_one_test

INSTANCE = "https://acme-us1-baas.kinvey.com"
GONE = {"method": "DELETE", "path": f"{BOOKS}/moby-dick", "answer": {"count": 1}}
READ = {"path": f"{BOOKS}/moby-dick", "answer": {"_id": "moby-dick"}}
CALLED = {"method": "POST", "path": f"/rpc/{KID}/custom/sendMail", "body": {}, "answer": {"ok": True}}
ELSEWHERE = {"path": f"/appdata/{OTHER_KID}/films", "headers": app(OTHER_KID), "answer": []}
HASH = "0123456789abcdef0123456789abcdef"


def no_app(kid: str, host: str = "") -> dict[str, Any]:
    return refused("AppNotFound", 404, path=f"{host}/appdata/{kid}/books")


def missing(entity: str, name: str = "EntityNotFound", under: str = BOOKS, **more: Any) -> dict[str, Any]:
    return refused(name, 404, path=f"{under}/{entity}", **more)


def signing_up(**body: Any) -> dict[str, Any]:
    return refused("UserAlreadyExists", 409, method="POST", path=USER, headers=app(), body=body)


ROWS = [
    Row("path-unset", "The path has `undefined` in place of the app's key", no_app("undefined"), {"path": BOOKS}),
    Row("path-unset", "The path has `:appKey` in place of the app's key", no_app(":appKey"), {"path": BOOKS}),
    Row("path-unset", "The app's key in the path has white space around it: `kid_Toys01\u2423`", no_app("kid_Toys01%20"), {"path": BOOKS}),
    Row("path-unset", "white space around it: `kid_Toys01\\n`", no_app("kid_Toys01%0A"), {"path": BOOKS}),
    Row(
        "path-unset",
        "The path has `null` in place of the user id",
        refused("UserNotFound", 404, method="POST", path=f"/rpc/{KID}/null/user-email-verification-initiate", body={}),
        {"path": f"/rpc/{KID}/ann/user-email-verification-initiate"},
    ),
    Row(
        "path-unset",
        "The path has `undefined` in place of the function's name",
        refused("EndpointDoesNotExist", 404, method="POST", path=f"/rpc/{KID}/custom/undefined", body={}),
        {"path": f"/rpc/{KID}/custom/pay"},
    ),
    Row(
        "path-unset",
        "The path has `null` in place of the collection's name",
        refused("CollectionNotFound", 404, path=f"/appdata/{KID}/null"),
        {"path": BOOKS},
    ),
    Row(
        "path-unset",
        "The collection's name in the path has white space",
        refused("CollectionNotFound", 404, path=f"/appdata/{KID}/%20books"),
        {"path": BOOKS},
    ),
    Row("path-unset", "The path has `undefined` in place of the id", missing("undefined"), {"path": f"{BOOKS}/1"}),
    Row("path-unset", "The path has `[object Object]` in place of the id", missing("%5Bobject%20Object%5D"), {"path": f"{BOOKS}/1"}),
    Row("path-unset", "The path has `undefined` in place of the id", {**bare(404, f"{BOOKS}/undefined")}, {"path": f"{BOOKS}/1"}),
    Row(
        "path-order",
        f"The path has the app key `{KID}` before `appdata`; it comes after it.",
        bare(404, f"/{KID}/appdata/books"),
        {"path": BOOKS},
        fix=f"`/appdata/{KID}`",
    ),
    Row(
        "app-key",
        f"the key `{KID}` is not known at `baas.kinvey.com`; at `acme-us1-baas.kinvey.com` it worked 1 s before (flow flow-1)",
        no_app(KID),
        {"path": INSTANCE + BOOKS},
        certain=False,
        before=[{"path": INSTANCE + BOOKS, "answer": []}],
    ),
    Row("app-key", f"the key `kid_Toys` is cut off: `{KID}` worked 1 s before", no_app("kid_Toys"), {"path": BOOKS}, certain=False, before=[LIST]),
    Row("app-key", f"the key `{KID}9` is too long: `{KID}` worked", no_app(f"{KID}9"), {"path": BOOKS}, certain=False, before=[LIST]),
    Row("app-key", f"`kid_Tyos01` resembles the key `{KID}`", no_app("kid_Tyos01"), {"path": BOOKS}, certain=False, before=[LIST]),
    Row("app-key-form", "the path has 32 hexadecimal digits in place of the app key", no_app(HASH), {"path": BOOKS}, certain=False),
    Row(
        "app-key",
        f"the key `kid_x9` is wrong for this host: `{KID}` worked here",
        no_app("kid_x9"),
        {"path": f"{INSTANCE}/appdata/kid_x9/b"},
        certain=False,
        before=[LIST],
    ),
    Row(
        "app-key-form",
        "No environment at `baas.kinvey.com` has the app key `kid_x9`",
        {"path": "/appdata/kid_x9/books", "status": 404, "answer": {"error": "This app backend not found."}},
        {"answer": {"error": "Something else was not found."}},
    ),
    Row(
        "endpoint-unknown",
        "this environment has no custom endpoint `sendmail`",
        {"method": "POST", "path": f"/rpc/{KID}/custom/sendmail", "body": {}, "status": 404, "answer": "Not Found"},
        {"answer": {"reason": "no such order"}},
        certain=False,
    ),
    Row(
        "collection-name",
        "`Books` resembles the collection `books`",
        refused("CollectionNotFound", 404, path=f"/appdata/{KID}/Books"),
        {"path": BOOKS},
        certain=False,
        before=[LIST],
    ),
    Row(
        "collection-elsewhere",
        f"`films` is in another environment: it worked under the key `{OTHER_KID}` 1 s before",
        refused("CollectionNotFound", 404, path=f"/appdata/{KID}/films"),
        {"path": BOOKS},
        certain=False,
        before=[ELSEWHERE],
    ),
    Row(
        "endpoint-name",
        "resembles the endpoint `sendMail`",
        refused("EndpointDoesNotExist", 404, method="POST", path=f"/rpc/{KID}/custom/sendmail"),
        {"path": CALLED["path"]},
        certain=False,
        before=[CALLED],
    ),
    Row(
        "endpoint-elsewhere",
        f"the endpoint `sendMail` is in another environment: it worked under the key `{KID}`",
        refused("EndpointDoesNotExist", 404, method="POST", path=f"/rpc/{OTHER_KID}/custom/sendMail"),
        {"path": f"/rpc/{OTHER_KID}/custom/x"},
        certain=False,
        before=[CALLED],
    ),
    Row(
        "endpoint-method",
        "The custom endpoint was called with `GET`.",
        refused("EndpointDoesNotExist", 404, path=f"/rpc/{KID}/custom/sendMail"),
        {"method": "POST"},
    ),
    Row(
        "endpoint-path",
        "custom endpoints are at `/rpc/`",
        refused("EntityNotFound", 404, method="POST", path=f"/appdata/{KID}/custom/sendMail", body={}),
        {"path": f"/appdata/{KID}/mails/sendMail"},
        False,
    ),
    Row(
        "first-social-login",
        "No user of this app has this `google` identity yet: that is normal at the first login",
        refused("UserNotFound", 404, method="POST", path=f"{USER}/login", headers=app(), body={"_socialIdentity": {"google": {"access_token": "t"}}}),
        {"body": {"username": "ann", "password": PASSWORD}},
        fix="`POST /user/<app key>`",
    ),
    Row("id-history", "`moby-dick` was deleted in flow flow-2, 1 s before", missing("moby-dick"), {"path": f"{BOOKS}/1"}, before=[SAVED, GONE]),
    Row(
        "id-history",
        "`moby-dick` was read in flow flow-1, 1 s before; it was deleted since",
        missing("moby-dick"),
        {"path": f"{BOOKS}/1"},
        certain=False,
        before=[READ],
    ),
    Row(
        "user-name-in-path",
        "the path has a user name in place of the user's `_id`",
        missing("zelda-fitz", "UserNotFound", USER),
        {"path": f"{USER}/5f1"},
        certain=False,
        before=[signed_in()],
    ),
    Row(
        "id-not-saved",
        "is an id that the SDK made for an entity not yet saved on the server",
        missing("temp_0b5e"),
        {"path": f"{BOOKS}/1"},
        certain=False,
    ),
    Row(
        "id-history",
        f"was read under `{BOOKS}/`",
        missing("moby-dick", under=f"/appdata/{KID}/films"),
        {"path": f"{BOOKS}/1"},
        certain=False,
        before=[READ],
    ),
    Row("entity-id", "the `_id` `order-000042` has 12 characters", missing("order-000042"), {"path": f"{BOOKS}/order-42"}, certain=False),
    Row(
        "entity-id",
        "has 24 characters; Kinvey turns ids",
        missing("customer-order-000000042"),
        {"path": f"{BOOKS}/5f0000000000000000000001"},
        certain=False,
    ),
    Row(
        "id-not-saved", "`cat.png` is a file's name", missing("cat.png", "BlobNotFound", f"/blob/{KID}"), {"path": f"/blob/{KID}/5f1"}, certain=False
    ),
    Row(
        "own-route",
        "`user` is one of Kinvey's own collections, which /appdata does not serve",
        refused("IndirectCollectionAccessDisallowed", 403, path=f"/appdata/{KID}/user"),
        {"path": BOOKS},
    ),
    Row(
        "own-route",
        "`_blob` is one of Kinvey's own collections, which /appdata does not serve",
        refused("IndirectCollectionAccessDisallowed", 403, path=f"/appdata/{KID}/_blob"),
        {"path": BOOKS},
    ),
    Row(
        "user-taken",
        "was registered 1 s before by flow flow-1",
        signing_up(username="zelda-fitz", password=PASSWORD),
        {"body": {"username": "ann", "password": PASSWORD}},
        certain=False,
        before=[signed_in()],
    ),
    Row(
        "user-taken",
        "which was in flow flow-1 too, 1 s before",
        signing_up(username="zelda-fitz") | {"method": "PUT", "path": f"{USER}/5f0000000000000000000002"},
        {"body": {"username": "ann"}},
        certain=False,
        before=[{"method": "POST", "path": f"{USER}/_lookup", "body": {"username": "zelda-fitz"}, "answer": []}],
        fix="Send another `username` for this user",
    ),
    Row(
        "user-taken",
        "flow flow-1 signed this user up or in, and flow flow-2 deleted it without freeing the name",
        signing_up(username="zelda-fitz", password=PASSWORD),
        {"body": {"username": "ann", "password": PASSWORD}},
        certain=False,
        before=[signed_in(), {"method": "DELETE", "path": f"{USER}/5f0000000000000000000001", "status": 204}],
        fix="_restore",
    ),
    Row(
        "user-unknown",
        "No user of this environment has the name `ann`",
        refused("UserNotFound", 404, method="POST", path=f"/rpc/{KID}/ann/user-password-reset-initiate", body={}),
        {"path": f"/user/{KID}/ann"},
    ),
    Row(
        "id-missing",
        "The PUT names the collection `books` and no entity",
        refused("MethodNotAllowed", 405, method="PUT", path=f"{BOOKS}/", body={"a": 1}),
        {"path": f"{BOOKS}/moby-dick"},
    ),
    Row(
        "stream-rights",
        "the access list of the stream `chat` does not let this user `publish` to the substream of `u-2`",
        refused("InsufficientCredentials", 401, method="POST", path=f"/stream/{KID}/chat/u-2/publish", body={}),
        {"path": f"/stream/{KID}/chat"},
        certain=False,
    ),
    Row(
        "identity-taken",
        "the social identity has a user already",
        signing_up(_socialIdentity={"google": {}}),
        {"body": {"username": "ann"}},
        certain=False,
    ),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    talk = staticmethod(talk)

    def secrets_of(self, row):
        return [secret for secret in SECRETS if secret not in row.fault["path"]]


@in_one_test(
    ("login", "api"), [("https://auth.kinvey.com", ""), ("https://acme-us1-auth.kinvey.com", INSTANCE)], ids=["shared", "instance of its own"]
)
def test_a_login_beside_the_api_is_no_other_instance(backends, login, api):
    signed = {"method": "POST", "path": f"{login}/v3/oauth/token?client_id={KID}", "answer": {"access_token": "mic-0123456789"}}
    assert "app-key" not in [found.rule for found in findings(talk(backends), [signed], no_app(KID, api))]


def test_a_login_at_another_instance_is_told_of(backends):
    signed = {
        "method": "POST",
        "path": f"https://acme-us1-auth.kinvey.com/v3/oauth/token?client_id={KID}",
        "answer": {"access_token": "mic-0123456789"},
    }
    assert ("app-key", False) in [(found.rule, found.certain) for found in findings(talk(backends), [signed], no_app(KID))]


def test_a_refusal_at_another_instance_is_no_answer_there(backends):
    assert "app-key" not in [found.rule for found in findings(talk(backends), [no_app(KID, INSTANCE)], no_app(KID))]


def test_an_id_of_the_servers_own_making_is_not_blamed(backends):
    found = talk(backends).ask(**missing("5f0000000000000000000001"))[0].findings
    assert [f.rule for f in found] == []


def test_the_old_form_of_app_not_found_has_its_name(backends):
    for text in ("This app backend not found", "This app backend not found."):
        record = talk(backends).ask(path="/appdata/kid_x9/books", status=404, answer={"error": text})[0]
        assert (record.type, record.message) == ("kinvey/AppNotFound", text)
