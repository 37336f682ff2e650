"""Replaces secrets by placeholders with stable pseudonyms: `<jwt 812 chars #a41f9c>`.

A value is secret because of its name (the catalogs list headers, parameters, body keys and cookies), because of its form, or because the request sent
it as a secret and the answer repeats it. Percent-encoding, base64 and the escapes of JSON and HTML are decoded for the search. A placeholder keeps
the kind, the length and a pseudonym of the value: the same value has the same pseudonym as long as the key is the same. Without the key the value
cannot be computed from it. docs/log.md lists what is not redacted.
"""

from .redaction import Redaction
from .redactor import Redactor
from .truncate import LONGEST_TEXT, LONGEST_URL, beginning, cut_mark, shortened

__all__ = ["LONGEST_TEXT", "LONGEST_URL", "Redaction", "Redactor", "beginning", "cut_mark", "shortened"]
