"""How a server's own answers look, beside their shapes: what errors on demand are composed of (catalogs/README.md, `[answers]`)."""

from typing import NamedTuple

from . import values
from .entries import NOTHING


class Plain(NamedTuple):
    """An answer without a code: the body that the server sends with a status, on paths that fit."""

    status: values.Number
    body: values.Text = ""
    type: values.Text = ""
    path: values.OptionalRegex = None


class Answers(NamedTuple):
    """How the server's answers look, for errors on demand: headers of every answer, of those to browsers (with an Origin), and of those to requests
    over a limit; the header with the request's id; what the JSON of bodies, lists of results and WebSocket messages begins as. In headers `{length}`
    and `{sha1}` are those of the body (hexadecimal, base64), `{seconds}` is the time to wait, `{until}` its end in seconds since the epoch. `echo`
    points to what a WebSocket message repeats of the client's."""

    headers: values.TextTable = NOTHING
    cors: values.TextTable = NOTHING
    limited: values.TextTable = NOTHING
    type: values.Text = "application/json"
    request_id: values.Text = ""
    body: values.Text = "{}"
    list: values.Text = "null"
    message: values.Text = "{}"
    echo: values.Pointer = ""
    plain: tuple[Plain, ...] = ()
