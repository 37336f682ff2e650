"""Names that make a value secret."""

from __future__ import annotations

from baas_errors.redact.secret_names import _MOST_KNOWN, Names, is_credential
from build import make_backend
from matrix import in_one_test

NAMES = Names([make_backend('[backend.secrets]\nheaders = ["x-toy-key", "location"]\nquery = ["code"]\nbody = ["_kmd.authtoken", "authData.*"]')])


@in_one_test(
    "name",
    [
        *("X-Toy-Key", "x_toy_key", "Location", "Cookie", "Authorization", "X-Firebase-AppCheck", "X-CSRFToken", "X-XSRF-Token", "X-CSRF", "Session"),
        *("X-Session-Id", "X-Session", "Api-Key", "ApiKey", "X-Api-Key", "Ocp-Apim-Subscription-Key", "X-Auth", "X-Authentication", "X-Signature"),
    ],
)
def test_headers_that_are_secret(name: str) -> None:
    assert NAMES.header[name]


@in_one_test(
    "name",
    [
        *("X-Author", "Authority", "WWW-Authenticate", "Access-Control-Allow-Credentials", "Sec-WebSocket-Key", "Idempotency-Key", "X-Cache-Key"),
        *("X-Api-Key-Id", "X-Request-Id", "X-Parse-Application-Id", "X-Token-Type", "Session-Expires", "Content-Type", "Keep-Alive"),
    ],
)
def test_headers_that_are_not(name: str) -> None:
    assert not NAMES.header[name]


@in_one_test(
    "name",
    ["authtoken", "AUTH_DATA", "auth-data", "pw", "pass", "passphrase", "user[password]", "_kmd.authtoken", "X-Toy-Key", "Authorization", "cookie"],
)
def test_keys_of_a_body_that_are_secret(name: str) -> None:
    assert NAMES.body[name]


@in_one_test(
    "name",
    [
        *(
            "encryptionKey",
            "signing_key",
            "AccountKey",
            "sharedAccessKey",
            "SharedAccessSignature",
            "connectionString",
            "CONNECTION-STRING",
            "DB_PASS",
        ),
        *("passphrase", "keyPassphrase", "pin", "otp", "ssn", "user_ssn", "social_security_number", "cvv", "cvv2", "iban", "mfaCode", "backup_codes"),
    ],
)
def test_names_that_no_catalog_has(name: str) -> None:
    assert NAMES.body[name]
    assert NAMES.parameter[name]
    assert NAMES.text[name]


# Names of other services, of national ids and in other languages.
OTHERS = (
    "giftCode", "eppCode", "resetLink", "userTok", "basicAuth", "unsealKey", "wepKey", "clientSec", "paySign", "kubeconfig", "otpUri", "walletSeed",
    "maidenName", "nhsNumber", "codice_fiscale", "henkilötunnus", "tcKimlikNo", "socialInsuranceNumber", "driverLicenceNumber", "pinBlock", "jelkód",
    "Schlüsselwort", "секретное слово", "الرقم السري", "clé d'accès", "μυστικό", "アクセスキー", "mã xác nhận", "รหัสลับ", "קוד אימות",
    "短信验证码", "보안코드",
)  # fmt: skip


@in_one_test("name", OTHERS)
def test_names_of_other_services_and_languages(name: str) -> None:
    assert NAMES.body[name]
    assert NAMES.parameter[name]


@in_one_test("name", ("CB-ACCESS-SIGN", "X-BAPI-SIGN", "X-SAML", "X-WSSE", "Tailscale-User-Login", "X-ARR-ClientCert", "DD-APPLICATION-KEY"))
def test_headers_of_other_services(name: str) -> None:
    assert NAMES.header[name]


@in_one_test("name, value", (("sign", "leo"), ("rut", "deep"), ("attestation", "direct"), ("stayLoggedIn", 1), ("promoCode", "spring")))
def test_words_under_names_that_are_secret_only_sometimes(name: str, value: object) -> None:
    assert not NAMES.hides(name, value)


@in_one_test("name", ["AccountName", "SharedAccessKeyName", "accountKeyId", "encryptionKeyId", "pinColor", "spine", "lesson", "urban", "bypass"])
def test_names_that_only_sound_so(name: str) -> None:
    assert not NAMES.body[name]
    assert not NAMES.text[name]


@in_one_test("name", ["key", "auth", "session", "code", "location", "keyboard", "passenger", "tokens", "apiKeyId", "a.b", "user[name]"])
def test_keys_of_a_body_that_are_not(name: str) -> None:
    assert not NAMES.body[name]


@in_one_test("name", ["key", "auth", "session", "pw", "code", "auth[token]", "bearer"])
def test_parameters_that_are_secret(name: str) -> None:
    assert NAMES.parameter[name]


@in_one_test(("name", "secret"), [("my_pin", True), ("--password", True), ("pin", True), ("pinned", False), ("pass", False), ("key", False)])
def test_names_in_running_text(name: str, secret: bool) -> None:
    assert NAMES.text[name] is secret


@in_one_test(
    ("value", "does"),
    [("AbCdEf0123456789", True), ("short1", False), ("all words and 1 digit", False), ("abcdefghijklmnopqrst", False), ("1" * 20, False)],
)
def test_what_looks_like_a_credential(value: str, does: bool) -> None:
    assert is_credential(value) is does


def test_no_more_than_so_many_names_are_kept_and_no_long_ones() -> None:
    names = Names([])
    assert not any(names.body[f"name{number}"] for number in range(_MOST_KNOWN + 10))
    assert len(names.body) <= _MOST_KNOWN
    assert names.body["password" * 20]
    assert "password" * 20 not in names.body


@in_one_test(
    ("name", "kept"),
    [
        ("password", True),
        ("X-B3-TraceId", True),
        ("user[pin]", True),
        ("Zq7xK9vWj3Ab55cd", False),
        ("0a1b2c3d", False),
        ("a b", False),
        ("IDQxMTExMTExMTExMTExMTE", False),
    ],
)
def test_what_stands_where_names_do_and_may_be_none_is_not_kept(name: str, kept: bool) -> None:
    names = Names([])
    for table in (names.header, names.body, names.parameter, names.text, names.weak):
        assert table[name] is table[name]
        assert (name in table) is kept


@in_one_test(
    "name",
    [
        *("contraseña", "nuevaContraseña", "CONTRASENA", "neuesPasswort", "kennwort", "mot_de_passe", "motDePasse", "minhaSenha"),
        *("wachtwoord", "hasło", "şifre", "yeniŞifre", "lösenord", "adgangskode", "salasana", "heslo", "jelszó", "mật khẩu"),
        *("kataSandi", "κωδικός", "пароль", "новыйПароль", "密码", "新密码", "密碼", "パスワード", "비밀번호", "كلمة المرور"),
        *("código de verificación", "Sicherheitscode", "验证码", "認証コード", "인증번호", "ПИН", "暗証番号", "noweHasło"),
        *("סיסמה", "tarjeta", "Kartennummer", "numéroDeCarte", "卡号", "カード番号", "correo electrónico", "adresse mail"),
        *("почта", "邮箱", "メールアドレス", "токен", "令牌", "トークン", "토큰", "seedPhrase", "licenseKey", "creds", "pswd"),
        *("otpCode", "smsCode", "confirmationCode", "pinCode", "securityCode", "backupCode", "deviceCode", "recoveryKey", "pins"),
        *("pin2", "otps", "usernames"),
    ],
)  # fmt: skip
def test_names_in_other_languages_and_of_codes(name: str) -> None:
    assert NAMES.body[name]
    assert NAMES.hides(name, "x7 !Kq")


@in_one_test("name", ["DPoP", "X-2FA-Code", "X-Remote-User", "X-Client-Cert", "X-Acme-Pin-Code", "X-Nonce", "X-User-Email", "X-Hmac"])
def test_more_headers(name: str) -> None:
    assert NAMES.header[name]


@in_one_test(
    ("url", "stays"),
    [
        ("/api/collections/boats/records", True),
        ("/v1/data/posts", True),
        ("/files/a?X-Sig=abc", False),
        ("/services/T0AB12/B0CD34/x9Yz8", False),
        ("https://files.example/a", False),
    ],
)
def test_a_path_of_words_is_no_address_with_a_secret(url: str, stays: bool) -> None:
    names = Names([make_backend('[backend.secrets]\nheaders = []\nquery = []\nbody = ["url"]')])
    assert names.hides("url", url) is not stays


@in_one_test(
    ("name", "value"),
    [
        ("state", "active"), ("orderState", "on hold"), ("filter[state][eq]", "active"), ("pin", "map-pin-red"), ("pass", "boarding"),
        ("signature", "Yours, Max"),
        ("state", {"$in": ["open", "new"]}), ("states", ["CA", "NY"]), ("State", 1), ("tokenId", 17), ("tokenName", "Blue Ape"),
        ("maxTokens", 512),
        ("sortKey", "Kq7Zt2LmVx9RbWn4"), ("foreignKey", "Kq7Zt2LmVx9RbWn4"), ("itemKey", "menu.file.open"), ("secretary", "Ann Lee"),
        ("passwordPolicy", "strong"),
        ("01pinABc9x", "a1"), ("WY08Ea6Bsn", "a1"),
    ],
)  # fmt: skip
def test_what_stays_under_a_name(name: str, value: object) -> None:
    assert not NAMES.hides(name, value)


@in_one_test(
    ("name", "value"),
    [
        *(
            ("pin", "4821"),
            ("pin", 4821),
            ("pass", "hunter2"),
            ("DB_PASS", "boarding"),
            ("userPass", "boarding"),
            ("password", "boarding"),
            ("state", "aQ0ccxCv"),
        ),
        *(("walletKey", "Kq7Zt2LmVx9RbWn4"), ("service_key", "0a1b2c3d4e5f60718293"), ("state", {"$in": ["aQ0ccxCv"]}), ("password", ["boarding"])),
    ],
)
def test_what_goes_under_a_name(name: str, value: object) -> None:
    assert NAMES.hides(name, value)


def test_in_a_sign_in_words_are_passwords() -> None:
    assert NAMES.hides("pass", "boarding", signing_in=True)
