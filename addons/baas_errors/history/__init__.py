"""What exchanges teach: written to the memory after their own errors were explained."""

from .exchange_facts import Footprint, sent_token
from .update import (
    learn,
    learn_failure,
    refresh_token,
    retry_after,
    story_of,
)

__all__ = ["Footprint", "learn", "learn_failure", "refresh_token", "retry_after", "sent_token", "story_of"]
