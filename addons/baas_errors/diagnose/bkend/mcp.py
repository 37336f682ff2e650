"""bkend.ai: messages to the MCP endpoint, which speaks JSON-RPC."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...exchange.json_reader import type_name
from ..checks import resembling
from ..context import Message, Rule, RuleContext, fault_of

MCP_METHODS = (
    "initialize", "notifications/initialized", "ping", "tools/list", "tools/call", "resources/list", "resources/read", "resources/templates/list",
    "prompts/list", "prompts/get", "logging/setLevel", "completion/complete",
)  # fmt: skip


def jsonrpc(ctx: RuleContext) -> Iterable[Message]:
    """Looks at a JSON-RPC message to the MCP endpoint: its version, its method, the tool that it calls. Source: JSON-RPC 2.0, section 4; Model
    Context Protocol, "Tools". Other causes: none: such a message is invalid."""
    if not isinstance(ctx.json, dict) or not re.search(r"/mcp(/|$)|^/?$", ctx.path):
        return
    message = ctx.fields
    if message.get("jsonrpc") != "2.0":
        state = f"is {ctx.quote(message['jsonrpc'])}" if "jsonrpc" in message else "is missing"
        yield fault_of(f"`jsonrpc` {state}.", "jsonrpc", 'Add `"jsonrpc": "2.0"` (a string) to the message.')
    method, params = message.get("method"), message.get("params")
    if not isinstance(method, str):
        state = "is missing" if method is None else f"is {type_name(method)}, not a string"
        yield fault_of(f"`method` {state}.", "method", "Send `method` as a string such as `tools/list`.")
    elif method not in MCP_METHODS and ctx.name == "MethodNotFound":
        near = resembling(method, MCP_METHODS)
        fix = f"Send `{near}` instead." if near else "Call a tool with the method `tools/call` and its name in `params.name`."
        yield fault_of(f"There is no method {ctx.quote(method)}.", f"method: {method}", fix)
    elif method == "tools/call" and ctx.name == "InvalidParams":
        if not isinstance(params, dict) or not isinstance(params.get("name"), str):
            yield fault_of("`params.name`, the tool's name, is missing in this `tools/call`.", "params", "Send the tool's name in `params.name`.")
        elif not isinstance(params.get("arguments", {}), dict):
            says = f"`params.arguments` is {type_name(params['arguments'])}, not an object."
            yield fault_of(says, "params.arguments", 'Send an object, for example `"arguments": {}`.')
        elif re.search(r"(?i)\btool\b.*(not found|unknown)|unknown tool", ctx.message[:500]):
            says = f"There is no tool {ctx.quote(params['name'])}."
            yield fault_of(says, f"params.name: {params['name']}", "Call `tools/list`, and send a name from its answer in `params.name`.")


RULES = (Rule("json-rpc", jsonrpc, ("ParseError", "InvalidRequest", "MethodNotFound", "InvalidParams")),)
