"""What exchanges teach: written to the memory after their own errors were explained."""

from .exchange_facts import ExchangeFacts
from .update import learn, learn_failure, refresh_token, seconds_to_wait

__all__ = ["ExchangeFacts", "learn", "learn_failure", "refresh_token", "seconds_to_wait"]
