"""bkend.ai: messages to the MCP endpoint, which speaks JSON-RPC."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from ..checks import type_name
from ..context import Message, Rule, RuleContext

MCP_METHODS = (
    "initialize", "notifications/initialized", "ping", "tools/list", "tools/call", "resources/list", "resources/read", "resources/templates/list",
    "prompts/list", "prompts/get", "logging/setLevel", "completion/complete",
)  # fmt: skip


def jsonrpc(ctx: RuleContext) -> Iterable[Message]:
    """A message to the MCP endpoint that is none."""
    if not isinstance(ctx.json, dict):
        return
    message = ctx.fields
    if message.get("jsonrpc") != "2.0":
        state = f"is {ctx.quote(message['jsonrpc'])}" if "jsonrpc" in message else "is missing"
        yield Message(f'`jsonrpc` {state}; every message needs `"jsonrpc": "2.0"`, as a text.', "jsonrpc", certain=True)
    method = message.get("method")
    if not isinstance(method, str):
        yield Message(
            f"`method` is {'missing' if method is None else type_name(method)}; it takes a text such as `tools/list`.", "method", certain=True
        )
    elif method not in MCP_METHODS and ctx.name == "MethodNotFound":
        near = difflib.get_close_matches(method[:60], MCP_METHODS, 1, 0.6)
        hint = f"; did you mean `{near[0]}`?" if near else "; a tool is called with `tools/call` and its name in `params.name`."
        yield Message(f"There is no method {ctx.quote(method)}{hint}", f"method: {method}", certain=True)
    elif method == "tools/call" and ctx.name == "InvalidParams":
        params = message.get("params")
        if not isinstance(params, dict) or not isinstance(params.get("name"), str):
            yield Message("`params.name`, the tool's name, is missing in this `tools/call`.", "params", certain=True)
        elif not isinstance(params.get("arguments", {}), dict):
            yield Message(f"`params.arguments` is {type_name(params['arguments'])}; it takes an object.", "params.arguments", certain=True)


def mcp_session(ctx: RuleContext) -> Message | None:
    """A session of the MCP endpoint that is over, or was not opened."""
    if not re.search(r"/mcp/?$", ctx.path) or ctx.fields.get("method") == "initialize":
        return None
    if "mcp-session-id" in ctx.headers:
        return Message("the session in Mcp-Session-Id has expired: send `initialize` again, then `get_context`.", "mcp-session-id", certain=False)
    return Message(
        "the message carries no Mcp-Session-Id: send `initialize` first, and then the id that its answer brings.", "no mcp-session-id", certain=False
    )


RULES: tuple[Rule, ...] = (
    Rule("json-rpc", jsonrpc, ("ParseError", "InvalidRequest", "MethodNotFound", "InvalidParams")),
    Rule("mcp-session", mcp_session, ("ResourceNotFound",)),
)
