"""Secrets out, stable pseudonyms in.

A value is secret because of its name (the catalogs list headers, parameters, body keys and cookies), because of its form, or because the request
sent it as a secret and the answer repeats it; it is looked for behind percent-encoding, base64, JSON's and HTML's escapes as well. What replaces
it keeps its kind, its length and a pseudonym: `<jwt 812 chars #a41f9c>`. The same value has the same pseudonym as long as the key is the same, so
that two requests with one token can be told from two with different tokens; without the key nothing can be computed back.
"""

from .redactor import Redactor
from .session import Redaction
from .truncate import LONGEST_TEXT, LONGEST_URL, beginning, cut_mark, shortened

__all__ = ["LONGEST_TEXT", "LONGEST_URL", "Redaction", "Redactor", "beginning", "cut_mark", "shortened"]
