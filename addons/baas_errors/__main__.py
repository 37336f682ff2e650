"""`python -m baas_errors`: the same as the command `baas-errors`."""

import sys

from .cli import main

sys.exit(main())
