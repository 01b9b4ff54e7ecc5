"""A connection that insists on what was configured, and says in plain words why a server turns it away."""

import re
import ssl

from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.python.bus_settings import BusSettings
from shared.python.errors import ConfigError, DeniedError, TonotopeError


class NotEncryptedError(NatsError):
    """The server does not encrypt, and we were told to."""


class InsistingClient(Client):
    """nats-py's client, but ``tls://`` means it.

    nats-py encrypts when the server asks for it, so whoever stands between us and the server could talk us
    out of it. The password must not leave before that is clear, at no reconnection either.
    """

    def _connect_command(self) -> bytes:
        server = self._current_server
        if server is not None and server.uri.scheme == "tls" and not self._server_info.get("tls_required"):
            raise NotEncryptedError("the server does not encrypt")
        return super()._connect_command()


def refusal(error: Exception, settings: BusSettings) -> TonotopeError | None:
    """Give what the operator must know of an error that no second try can mend; ``None`` for all others."""
    text = str(error)
    if isinstance(error, NotEncryptedError):
        return ConfigError("NATS_URL says tls://, but the queue does not encrypt: give it a certificate")
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConfigError(
            f"the queue's certificate is not trusted ({error.verify_message}): NATS_CA has to name the file "
            "with the certificate of who signed it, and NATS_URL the host that it was made for"
        )
    if isinstance(error, ssl.SSLError) and re.search("ALERT.*(CERTIFICATE|CA)", error.reason or ""):
        return ConfigError(
            f"the queue does not accept our certificate ({error.reason}): NATS_CERT and NATS_KEY have to "
            "name one that its own certificate authority has signed"
        )
    if "authorization violation" in text.lower():
        return DeniedError(f"the queue refuses the user or password of {settings.name}: check NATS_URL")
    if "permissions violation" in text.lower():
        return DeniedError(
            f"the queue denies {settings.name} what it needs: {text}. Give the user its rights "
            "(docs/operations/queue.md, Users and rights)"
        )
    return None
