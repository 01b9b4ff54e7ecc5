"""Asks the running web server: is it ready, and how far is a run?"""

import http.client
import json
from dataclasses import dataclass
from typing import Any

_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class WebProbe:
    """A server at `host`, written as in a URL, and `port`."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def is_ready(self) -> bool:
        """Whether all parts of the system that the server knows of are there."""
        return self._get("/readyz")[0] == http.HTTPStatus.OK

    def missing(self) -> str:
        """Say what the server still waits for; empty when it does not answer, or does not tell."""
        status, body = self._get("/readyz")
        missing = json.loads(body).get("missing", {}) if status else {}
        return "; ".join(str(reason) for reason in missing.values())

    def run(self, run_id: str) -> dict[str, Any] | None:
        """Give the state of a run, or ``None`` when the server does not tell (now)."""
        status, body = self._get(f"/api/v1/runs/{run_id}")
        if status != http.HTTPStatus.OK:
            return None
        answer = json.loads(body)
        return answer if isinstance(answer, dict) else None

    def _get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.host.strip("[]"), self.port, timeout=_TIMEOUT_S)
        try:
            connection.request("GET", path, headers={"Accept": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            # Not up yet, or being restarted: its supervisor cares, and we ask again.
            return 0, b""
        finally:
            connection.close()
