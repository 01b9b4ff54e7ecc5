"""What every process tells about itself: log lines on stderr, and spans where somebody wants them."""

import logging
import os
import sys

from shared.python.tracing import set_up_tracing


def set_up_telemetry(process: str) -> None:
    """Write the log lines of this process to stderr, with its name in each; level from ``LOG_LEVEL``.

    Raises
    ------
    ConfigError
        When the settings of tracing ask for what there is not; see `set_up_tracing`.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter(f"%(asctime)s {process}[{os.getpid()}] %(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(os.environ.get("LOG_LEVEL", "INFO").upper())
    logging.getLogger("nats").setLevel(logging.WARNING)
    set_up_tracing(process)
