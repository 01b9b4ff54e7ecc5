"""What every process writes about itself: one line an event, on stderr."""

import logging
import os
import secrets
import sys


def set_up_logging(process: str) -> None:
    """Write the log lines of this process to stderr, with its name in each; level from ``LOG_LEVEL``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter(f"%(asctime)s {process}[{os.getpid()}] %(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(os.environ.get("LOG_LEVEL", "INFO").upper())
    logging.getLogger("nats").setLevel(logging.WARNING)


def new_traceparent() -> str:
    """Begin a trace: a W3C ``traceparent`` value."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
