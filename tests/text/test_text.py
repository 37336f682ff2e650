from baas_errors.text import one_line, plural, safe, scrub, width
from matrix import in_one_test


@in_one_test(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\x9b31mb", "a\\x9b31mb"),
        ("\x07\x7f", "\\x07\\x7f"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("carriage\rreturn", "carriage\\x0dreturn"),
        ("\ud800 alone", "\ufffd alone"),
        ("Grüße, 世界 🎉", "Grüße, 世界 🎉"),
    ],
)
def test_safe_shows_what_would_act(text, shown):
    assert safe(text) == shown


def test_scrub_leaves_text_that_can_be_encoded():
    assert scrub("a\udfffb\ud83d").encode() == "a\ufffdb\ufffd".encode()
    assert scrub("\x1b stays") == "\x1b stays"


@in_one_test(("text", "most", "line"), [("a\n  b\tc", 20, "a b c"), ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("abcd efg", 6, "abcd…")])
def test_one_line(text, most, line):
    assert one_line(text, most) == line
    assert len(one_line(text, most)) <= most


@in_one_test(("text", "columns"), [("abc", 3), ("世界", 4), ("e\u0301", 1), ("ＡＢ", 4)])
def test_width(text, columns):
    assert width(text) == columns


@in_one_test(
    ("arguments", "text"),
    [((1, "error"), "1 error"), ((0, "error"), "0 errors"), ((1234, "error"), "1,234 errors"), ((2, "entry", "entries"), "2 entries")],
)
def test_plural(arguments, text):
    assert plural(*arguments) == text
