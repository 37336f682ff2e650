"""What exchanges teach: written to the memory after their own errors were explained."""

from .exchange_facts import ExchangeFacts
from .update import learn, learn_failure, refresh_token, retry_after

__all__ = ["ExchangeFacts", "learn", "learn_failure", "refresh_token", "retry_after"]
