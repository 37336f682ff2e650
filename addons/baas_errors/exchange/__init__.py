"""An exchange: one request and its answer, and how their headers and JSON bodies are read."""

from .model import EMPTY, LARGEST_BODY, NO_HEADERS, Body, BodyProblem, Exchange, Headers, Request, Response

__all__ = ["EMPTY", "LARGEST_BODY", "NO_HEADERS", "Body", "BodyProblem", "Exchange", "Headers", "Request", "Response"]
