"""Faults made on purpose: the request, the entries that name its errors, and its cause.

`cause` says in our words what is wrong, where the request or an earlier one shows it; it was written before any finding was looked at. `says` is a
pattern for the words of the first finding, which must quote this very fault. Without a cause nothing shows it: it lies in rules, settings or code on
the server. Which rules may speak at all stands in findings.py.
"""

# One fault a line reads as a table; wrapped it would be four times as long.
# ruff: noqa: E501
# fmt: off

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .driver import BOUNDARY, Ask, multipart
from .harness import PASSWORD

POSTS, USERS, MEMBERS = "/api/collections/posts/records", "/api/collections/users", "/api/collections/members"
UNKNOWN = "aaaaaaaaaaaaaaa"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000") + b"\x1f\x15\xc4\x89"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault."""

    name: str
    ask: Ask
    entries: tuple[str, ...]
    cause: str = ""
    says: str = ""
    before: tuple[Ask, ...] = field(default=())


def get(path: str, by: str = "alice", **more: Any) -> Ask:
    return Ask("GET", path, by=by, **more)


def post(path: str, body: Any = None, by: str = "alice", **more: Any) -> Ask:
    return Ask("POST", path, body, by, **more)


def patch(path: str, body: Any, by: str = "alice", **more: Any) -> Ask:
    return Ask("PATCH", path, body, by, **more)


def delete(path: str, by: str = "alice", **more: Any) -> Ask:
    return Ask("DELETE", path, by=by, **more)


def create(**fields: Any) -> Ask:
    """A post with a title, and these fields; `_` at the end of a name is cut off."""
    return post(POSTS, {"title": "A title"} | {name.rstrip("_"): value for name, value in fields.items()})


def raw(body: bytes, kind: str = "application/json", path: str = POSTS) -> Ask:
    return post(path, body, headers={"Content-Type": kind})


def listed(**query: str) -> Ask:
    return get(f"{POSTS}?" + "&".join(f"{name}={quote(text)}" for name, text in query.items()))


def signed(identity: str, password: str = PASSWORD, collection: str = "users") -> Ask:
    return post(f"/api/collections/{collection}/auth-with-password", {"identity": identity, "password": password}, "")


def account(**fields: Any) -> Ask:
    """A sign-up with changes; None takes a field away."""
    sent = {"email": "carol@example.org", "password": PASSWORD, "passwordConfirm": PASSWORD} | fields
    return post(f"{USERS}/records", {name: value for name, value in sent.items() if value is not None}, "")


def token(text: str, ask: Ask) -> Ask:
    return Ask(ask.method, ask.path, ask.body, "", {**ask.headers, "Authorization": text})


def batch(*requests: tuple[str, str, Any], by: str = "alice") -> Ask:
    return post("/api/batch", {"requests": [{"method": method, "url": url, "body": body} for method, url, body in requests]}, by)


def upload(name: str, content: bytes, kind: str = "image/png") -> Ask:
    return post(POSTS, multipart(("title", "", "", b"A file"), ("cover", name, kind, content)), headers=MULTIPART)


def collection(name: str = "drafts", **more: Any) -> Ask:
    return post("/api/collections", {"name": name, "type": "base", **more}, "root")


# What works first: sign-ins, and records that later faults are compared with.
PREPARE: tuple[Ask, ...] = (
    post(f"{USERS}/records", {"email": "alice@example.org", "password": PASSWORD, "passwordConfirm": PASSWORD, "name": "Alice"}, "", keep={"alice": "id"}),
    post(f"{USERS}/records", {"email": "bob@example.org", "password": PASSWORD, "passwordConfirm": PASSWORD, "name": "Bob"}, "", keep={"bob": "id"}),
    Ask("POST", f"{USERS}/auth-with-password", {"identity": "alice@example.org", "password": PASSWORD}, "", keep={"token_alice": "token"}),
    Ask("POST", f"{USERS}/auth-with-password", {"identity": "bob@example.org", "password": PASSWORD}, "", keep={"token_bob": "token"}),
    Ask("POST", "/api/collections/_superusers/auth-with-password", {"identity": "root@example.org", "password": "made-up-root-1"}, "", keep={"token_root": "token"}),
    post("/api/collections/authors/records", {"name": "Ann", "age": 40}, keep={"author": "id"}),
    post("/api/collections/authors/records", {"name": "Ben"}, keep={"gone_author": "id"}),
    delete("/api/collections/authors/records/${gone_author}"),
    post(POSTS, {"title": "First post", "slug": "first-post", "rating": 3, "status": "draft", "tags": ["red"], "contact": "ann@example.org", "site": "https://example.org/a", "due": "2027-01-01 00:00:00.000Z", "place": {"lon": 13.4, "lat": 52.5}, "open": True, "text": "<p>x</p>", "author": "${author}", "editors": ["${bob}"], "owner": "${alice}", "meta": {"a": 1}}, keep={"post": "id"}),
    post(POSTS, {"title": "Second post", "owner": "${alice}"}, keep={"second": "id"}),
    post(POSTS, {"title": "To be deleted", "owner": "${alice}"}, keep={"gone": "id"}),
    delete(f"{POSTS}/${{gone}}"),
    post("/api/collections/notes/records", {"text": "Mine", "owner": "${alice}"}, keep={"note": "id"}),
    post("/api/collections/comments/records", {"text": "Well said", "post": "${post}"}, keep={"comment": "id"}),
    get(POSTS),
    get(f"{POSTS}/${{post}}"),
)

FIELDS = [
    Kind("title-missing", post(POSTS, {"rating": 3}), ("ValueRequired",), "no `title` in the body", r"`title`.*(missing|absent|no )"),
    Kind("title-misspelt", post(POSTS, {"titel": "A title"}), ("ValueRequired",), "`titel` for `title`", r"`titel`"),
    Kind("title-capital", post(POSTS, {"Title": "A title"}), ("ValueRequired",), "`Title` for `title`", r"`Title`"),
    Kind("title-empty", post(POSTS, {"title": ""}), ("ValueRequired",), "`title` is empty", r"`title`.*empty"),
    Kind("title-null", post(POSTS, {"title": None}), ("ValueRequired",), "`title` is null", r"`title`.*null"),
    Kind("title-object", post(POSTS, {"title": {"en": "A title"}}), ("ValueRequired",), "`title` is an object, and must be a text", r"`title`.*object"),
    Kind("title-short", post(POSTS, {"title": "A"}), ("TextTooShort",), "`title` has 1 character, and 3 are needed", r"`title`.*`A`"),
    Kind("title-long", post(POSTS, {"title": "A" * 50}), ("TextTooLong",), "`title` has 50 characters, and 40 are allowed", r"`title`"),
    Kind("slug-format", create(slug="Bad Slug"), ("FormatInvalid",), "`slug` has a space and capitals", r"`slug`.*`Bad Slug`"),
    Kind("slug-taken", create(slug="first-post"), ("ValueNotUnique",), "the slug is that of an earlier post", r"`first-post`.*(flow|earlier)"),
    Kind("rating-high", create(rating=9), ("NumberTooLarge",), "`rating` is 9, and 5 is the most", r"`rating`.*`9`"),
    Kind("rating-low", create(rating=-1), ("NumberTooSmall",), "`rating` is -1, and 0 is the least", r"`rating`.*`-1`"),
    Kind("rating-decimals", create(rating=1.5), ("NumberNotWhole",), "`rating` has decimals", r"`rating`.*`1.5`"),
    Kind("status-misspelt", create(status="drfat"), ("ValueInvalid",), "`drfat` is no option of `status`", r"`status`.*`drfat`"),
    Kind("status-capital", create(status="Draft"), ("ValueInvalid",), "`Draft` is no option of `status`: they are case-sensitive", r"`status`.*`Draft`"),
    Kind("tags-too-many", create(tags=["red", "green", "blue"]), ("TooManyValues",), "three tags, and two are the most", r"`tags`"),
    Kind("contact-no-address", create(contact="ann at example.org"), ("EmailInvalid",), "`contact` is no e-mail address", r"`contact`"),
    Kind("contact-domain", create(contact="ann@example.net"), ("EmailDomainNotAllowed",), "the address in `contact` is at a domain that is not allowed", r"`contact`"),
    Kind("site-no-scheme", create(site="example.org/a"), ("UrlDomainNotAllowed",), "the URL in `site` has no scheme, so it has no host", r"`site`.*`example.org/a`"),
    Kind("site-domain", create(site="https://example.com/a"), ("UrlDomainNotAllowed",), "the URL in `site` is at a host that is not allowed", r"`site`.*example\.com"),
    Kind("meta-too-large", create(meta={"a": "x" * 100}), ("JsonTooLarge",), "`meta` has more than 60 bytes", r"`meta`"),
    Kind("text-too-large", create(text="x" * 300), ("ContentTooLarge",), "`text` has more than 200 bytes", r"`text`"),
    Kind("due-early", create(due="2020-01-01 00:00:00.000Z"), ("TooSmall",), "`due` is before the first date", r"`due`.*2020"),
    Kind("due-late", create(due="2040-01-01 00:00:00.000Z"), ("TooLarge",), "`due` is after the last date", r"`due`.*2040"),
    Kind("place-swapped", create(place={"lon": 52.5, "lat": 113.4}), ("LatitudeInvalid",), "the latitude is 113.4", r"`place`.*113"),
    Kind("place-longitude", create(place={"lon": 1134, "lat": 52.5}), ("LongitudeInvalid",), "the longitude is 1134", r"`place`.*1134"),
    Kind("author-unknown", create(author=UNKNOWN), ("RelatedRecordsMissing",), "no answer has shown the id in `author`", rf"`author`.*{UNKNOWN}"),
    Kind("author-deleted", create(author="${gone_author}"), ("RelatedRecordsMissing",), "the author was deleted before", r"deleted"),
    Kind("author-of-other-collection", create(author="${post}"), ("RelatedRecordsMissing",), "the id in `author` is that of a post", r"posts"),
    Kind("author-by-name", create(author="Ann"), ("RelatedRecordsMissing",), "`author` has a name in place of an id", r"`author`.*`Ann`"),
    Kind("editors-too-many", create(editors=["${alice}", "${bob}", UNKNOWN]), ("TooManyValues",), "three editors, and two are the most", r"`editors`"),
    Kind("cover-as-text", create(cover="photo.png"), ("FileInvalid",), "`cover` is a file's name in JSON, not a file", r"`cover`.*`photo.png`"),
    Kind("cover-type", upload("notes.txt", b"hello", "text/plain"), ("FileTypeNotAllowed",), "the file in `cover` is plain text", r"`cover`"),
    Kind("cover-too-large", upload("photo.png", PNG + b"0" * 5000), ("FileTooLarge",), "the file in `cover` has more than 2000 bytes", r"`cover`"),
    Kind("id-short", create(id_="post-1"), ("TextTooShort",), "`id` has 6 characters, and 15 are needed", r"`id`.*`post-1`"),
    Kind("id-capitals", create(id_="ABCDEFGHIJKLMNO"), ("FormatInvalid",), "`id` has capitals", r"`id`.*`ABCDEFGHIJKLMNO`"),
    Kind("id-taken", create(id_="${post}"), ("ValueNotUnique",), "`id` is that of an earlier post", r"`id`.*(flow|earlier)"),
    Kind("three-fields", create(title="A", rating=9, site="x"), ("NumberTooLarge", "UrlInvalid", "TextTooShort"), "three fields of the body are refused, each for its own reason", r"`rating`.*`9`"),
    Kind("relation-misnamed", post("/api/collections/comments/records", {"text": "Well said", "postId": "${post}"}), ("ValueRequired",), "`postId` for `post`", r"`postId`|`post`.*(missing|absent)"),
    Kind("relation-empty", post("/api/collections/comments/records", {"text": "Well said", "post": ""}), ("ValueRequired",), "`post` is empty", r"`post`.*empty"),
    Kind("update-title-short", patch(f"{POSTS}/${{second}}", {"title": "A"}), ("TextTooShort",), "`title` has 1 character, and 3 are needed", r"`title`.*`A`"),
    Kind("update-rating-high", patch(f"{POSTS}/${{second}}", {"rating+": 100}), ("NumberTooLarge",), "100 is added to `rating`, and 5 is the most", r"`rating"),
]

BODIES = [
    Kind("json-trailing-comma", raw(b'{"title": "A title",}'), ("RequestFailed",), "a comma stands before the closing brace", r"comma|position|column"),
    Kind("json-single-quotes", raw(b"{'title': 'A title'}"), ("RequestFailed",), "single quotes", r"single quotes|position|column"),
    Kind("json-cut", raw(b'{"title": "A tit'), ("RequestFailed",), "the JSON ends inside a text", r"ends|cut|unterminated|not closed"),
    Kind("json-array", raw(b'[{"title": "A title"}]'), ("RequestFailed",), "the body is a list, not an object", r"(?i)array|list"),
    Kind("json-twice", raw(json.dumps(json.dumps({"title": "A title"})).encode()), ("RequestFailed",), "the JSON was serialized twice", r"serialized twice"),
    Kind("json-nan", raw(b'{"title": "A title", "rating": NaN}'), ("RequestFailed",), "NaN is not JSON", r"NaN"),
    Kind("json-bom", raw(b'\xef\xbb\xbf{"title": "A title"}'), ("RequestFailed",), "the body begins with a byte order mark", r"(?i)byte order mark|BOM"),
    Kind("json-utf-16", raw('{"title": "A title"}'.encode("utf-16")), ("RequestFailed",), "the body is UTF-16, not UTF-8", r"UTF-8"),
    Kind("json-as-text", raw(b'{"title": "A title"}', "text/plain"), ("ContentTypeUnsupported",), "JSON is sent as text/plain", r"text/plain"),
    Kind("json-without-type", raw(b'{"title": "A title"}', ""), ("ContentTypeUnsupported",), "JSON is sent without a Content-Type", r"no Content-Type"),
    Kind("json-as-form", raw(b'{"title": "A title"}', "application/x-www-form-urlencoded"), ("ValueRequired",), "JSON is sent as a form", r"form-urlencoded"),
    Kind("form-as-json", raw(b"title=A+title"), ("RequestFailed",), "a form is sent as JSON", r"form data|key=value"),
    Kind("xml", raw(b"<post/>", "application/xml"), ("RequestFailed",), "XML", r"XML"),
    Kind("multipart-no-boundary", post(POSTS, multipart(("title", "", "", b"A title")), headers={"Content-Type": "multipart/form-data"}), ("RequestFailed",), "the Content-Type has no boundary", r"boundary"),
    Kind("multipart-cut", post(POSTS, multipart(("title", "", "", b"A title"))[:-20], headers=MULTIPART), ("RequestFailed",), "the multipart body has no end", r"(?i)boundary|end|cut"),
    Kind("sign-in-json-broken", raw(b'{"identity": "alice@example.org", "password": }', path=f"{USERS}/auth-with-password"), ("BodyNotLoaded",), "the JSON lacks a value", r"position|column|value"),
]

RECORDS = [
    Kind("get-unknown", get(f"{POSTS}/{UNKNOWN}"), ("RecordNotFound",), "no answer has shown this id", UNKNOWN),
    Kind("get-deleted", get(f"{POSTS}/${{gone}}"), ("RecordNotFound",), "the record was deleted before", r"deleted"),
    Kind("get-of-other-collection", get(f"{POSTS}/${{note}}"), ("RecordNotFound",), "the id is that of a note", r"notes"),
    Kind("get-undefined", get(f"{POSTS}/undefined"), ("RecordNotFound",), "`undefined` stands in place of the id", r"`undefined`"),
    Kind("get-others-note", get("/api/collections/notes/records/${note}", "bob"), ("RecordNotFound",), "another caller made this note", r"flow.*this caller may not see it"),
    Kind("get-note-without-token", get("/api/collections/notes/records/${note}", ""), ("RecordNotFound",), "the note was made with a token, and this request has none", r"(?i)token"),
    Kind("update-others-post", patch(f"{POSTS}/${{post}}", {"title": "Changed"}, "bob"), ("RecordNotFound",), "another caller made this post", r"flow.*this caller may not see it"),
    Kind("update-without-token", patch(f"{POSTS}/${{post}}", {"title": "Changed"}, ""), ("RecordNotFound",), "the request has no token", r"(?i)token"),
    Kind("update-deleted", patch(f"{POSTS}/${{gone}}", {"title": "Changed"}), ("RecordNotFound",), "the record was deleted before", r"deleted"),
    Kind("delete-others-post", delete(f"{POSTS}/${{post}}", "bob"), ("RecordNotFound",), "another caller made this post", r"flow.*this caller may not see it"),
    Kind("delete-twice", delete("/api/collections/authors/records/${gone_author}"), ("RecordNotFound",), "the record was deleted before", r"deleted"),
    Kind("delete-referenced", delete(f"{POSTS}/${{post}}"), ("RecordReferenced",), "a comment that was made before refers to the post", r"comments"),
    Kind("create-without-token", post(POSTS, {"title": "A title"}, ""), ("CreateRefused",), "the request has no token; with one it worked", r"(?i)no token|without a token|Authorization"),
    Kind("create-broken-token", token("${token_alice}x", create()), ("CreateRefused",), "the token is none that was issued: it has a letter too many", r"(?i)token"),
    Kind("create-undefined-token", token("undefined", create()), ("CreateRefused",), "`undefined` stands in place of the token", r"`undefined`"),
    Kind("create-other-scheme", token("Token ${token_alice}", create()), ("CreateRefused",), "the scheme is `Token`", r"scheme.*`token`"),
    Kind("create-quoted-token", token('"${token_alice}"', create()), ("CreateRefused",), "the token stands in quotes", r"quot"),
    Kind("note-for-another", post("/api/collections/notes/records", {"text": "Not mine", "owner": "${bob}"}), ("CreateRefused",), "`owner` is another account than the caller; it was the caller before", r"`owner`"),
    Kind("note-without-owner", post("/api/collections/notes/records", {"text": "Mine"}), ("CreateRefused",), "`owner` is missing; it was sent before", r"`owner`"),
    Kind("vault-list", get("/api/collections/vault/records"), ("SuperuserOnly",)),
    Kind("vault-create", post("/api/collections/vault/records", {"text": "x"}), ("SuperuserOnly",)),
    Kind("vault-delete", delete(f"/api/collections/vault/records/{UNKNOWN}"), ("SuperuserOnly",)),
    Kind("view-create", post("/api/collections/totals/records", {"title": "A title"}, "root"), ("CollectionTypeUnsupported",)),
]

PATHS = [
    Kind("collection-misspelt", get("/api/collections/post/records"), ("CollectionNotFound",), "`post` for `posts`", r"(?i)`post`.*`posts`"),
    Kind("collection-misspelt-create", post("/api/collections/psots/records", {"title": "A title"}), ("CollectionNotFound",), "`psots` for `posts`", r"(?i)`psots`.*`posts`"),
    Kind("collection-unknown", get("/api/collections/invoices/records"), ("CollectionNotFound",)),
    Kind("slash-at-end", get(f"{POSTS}/"), ("RouteNotFound",), "a slash at the end of the path", r"slash|/$|`/"),
    Kind("records-forgotten", get("/api/collections/posts"), ("AuthNotAllowed",), "`/records` is missing in the path", r"/records"),
    Kind("records-singular", get("/api/collections/posts/record"), ("RouteNotFound",), "`record` for `records`", r"/record"),
    Kind("create-without-records", post("/api/collections/posts", {"title": "A title"}), ("ResourceNotFound",), "`/records` is missing in the path", r"collection, not its records"),
    Kind("update-with-put", Ask("PUT", f"{POSTS}/${{second}}", {"title": "Changed"}), ("ResourceNotFound",), "PUT in place of PATCH", r"PUT|PATCH"),
    Kind("update-with-post", post(f"{POSTS}/${{second}}", {"title": "Changed"}), ("ResourceNotFound",), "POST in place of PATCH", r"POST|PATCH"),
    Kind("delete-without-id", delete(POSTS), ("ResourceNotFound",), "the path has no id", r"DELETE|id"),
    Kind("update-without-id", patch(POSTS, {"title": "Changed"}), ("ResourceNotFound",), "the path has no id", r"PATCH|id"),
    Kind("api-twice", get(f"/api{POSTS}"), ("RouteNotFound",), "`/api` stands twice in the path", r"/api/api|twice"),
    Kind("api-version", get("/api/v1/collections/posts/records"), ("RouteNotFound",), "`/v1` is too much in the path", r"/v1"),
    Kind("old-superuser-path", post("/api/admins/auth-with-password", {"identity": "root@example.org", "password": "made-up-root-1"}, ""), ("ResourceNotFound",), "the path is that of versions before 0.23", r"/admins"),
    Kind("sign-in-with-get", get(f"{USERS}/auth-with-password", ""), ("RouteNotFound",), "GET in place of POST", r"GET|POST"),
    Kind("batch-with-get", get("/api/batch"), ("RouteNotFound",), "GET in place of POST", r"GET|POST"),
]

QUERIES = [
    Kind("filter-field-misspelt", listed(filter="titel = 'x'"), ("ListQueryInvalid",), "`titel` for `title`", r"`titel`"),
    Kind("filter-no-quotes", listed(filter="title = first"), ("ListQueryInvalid",), "the text has no quotes", r"`first`|quot"),
    Kind("filter-two-equals", listed(filter="title == 'x'"), ("ListQueryInvalid",), "`==` for `=`", r"`==`"),
    Kind("filter-and", listed(filter="title ~ 'x' AND rating > 1"), ("ListQueryInvalid",), "`AND` for `&&`", r"`AND`"),
    Kind("filter-quote-open", listed(filter="title = 'x"), ("ListQueryInvalid",), "a quote is not closed", r"(?i)quot"),
    Kind("filter-parenthesis-open", listed(filter="(title = 'x' && rating > 1"), ("ListQueryInvalid",), "a parenthesis is not closed", r"(?i)parenthes|bracket"),
    Kind("filter-operator-missing", listed(filter="title"), ("ListQueryInvalid",), "there is no operator and no value", r"(?i)operator"),
    Kind("filter-like", listed(filter="title LIKE '%x%'"), ("ListQueryInvalid",), "`LIKE` for `~`", r"`LIKE`"),
    Kind("filter-relation-field", listed(filter="author.nmae = 'Ann'"), ("ListQueryInvalid",), "`nmae` for `name`", r"nmae"),
    Kind("filter-hidden", listed(filter="internal = 'x'"), ("ListQueryInvalid",)),
    Kind("filter-modifier", listed(filter="title:upper = 'X'"), ("ListQueryInvalid",), "there is no modifier `:upper`", r"modifier `upper`"),
    Kind("filter-request", listed(filter="owner = @request.auth.id"), ("FilterNotAllowed",), "`@request` in a filter", r"`@` and `request`"),
    Kind("filter-collection", listed(filter="@collection.vault.text = 'x'"), ("FilterNotAllowed",), "`@collection` in a filter", r"`@` and `collection`"),
    Kind("sort-misspelt", listed(sort="-titel"), ("ListQueryInvalid",), "`titel` for `title`", r"`-?titel`"),
    Kind("sort-created", listed(sort="-created"), ("ListQueryInvalid",), "the records of this collection have no `created`", r"`-?created`"),
    Kind("sort-desc", listed(sort="title desc"), ("ListQueryInvalid",), "`desc` in place of `-`", r"desc"),
    Kind("page-no-number", listed(page="next"), ("ListQueryInvalid",), "`page` is no number", r"`page`.*`next`"),
    Kind("per-page-no-number", listed(perPage="all"), ("ListQueryInvalid",), "`perPage` is no number", r"`perPage`.*`all`"),
    Kind("skip-total-no-boolean", listed(skipTotal="yes"), ("ListQueryInvalid",), "`skipTotal` is no boolean", r"`skipTotal`.*`yes`"),
]

ACCOUNTS = [
    Kind("sign-in-wrong-password", signed("alice@example.org", "wrong-pass-1"), ("WrongCredentials",), "the password is another one than that which worked before", r"(?i)password"),
    Kind("sign-in-unknown", signed("nobody@example.org"), ("WrongCredentials",)),
    Kind("sign-in-name", signed("alice"), ("WrongCredentials",), "`identity` is no e-mail address, as it was before", r"`?(identity|alice)`?"),
    Kind("sign-in-wrong-collection", signed("alice@example.org", collection="_superusers"), ("WrongCredentials",), "the account signed in at `users` before", r"users"),
    Kind("sign-in-no-password", post(f"{USERS}/auth-with-password", {"identity": "alice@example.org"}, ""), ("ValueRequired",), "no `password` in the body", r"`password`"),
    Kind("sign-in-email", post(f"{USERS}/auth-with-password", {"email": "alice@example.org", "password": PASSWORD}, ""), ("ValueRequired",), "`email` in place of `identity`", r"`identity`"),
    Kind("sign-in-username", post(f"{USERS}/auth-with-password", {"username": "alice", "password": PASSWORD}, ""), ("ValueRequired",), "`username` in place of `identity`", r"`identity`"),
    Kind("sign-in-empty", post(f"{USERS}/auth-with-password", {}, ""), ("ValueRequired", "ValueRequired"), "the body is empty", r"`identity`"),
    Kind("sign-in-at-base", signed("alice@example.org", collection="posts"), ("AuthCollectionNotFound",), "`posts` holds records without sign-in", r"`posts`"),
    Kind("sign-in-at-misspelt", signed("alice@example.org", collection="user"), ("CollectionNotFound",), "`user` for `users`", r"`user`.*`users`"),
    Kind("sign-in-disabled", signed("alice@example.org", collection="robots"), ("AuthMethodDisabled",)),
    Kind("sign-in-unverified", signed("mia@example.org", collection="members"), ("AuthRuleNotMet",), "the answer to the sign-up said that the account is not verified", r"verified", before=(post(f"{MEMBERS}/records", {"email": "mia@example.org", "password": PASSWORD, "passwordConfirm": PASSWORD}, ""),)),
    Kind("sign-in-identity-field", post(f"{USERS}/auth-with-password", {"identity": "alice@example.org", "password": PASSWORD, "identityField": "username"}, ""), ("NotInList",), "`username` is no identity field", r"`identityField`.*`username`"),
    Kind("sign-in-second-factor", signed("gus@example.org", collection="guarded"), ("MfaRequired",), "the answer asks for a second factor", r"second|factor|mfaId", before=(post("/api/collections/guarded/records", {"email": "gus@example.org", "password": PASSWORD, "passwordConfirm": PASSWORD}, "", ),)),
    Kind("sign-in-factor-unknown", post("/api/collections/guarded/auth-with-password", {"identity": "gus@example.org", "password": PASSWORD, "mfaId": "unknown"}, ""), ("MfaSessionInvalid",), "the `mfaId` is none that an answer had", r"mfaId"),
    Kind("sign-up-taken", account(email="alice@example.org"), ("ValueNotUnique",), "the address was registered before", r"`email`.*(flow|earlier)"),
    Kind("sign-up-no-address", account(email="carol"), ("EmailInvalid",), "`email` is no e-mail address", r"`email`"),
    Kind("sign-up-without-email", account(email=None), ("ValueRequired",), "no `email` in the body", r"`email`"),
    Kind("sign-up-short-password", account(password="short", passwordConfirm="short"), ("TextTooShort",), "the password has 5 characters, and 8 are needed", r"`password`"),
    Kind("sign-up-mismatch", account(passwordConfirm="made-up-pass-8"), ("ValuesMismatch",), "the two passwords differ", r"`passwordConfirm`"),
    Kind("sign-up-no-confirm", account(passwordConfirm=None), ("ValueRequired",), "no `passwordConfirm` in the body", r"`passwordConfirm`"),
    Kind("sign-up-verified", account(verified=True), ("ValuesMismatch",), "`verified` is sent", r"`verified`"),
    Kind("sign-up-long-password", account(password="x" * 100, passwordConfirm="x" * 100), ("CreateRefused",), "the password has 100 bytes, and 71 are the most", r"`password`"),
    Kind("update-email", patch(f"{USERS}/records/${{alice}}", {"email": "new@example.org"}), ("ValuesMismatch",), "`email` cannot be written directly", r"`email`"),
    Kind("update-password-no-old", patch(f"{USERS}/records/${{alice}}", {"password": "made-up-pass-8", "passwordConfirm": "made-up-pass-8"}), ("ValueRequired",), "no `oldPassword` in the body", r"`oldPassword`"),
    Kind("update-password-wrong-old", patch(f"{USERS}/records/${{alice}}", {"oldPassword": "wrong-pass-1", "password": "made-up-pass-8", "passwordConfirm": "made-up-pass-8"}), ("OldPasswordInvalid",), "`oldPassword` is another one than that which worked before", r"`oldPassword`"),
    Kind("refresh-without-token", post(f"{USERS}/auth-refresh", by=""), ("AuthRequired",), "the request has no token", r"(?i)no token"),
    Kind("refresh-broken-token", token("${token_alice}x", post(f"{USERS}/auth-refresh")), ("AuthRequired",), "the token is none that was issued", r"issued this token"),
    Kind("refresh-expired", token("${short}", post(f"{USERS}/auth-refresh")), ("AuthRequired",), "the token has expired", r"expired", before=(post(f"{USERS}/impersonate/${{alice}}", {"duration": 1}, "root", keep={"short": "token"}),)),
    Kind("create-expired", token("${short}", create()), ("CreateRefused",), "the token has expired", r"expired"),
    Kind("refresh-elsewhere", post(f"{MEMBERS}/auth-refresh"), ("AuthCollectionMismatch",), "the token was issued by `users`", r"users"),
    Kind("impersonate-as-user", post(f"{USERS}/impersonate/${{bob}}", {"duration": 10}), ("AuthNotAllowed",), "the token is no superuser's", r"(?i)superuser|users"),
    Kind("verification-no-email", post(f"{USERS}/request-verification", {}, ""), ("ValueRequired",), "no `email` in the body", r"`email`"),
    Kind("verification-no-address", post(f"{USERS}/request-verification", {"email": "alice"}, ""), ("EmailInvalid",), "`email` is no e-mail address", r"`email`"),
    Kind("verify-with-session-token", post(f"{USERS}/confirm-verification", {"token": "${token_alice}"}, ""), ("TokenClaimsInvalid",), "the token is that of the session", r"(?i)token.*(sign-in|session|issued)"),
    Kind("reset-with-session-token", post(f"{USERS}/confirm-password-reset", {"token": "${token_alice}", "password": PASSWORD, "passwordConfirm": PASSWORD}, ""), ("TokenInvalid",), "the token is that of the session", r"(?i)token.*(sign-in|session|issued)"),
    Kind("reset-mismatch", post(f"{USERS}/confirm-password-reset", {"token": "made-up", "password": PASSWORD, "passwordConfirm": "other-pass-1"}, ""), ("ValuesMismatch", "TokenInvalid"), "the two passwords differ", r"`passwordConfirm`"),
    Kind("email-change-taken", post(f"{USERS}/request-email-change", {"newEmail": "bob@example.org"}), ("NewEmailInvalid",), "the address was registered before", r"(flow|earlier|before)"),
    Kind("email-change-no-mail", post(f"{USERS}/request-email-change", {"newEmail": "new@example.org"}), ("MailNotSent",)),
    Kind("one-time-disabled", post(f"{USERS}/request-otp", {"email": "alice@example.org"}, ""), ("AuthMethodDisabled",)),
    Kind("one-time-wrong", post(f"{MEMBERS}/auth-with-otp", {"otpId": UNKNOWN, "password": "12345678"}, ""), ("OtpInvalid",), "the `otpId` is none that an answer had", r"otpId"),
    Kind("provider-unknown", post(f"{MEMBERS}/auth-with-oauth2", {"provider": "google", "code": "x", "redirectURL": "https://example.org/"}, ""), ("ProviderNotEnabled",), "the collection has no provider `google`", r"`google`", before=(get(f"{MEMBERS}/auth-methods", ""),)),
    Kind("provider-no-code", post(f"{MEMBERS}/auth-with-oauth2", {"provider": "github", "redirectURL": "https://example.org/"}, ""), ("ValueRequired",), "no `code` in the body", r"`code`"),
    Kind("provider-disabled", post(f"{USERS}/auth-with-oauth2", {"provider": "google", "code": "x", "redirectURL": "https://example.org/"}, ""), ("AuthMethodDisabled",)),
    Kind("old-token", token("${token_dora}", post(f"{USERS}/auth-refresh")), ("AuthRequired",), "the password was changed after the token was issued", r"(?i)password|PATCH|ended", before=(
        post(f"{USERS}/records", {"email": "dora@example.org", "password": PASSWORD, "passwordConfirm": PASSWORD}, "", keep={"dora": "id"}),
        Ask("POST", f"{USERS}/auth-with-password", {"identity": "dora@example.org", "password": PASSWORD}, "", keep={"token_dora": "token"}),
        Ask("PATCH", f"{USERS}/records/${{dora}}", {"oldPassword": PASSWORD, "password": "made-up-pass-8", "passwordConfirm": "made-up-pass-8"}, "dora"),
    )),
    Kind("sign-in-old-password", signed("dora@example.org"), ("WrongCredentials",), "the password was changed before", r"(?i)password"),
]

BATCHES = [
    Kind("batch-title-short", batch(("POST", POSTS, {"title": "A title"}), ("POST", POSTS, {"title": "A"})), ("TextTooShort",), "the second request: `title` has 1 character", r"`title`.*`A`"),
    Kind("batch-unknown-id", batch(("DELETE", f"{POSTS}/{UNKNOWN}", None)), ("RecordNotFound",), "no answer has shown this id", UNKNOWN),
    Kind("batch-deleted-id", batch(("PATCH", f"{POSTS}/${{gone}}", {"title": "Changed"})), ("RecordNotFound",), "the record was deleted before", r"deleted"),
    Kind("batch-without-records", batch(("POST", "/api/collections/posts", {"title": "A title"})), ("BatchActionFailed",), "`/records` is missing in the path", r"collection, not its records"),
    Kind("batch-get", batch(("GET", POSTS, None)), ("BatchActionFailed",), "GET in a batch", r"GET"),
    Kind("batch-too-many", batch(*[("POST", POSTS, {"title": "A title"})] * 4), ("LengthTooLong",), "four requests, and three are the most", r"`requests`"),
    Kind("batch-empty", batch(), ("ValueRequired",), "no request in the batch", r"`requests`"),
    Kind("batch-without-token", batch(("POST", POSTS, {"title": "A title"}), by=""), ("CreateRefused",), "the request has no token", r"(?i)no token|Authorization"),
    Kind("batch-vault", batch(("POST", "/api/collections/vault/records", {"text": "x"})), ("SuperuserOnly",)),
    Kind("batch-a-list", raw(b"[]", path="/api/batch"), ("BodyNotLoaded",), "the body is a list, not an object", r"(?i)array|list"),
    Kind("batch-no-method", post("/api/batch", {"requests": [{"url": POSTS, "body": {"title": "A title"}}]}), ("ValueRequired",), "no `method` in the request", r"method"),
]

ELSEWHERE = [
    Kind("file-unknown", get("/api/files/posts/${post}/photo.png", ""), ("FileNotFound",)),
    Kind("file-of-unknown-record", get(f"/api/files/posts/{UNKNOWN}/photo.png", ""), ("FileNotFound",)),
    Kind("file-token-without-token", post("/api/files/token", by=""), ("AuthRequired",), "the request has no token", r"(?i)no token"),
    Kind("realtime-unknown-client", post("/api/realtime", {"clientId": "made-up", "subscriptions": ["posts/*"]}), ("RealtimeClientUnknown",), "no answer has shown this client id", r"clientId|made-up"),
    Kind("realtime-no-client", post("/api/realtime", {"subscriptions": ["posts/*"]}), ("ValueRequired",), "no `clientId` in the body", r"`clientId`"),
    Kind("realtime-subscriptions-text", post("/api/realtime", {"clientId": "made-up", "subscriptions": "posts/*"}), ("RequestFailed",), "`subscriptions` is a text, not a list", r"`subscriptions`"),
    Kind("collections-as-user", get("/api/collections"), ("AuthNotAllowed",), "the token is no superuser's", r"(?i)superuser|users"),
    Kind("collections-without-token", get("/api/collections", ""), ("AuthRequired",), "the request has no token", r"(?i)no token"),
    Kind("collection-exists", collection("posts"), ("CollectionNameTaken",), "`posts` is the name of a collection that earlier requests use", r"`posts`"),
    Kind("collection-bad-name", collection("my drafts"), ("FormNotMatched",), "the name has a space", r"`name`.*`my drafts`"),
    Kind("collection-bad-type", collection(type="table"), ("NotInList",), "`table` is no type of a collection", r"`type`.*`table`"),
    Kind("collection-no-name", post("/api/collections", {"type": "base"}, "root"), ("ValueRequired",), "no `name` in the body", r"`name`"),
    Kind("field-bad-type", collection(fields=[{"name": "title", "type": "string"}]), ("BodyNotLoaded",), "`string` is no type of a field", r"string"),
    Kind("field-bad-name", collection(fields=[{"name": "my title", "type": "text"}]), ("FormNotMatched",), "the name has a space", r"my title"),
    Kind("field-reserved-name", collection(fields=[{"name": "expand", "type": "text"}]), ("InReservedList",), "`expand` is reserved", r"expand"),
    Kind("relation-without-collection", collection(fields=[{"name": "post", "type": "relation"}]), ("ValueRequired",), "no `collectionId` in the relation field", r"collectionId"),
    Kind("relation-by-name", collection(fields=[{"name": "post", "type": "relation", "collectionId": "nothing"}]), ("RelationCollectionMissing",), "`nothing` is no collection", r"nothing"),
    Kind("select-without-values", collection(fields=[{"name": "state", "type": "select"}]), ("ValueRequired",), "no `values` in the select field", r"values"),
    Kind("field-bad-pattern", collection(fields=[{"name": "title", "type": "text", "pattern": "("}]), ("PatternInvalid",), "the pattern has an open parenthesis", r"pattern"),
    Kind("rule-unknown-field", collection(listRule="ownr = @request.auth.id"), ("RuleInvalid",), "`ownr` is no field of the collection", r"ownr"),
    Kind("rule-incomplete", collection(listRule="id = "), ("RuleInvalid",), "the rule has no value", r"`listRule`"),
    Kind("index-incomplete", collection(indexes=["CREATE INDEX x"]), ("IndexInvalid",), "the statement has no table and no columns", r"index"),
    Kind("view-unknown-column", post("/api/collections", {"name": "sums", "type": "view", "viewQuery": "SELECT nothing FROM posts"}, "root"), ("ValueRequired", "ViewQueryInvalid"), "the column `nothing` does not exist", r"viewQuery|nothing|fields"),
    Kind("collection-referenced", delete("/api/collections/authors", "root"), ("CollectionReferenced",), "the server names `posts`, whose records refer to it", r"posts"),
    Kind("collection-unknown-delete", delete("/api/collections/nothing", "root"), ("ResourceNotFound",)),
    Kind("settings-as-user", get("/api/settings"), ("AuthNotAllowed",), "the token is no superuser's", r"(?i)superuser|users"),
    Kind("settings-no-name", patch("/api/settings", {"meta": {"appName": ""}}, "root"), ("ValueRequired",), "`appName` is empty", r"appName"),
    Kind("settings-bad-cron", patch("/api/settings", {"backups": {"cron": "daily"}}, "root"), ("CronInvalid",), "`daily` is no cron expression", r"cron.*`daily`"),
    Kind("settings-bad-address", patch("/api/settings", {"superuserIPs": ["home"]}, "root"), ("IpOrSubnetInvalid",), "`home` is no address", r"home|superuserIPs"),
    Kind("backup-bad-name", post("/api/backups", {"name": "My Backup"}, "root"), ("FormNotMatched",), "the name has capitals and a space", r"`name`.*`My Backup`"),
    Kind("backup-unknown", post("/api/backups/nothing.zip/restore", {}, "root"), ("BackupNotFound",)),
    Kind("logs-bad-filter", get("/api/logs?filter=nothing", "root"), ("ListQueryInvalid",), "the filter has no operator", r"(?i)operator|filter"),
    Kind("cron-unknown", post("/api/crons/nothing", {}, "root"), ("CronJobNotFound",)),
    Kind("sql-broken", post("/api/sql", {"query": "selec 1"}, "root"), ("SqlFailed",), "`selec` for `select`", r"selec"),
    Kind("guests-only", get("/api/app/guests"), ("GuestsOnly",), "the request has a token", r"(?i)token"),
    Kind("members-only", get("/api/app/members"), ("AuthNotAllowed",)),
    Kind("app-refuses", post("/api/app/refuse", {}), ("",)),
    Kind("app-refuses-plainly", post("/api/app/refuse-plainly", {}), ("",)),
    Kind("app-fails", post("/api/app/fail", {}), ("RequestFailed",)),
    Kind("app-own-form", get("/api/app/own-form"), ("",)),
    Kind("app-reserves", create(title="reserved"), ("",)),
    Kind("too-many", get("/api/collections/limited/records", ""), ("TooManyRequests",), "two requests went before, within the time of the rule", r"(?i)requests|Retry-After|limit", before=(get("/api/collections/limited/records", ""), get("/api/collections/limited/records", ""))),
    Kind("batch-not-allowed", batch(("POST", POSTS, {"title": "A title"})), ("BatchNotAllowed",), before=(patch("/api/settings", {"batch": {"enabled": False}}, "root"),)),
]

FAULTS: tuple[Kind, ...] = (*FIELDS, *BODIES, *RECORDS, *PATHS, *QUERIES, *ACCOUNTS, *BATCHES, *ELSEWHERE)
