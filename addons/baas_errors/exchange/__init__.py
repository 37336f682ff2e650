"""An exchange, one request with its response, and readers for headers, JSON, multipart and credentials."""

from .model import EMPTY, LARGEST_BODY, NO_HEADERS, Body, BodyProblem, Exchange, Headers, Request, Response

__all__ = ["EMPTY", "LARGEST_BODY", "NO_HEADERS", "Body", "BodyProblem", "Exchange", "Headers", "Request", "Response"]
