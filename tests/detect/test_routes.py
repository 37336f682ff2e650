from baas_errors.detect.routes import app_id, client_name, template
from build import make_backend, make_request
from matrix import in_one_test

TOY = make_backend("""
routes = ["/apps/{app}/boxes/{box_id}/toys/{id}", "/boxes/{class}/{id}", "/boxes/{class}", "/me"]
app_id = { header = ["x-app", "x-old-app"], body = ["_app"], query = ["app"], route = "app" }
client = { header = ["x-sdk"], body = ["_sdk"], user_agent = '^Toy SDK' }
""")


@in_one_test(
    ("path", "shown"),
    [
        ("/boxes/Post/abc", "/boxes/Post/{id}"),
        ("/boxes/Post/abc/", "/boxes/Post/{id}/"),
        ("/boxes/Post", "/boxes/Post"),
        ("/mount/v1/boxes/Post/abc", "/mount/v1/boxes/Post/{id}"),
        ("/apps/kid_1/boxes/b/toys/t", "/apps/kid_1/boxes/{id}/toys/{id}"),
        ("/me", "/me"),
        ("/x/123/y", "/x/{id}/y"),
        ("/x/8d3f4c52-1111-4222-8333-944445555666", "/x/{id}"),
        ("/x/5f0c0a0b0c0d0e0f10111213", "/x/{id}"),
        ("/x/a1B2c3D4e5F6g7H8i9J0k1", "/x/{id}"),
        ("/x/internationalizationhelper", "/x/internationalizationhelper"),
        ("/oauth2/v1/token", "/oauth2/v1/token"),
        ("", ""),
        ("/", "/"),
        ("*", "*"),
    ],
)
def test_template(path, shown):
    assert template(path, TOY.match_route(path)) == shown


def test_route_values():
    match = TOY.match_route("/apps/kid_1/boxes/b/toys/t")
    assert match
    assert match.groupdict() == {"app": "kid_1", "box_id": "b", "id": "t"}
    assert TOY.match_route("/elsewhere") is None


@in_one_test(
    ("headers", "url", "body", "app"),
    [
        ({"X-App": "one"}, "/apps/four/boxes/b/toys/t?app=three", {"_app": "two"}, "one"),
        ({"X-App": " ", "X-Old-App": "old"}, "/me", {}, "old"),
        ({}, "/apps/four/boxes/b/toys/t?app=three", {"_app": "two"}, "two"),
        ({}, "/apps/four/boxes/b/toys/t?app=three", {"_app": 2}, "three"),
        ({}, "/apps/four/boxes/b/toys/t", b"", "four"),
        ({}, "/me", "no json", ""),
        ({"content-type": "application/x-www-form-urlencoded"}, "/me", "app=five&x=1", "five"),
        ({"content-type": "text/plain"}, "/me", "app=five&x=1", ""),
    ],
)
def test_app_id_by_header_body_query_and_path_in_this_order(headers, url, body, app):
    request = make_request("POST", f"https://toy.example{url}", headers, body)
    assert app_id(TOY, request, TOY.match_route(request.path)) == app


@in_one_test(
    ("headers", "body", "client"),
    [
        ({"x-sdk": "js1"}, {"_sdk": "js2"}, "js1"),
        ({"user-agent": "Toy SDK 3"}, {"_sdk": "js2"}, "js2"),
        ({"user-agent": "Toy SDK 3"}, {}, "Toy SDK 3"),
        ({"user-agent": "Mozilla/5.0 Toy SDK"}, {}, ""),
        ({}, {}, ""),
    ],
)
def test_client_name(headers, body, client):
    assert client_name(TOY, make_request("POST", headers=headers, body=body)) == client
