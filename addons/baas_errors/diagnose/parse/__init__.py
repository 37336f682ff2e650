"""The rules for Parse Platform: what is at hand in the request first, what earlier flows tell after it.

Newer servers replace the text of most refusals by "Permission denied" and keep the code. A rule whose cause the request shows goes by that; one
that needs the server's words to be sure says so by asking for them.
"""

from __future__ import annotations

from ..context import Rule
from .app_keys import RULES as APP_KEYS
from .batch import RULES as BATCH
from .classes import RULES as CLASSES
from .code import RULES as CODE
from .fields import RULES as FIELDS
from .graphql import RULES as GRAPHQL
from .ids import RULES as IDS
from .limits import RULES as LIMITS
from .live import RULES as LIVE
from .master_key import RULES as MASTER_KEY
from .providers import RULES as PROVIDERS
from .query import RULES as QUERY
from .route import RULES as ROUTE
from .sessions import RULES as SESSIONS
from .users import RULES as USERS

RULES: tuple[Rule, ...] = (
    *APP_KEYS,
    *LIMITS,
    *MASTER_KEY,
    *ROUTE,
    *CODE,
    *BATCH,
    *QUERY,
    *USERS,
    *SESSIONS,
    *PROVIDERS,
    *FIELDS,
    *CLASSES,
    *IDS,
    *GRAPHQL,
    *LIVE,
)
