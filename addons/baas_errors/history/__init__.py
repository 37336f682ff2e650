"""What exchanges teach: written to the memory after their own errors were explained."""

from .exchange_facts import ExchangeFacts, sent_token
from .update import learn, learn_failure, refresh_token, repeats_of, retry_after

__all__ = ["ExchangeFacts", "learn", "learn_failure", "refresh_token", "repeats_of", "retry_after", "sent_token"]
