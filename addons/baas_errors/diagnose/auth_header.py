"""Credentials taken apart: see exchange/auth_header.py."""

from ..exchange.auth_header import EMPTY_WORDS, Authorization, Basic, Jwt, authorization, basic, jwt

__all__ = ["EMPTY_WORDS", "Authorization", "Basic", "Jwt", "authorization", "basic", "jwt"]
