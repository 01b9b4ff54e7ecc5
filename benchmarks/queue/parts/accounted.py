"""Runs a process of main_app as it is, and keeps account of the CPU time that some of its functions take.

    python -m benchmarks.queue.parts.accounted LEDGER.json COMMAND

The functions are those of `ACCOUNTS`; time in a function counts for its own account only, not for that of the
function which called it. The ledger is written when the process ends.
"""

import functools
import importlib
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ACCOUNTS = {
    "layouts": (
        "services.main_app.pipelines.layout_step:rows_of",
        "services.main_app.pipelines.layout_step:create_layout",
        "services.main_app.pipelines.events:complete",
        "services.main_app.pipelines.events:set_clusters",
    ),
    "file rows": ("services.main_app.pipelines.scanning:store",),
    "intake": ("services.main_app.pipelines.intake:Intake.take",),
    "result rows": (
        "services.main_app.pipelines.events:store_outcomes",
        "services.main_app.pipelines.events:_set_outcome",
    ),
    "inbox and job row": ("services.main_app.jobs.consumer:Consumer.apply",),
    "moving runs on": (
        "services.main_app.pipelines.events:advance",
        "services.main_app.pipelines.events:begin_preview",
    ),
}

_spent_s: Counter[str] = Counter()
_open = threading.local()


def account(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def accounted(*arguments: Any, **keywords: Any) -> Any:
        outer = getattr(_open, "inner_s", None)
        _open.inner_s = 0.0
        began_s = time.thread_time()
        try:
            return function(*arguments, **keywords)
        finally:
            took_s = time.thread_time() - began_s
            _spent_s[name] += took_s - _open.inner_s
            if outer is not None:
                _open.inner_s = outer + took_s

    return accounted


def keep_accounts() -> None:
    for name, functions in ACCOUNTS.items():
        for path in functions:
            module, _, attributes = path.partition(":")
            owner: Any = importlib.import_module(module)
            *owners, last = attributes.split(".")
            for attribute in owners:
                owner = getattr(owner, attribute)
            setattr(owner, last, account(name, getattr(owner, last)))


def main(ledger: str, command: str) -> int:
    import django

    from services.main_app.__main__ import main as main_app

    django.setup()
    keep_accounts()
    try:
        return main_app([command])
    finally:
        Path(ledger).write_text(json.dumps(_spent_s))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
