"""The rules for Parse Platform: what is at hand in the request first, what earlier flows tell after it.

Newer servers replace the text of most refusals by "Permission denied" and keep the code. A rule whose cause the request shows goes by that; one
that needs the server's words to be sure says so by asking for them.
"""

from __future__ import annotations

from .case import Rule
from .parse_accounts import RULES as ACCOUNTS
from .parse_batch import RULES as BATCH
from .parse_classes import RULES as CLASSES
from .parse_code import RULES as CODE
from .parse_door import RULES as DOOR
from .parse_fields import RULES as FIELDS
from .parse_files import RULES as FILES
from .parse_graphql import RULES as GRAPHQL
from .parse_ids import RULES as IDS
from .parse_live import RULES as LIVE
from .parse_operands import RULES as OPERANDS
from .parse_query import RULES as QUERY
from .parse_route import RULES as ROUTE
from .parse_schemas import RULES as SCHEMAS
from .parse_sessions import RULES as SESSIONS
from .parse_users import RULES as USERS

RULES: tuple[Rule, ...] = (
    *DOOR,
    *ROUTE,
    *CODE,
    *BATCH,
    *QUERY,
    *OPERANDS,
    *SCHEMAS,
    *USERS,
    *ACCOUNTS,
    *SESSIONS,
    *FILES,
    *FIELDS,
    *CLASSES,
    *IDS,
    *GRAPHQL,
    *LIVE,
)
