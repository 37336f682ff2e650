"""What exchanges teach: written to the memory after their own errors were explained."""

from .lessons import caller, learn, learn_failure, outcome_key, refresh_token, request_key, retry_after, sent_token, story_of

__all__ = ["caller", "learn", "learn_failure", "outcome_key", "refresh_token", "request_key", "retry_after", "sent_token", "story_of"]
