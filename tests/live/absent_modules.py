"""Runs mitmproxy's mitmdump, or nothing but the package, as if Python lacked the modules that mitmproxy's standalone binaries leave out.

    python absent_modules.py core
    python absent_modules.py mitmdump -s addons/errors.py ...

An import of such a module fails where the addon asks for it, itself or by way of the standard library. What mitmproxy and the
packages it depends on import for themselves is theirs, and goes through.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from pathlib import Path
from types import FrameType

ADDONS = Path(__file__).resolve().parents[2] / "addons"
ABSENT = ("sqlite3", "logging.handlers", "html.parser", "xml.etree", "zoneinfo", "typing_extensions", "tornado", "yaml")
# mitmproxy's own package: all that knows it may be loaded only where it is.
ADAPTERS = "baas_errors.mitm"


class Gate:
    """Stands before all other finders of modules and refuses those that are absent. `also` names more of them."""

    def __init__(self, *also: str) -> None:
        self._absent = (*ABSENT, *also)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Raises ModuleNotFoundError for an absent module, or leaves the search to the finders after this one."""
        if any(name == absent or name.startswith(f"{absent}.") for absent in self._absent) and _is_for_addon(sys._getframe(1)):
            raise ModuleNotFoundError(f"No module named {name!r} in the standalone binaries", name=name)


def _is_for_addon(frame: FrameType | None) -> bool:
    """Whether the addon's files are nearer on the stack than any installed package's."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(str(ADDONS)):
            return True
        if "site-packages" in file:
            return False
        frame = frame.f_back
    # This file's own wish: it asks in the name of the addon.
    return True


def close_gate(*also: str) -> None:
    """From here on the absent modules cannot be had, also where somebody has loaded them before."""
    for name in list(sys.modules):
        if any(name == absent or name.startswith(f"{absent}.") for absent in ABSENT):
            del sys.modules[name]
    sys.meta_path.insert(0, Gate(*also))


def load_core() -> None:
    """Loads every module of the package but the adapters, without mitmproxy."""
    close_gate("mitmproxy")
    sys.path.insert(0, str(ADDONS))
    import baas_errors

    for module in pkgutil.walk_packages(baas_errors.__path__, "baas_errors."):
        if not (module.name == ADAPTERS or module.name.startswith(f"{ADAPTERS}.") or module.name.endswith(".__main__")):
            importlib.import_module(module.name)
            print(module.name)


def run_mitmdump(arguments: list[str]) -> None:
    """mitmdump, whose own modules are loaded before the gate closes."""
    from mitmproxy.tools.main import mitmdump

    importlib.import_module("mitmproxy.tools.dump")
    close_gate()
    mitmdump(arguments)


if __name__ == "__main__":
    if sys.argv[1] == "core":
        load_core()
    else:
        run_mitmdump(sys.argv[2:])
