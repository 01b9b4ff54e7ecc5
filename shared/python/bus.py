"""The message queue: one thin port around NATS JetStream.

What crosses it are envelopes (`shared.python.messages`). Publishing is durable and repeated until the server
has stored the message; receiving is by lease: a delivery that is neither finished nor kept alive within
`LEASE_S` goes to somebody else. Streams and consumers are declared by main_app alone.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Self, TypeVar

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import ConnectionClosedError, NoRespondersError
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError as NatsNotFoundError

from shared.python.bus_connection import InsistingClient, refusal
from shared.python.bus_permissions import USER_INFO, Permissions, inbox_prefix
from shared.python.bus_settings import BusSettings
from shared.python.errors import DeniedError, NotFoundError, TonotopeError, UnavailableError
from shared.python.messages import Envelope

LEASE_S = 10.0
"""How long a delivery may stay without a sign of life before it is given to another worker."""

_RETRY_FIRST_S, _RETRY_MAX_S = 0.1, 1.0
_PULL_S = 20.0
"""How long the server holds one request for messages open: each new one costs an idle system something."""

log = logging.getLogger(__name__)

T = TypeVar("T")


class Delivery:
    """One message on lease. End it with exactly one of `finish`, `give_back` and `discard`.

    Attributes
    ----------
    n_deliveries
        How often the message was given out, this time included.
    sequence
        Its place in the stream.
    lease_s
        How long it stays ours without a sign of life.
    """

    def __init__(self, message: Msg, *, lease_s: float) -> None:
        self._message = message
        self.body = message.data
        self.subject = message.subject
        self.headers: Mapping[str, str] = message.headers or {}
        self.n_deliveries: int = message.metadata.num_delivered
        self.sequence: int = message.metadata.sequence.stream
        self.lease_s = lease_s
        self._sign_at_s = time.monotonic()

    @property
    def is_lost(self) -> bool:
        """Whether the lease has run out: this process stood still, and somebody else has the message now.

        Then it must be left alone: even an acknowledgement would take it away from whoever works on it.
        """
        return time.monotonic() - self._sign_at_s > self.lease_s

    async def extend(self) -> None:
        """Show life: the lease begins anew, unless it is lost. A sign that does not arrive is no harm."""
        if self.is_lost:
            return
        self._sign_at_s = time.monotonic()
        with contextlib.suppress(NatsError):
            await self._message.in_progress()

    async def finish(self) -> None:
        """Say that the message was dealt with, and wait until the server knows.

        When the server does not answer, the message comes again; whoever gets it must recognise it.
        """
        with contextlib.suppress(NatsError):
            await self._message.ack_sync(timeout=2)

    async def give_back(self, *, delay_s: float) -> None:
        """Let it be delivered again after `delay_s`."""
        with contextlib.suppress(NatsError):
            await self._message.nak(delay=delay_s)

    async def discard(self) -> None:
        """Never deliver it again."""
        with contextlib.suppress(NatsError):
            await self._message.term()


class Receiver:
    """Pulls the messages of one durable consumer, each only when somebody is free to work on it."""

    def __init__(
        self,
        subscription: JetStreamContext.PullSubscription,
        name: str,
        *,
        lease_s: float,
        disconnected: asyncio.Event,
    ) -> None:
        self._subscription = subscription
        self._name, self._lease_s = name, lease_s
        self._disconnected = disconnected

    async def receive(self, *, limit: int = 1, wait_s: float = _PULL_S) -> list[Delivery]:
        """Wait for messages; nothing within `wait_s` gives an empty list.

        Raises
        ------
        NotFoundError
            When the stream or the consumer is gone (a wiped store): open a new receiver later.
        UnavailableError
            When the server is out of reach, or was: it has forgotten then that we wait.
        """
        try:
            messages = await self._fetch(limit, wait_s)
        except NatsTimeoutError:
            # An idle queue, a lost connection and a deleted consumer all look like this: ask.
            await self._require_consumer()
            return []
        except (NatsError, NoRespondersError, OSError) as error:
            await self._require_consumer()
            raise UnavailableError(f"the queue is out of reach: {error}") from error
        return [Delivery(message, lease_s=self._lease_s) for message in messages]

    async def _fetch(self, limit: int, wait_s: float) -> list[Msg]:
        fetching = asyncio.ensure_future(self._subscription.fetch(limit, timeout=wait_s))
        cut_off = asyncio.ensure_future(self._disconnected.wait())
        try:
            await asyncio.wait({fetching, cut_off}, return_when=asyncio.FIRST_COMPLETED)
            if not fetching.done():
                raise UnavailableError("the connection to the queue was lost")
            return await fetching
        finally:
            fetching.cancel()
            cut_off.cancel()

    async def _require_consumer(self) -> None:
        try:
            await self._subscription.consumer_info()
        except NatsNotFoundError as error:
            raise NotFoundError(f"consumer {self._name} does not exist (any more)") from error
        except (NatsError, NoRespondersError, OSError) as error:
            raise UnavailableError(f"the queue is out of reach: {error}") from error

    async def close(self) -> None:
        with contextlib.suppress(NatsError):
            await self._subscription.unsubscribe()


class Bus:
    """A connection to the queue that outlives the server's restarts. Open it with `Bus.connect`."""

    def __init__(self, settings: BusSettings) -> None:
        self.settings = settings
        self._client = InsistingClient()
        self._refusals: list[TonotopeError] = []
        self._refused = asyncio.Event()
        self._disconnected = asyncio.Event()
        self.reconnected = asyncio.Event()

    @classmethod
    async def connect(cls, settings: BusSettings) -> Self:
        """Connect, waiting for a server that is not up yet.

        Raises
        ------
        DeniedError
            When the server refuses the user or the password.
        """
        bus = cls(settings)
        # nats-py itself waits for a server that is not there yet; but it also goes on for ever with a wrong
        # password, which only its error callback gets to know.
        await bus.unless_refused(bus._connect())
        return bus

    async def _connect(self) -> None:
        user, password = self.settings.login
        while True:
            with contextlib.suppress(NatsError, OSError):
                client = InsistingClient()
                await client.connect(
                    servers=self.settings.addresses,
                    user=user,
                    password=password,
                    tls=self.settings.tls,
                    name=self.settings.name,
                    inbox_prefix=inbox_prefix(user or self.settings.name),
                    allow_reconnect=True,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.3,  # type: ignore[arg-type]  # nats-py says int, and only sleeps
                    ping_interval=10,
                    connect_timeout=3,
                    error_cb=self._on_error,
                    disconnected_cb=self._on_disconnected,
                    reconnected_cb=self._on_reconnected,
                )
                self._client = client
                return
            await asyncio.sleep(_RETRY_FIRST_S)

    async def require(self, needed: Permissions) -> None:
        """Insist at the start on all that will be needed, some of it only in rare moments.

        Raises
        ------
        DeniedError
            With every right that our user does not have.
        """
        while True:
            try:
                answer = await self._client.request(USER_INFO, timeout=2)
                break
            except (NatsError, NoRespondersError, OSError) as error:
                self._require_permission(USER_INFO)
                log.warning("asking the queue what we may do failed (%r), trying again", error)
                await asyncio.sleep(_RETRY_FIRST_S)
        granted = json.loads(answer.data).get("data", {}).get("permissions") or {}
        if missing := needed.missing(granted):
            raise DeniedError(
                f"the queue does not let {self.settings.name} {', '.join(missing)}. Give the user its rights "
                "(docs/operations/queue.md, Users and rights)"
            )

    async def unless_refused(self, work: Awaitable[T]) -> T:
        """Do `work`, and end it when the server refuses what no second try can mend.

        Raises
        ------
        DeniedError
            When the server refuses the user or the password, or something that we publish or listen to.
        ConfigError
            When one side does not trust the other's certificate.
        """
        working = asyncio.ensure_future(work)
        refused = asyncio.ensure_future(self._refused.wait())
        try:
            await asyncio.wait({working, refused}, return_when=asyncio.FIRST_COMPLETED)
            if self._refusals:
                raise self._refusals[0]  # whatever else went wrong because of it
        finally:
            refused.cancel()
            if not working.done():
                working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        return working.result()

    async def close(self) -> None:
        """Close the connection after what was published has left."""
        # Not by `drain`, which hangs for seconds on idle pull subscriptions.
        with contextlib.suppress(NatsError, asyncio.TimeoutError):
            await self._client.flush(timeout=2)
        await self._client.close()

    @property
    def connected(self) -> bool:
        return self._client.is_connected

    @property
    def jetstream(self) -> JetStreamContext:
        """The stream administration of nats-py, for main_app, which declares what exists."""
        return self._client.jetstream(timeout=3)

    async def publish(self, envelope: Envelope) -> int:
        """Store a message on its stream and give its sequence there; repeats until the server has it.

        Raises
        ------
        DeniedError
            When our user may not publish on this subject.
        LimitError
            When the message is too large.
        """
        return await self.publish_bytes(
            envelope.subject, envelope.encode(), idempotency_key=envelope.idempotencykey
        )

    async def publish_bytes(
        self, subject: str, body: bytes, *, idempotency_key: str, headers: Mapping[str, str] | None = None
    ) -> int:
        """Store bytes on a stream, as `publish` does."""
        delay_s = _RETRY_FIRST_S
        while True:
            try:
                acknowledged = await self.jetstream.publish(
                    subject, body, headers={**(headers or {}), "Nats-Msg-Id": idempotency_key}, timeout=2
                )
            except ConnectionClosedError as error:
                raise UnavailableError("the connection to the queue was closed") from error
            except (NatsError, NoRespondersError, OSError) as error:
                self._require_permission(subject)
                level = logging.WARNING if delay_s == _RETRY_FIRST_S else logging.DEBUG  # once is enough
                log.log(level, "publishing on %s failed (%r), trying until it is stored", subject, error)
                await asyncio.sleep(delay_s)
                delay_s = min(2 * delay_s, _RETRY_MAX_S)
            else:
                return int(acknowledged.seq)

    async def broadcast(self, subject: str, body: bytes) -> None:
        """Send to whoever listens now. Lossy on purpose: for progress and cancelling."""
        with contextlib.suppress(NatsError, OSError):
            await self._client.publish(subject, body)

    async def subscribe(
        self, subject: str, callback: Callable[[str, bytes], Awaitable[None]]
    ) -> Subscription:
        """Call `callback(subject, body)` for each broadcast on `subject`, which may end in ``>``.

        The server does not answer to this: that it is denied, only `unless_refused` gets to know.
        """

        async def receive(message: Msg) -> None:
            await callback(message.subject, message.data)

        return await self._client.subscribe(subject, cb=receive)

    async def open_receiver(self, stream: str, consumer: str) -> Receiver:
        """Open a receiver for a durable consumer that main_app has declared.

        Raises
        ------
        NotFoundError
            When it is not declared yet.
        UnavailableError
            When the server is out of reach.
        """
        try:
            information = await self.jetstream.consumer_info(stream, consumer)
            subscription = await self.jetstream.pull_subscribe_bind(consumer, stream)
        except NatsNotFoundError as error:
            raise NotFoundError(f"consumer {consumer} of stream {stream} does not exist (yet)") from error
        except (NatsError, NoRespondersError, OSError) as error:
            self._require_permission(consumer)
            raise UnavailableError(f"the queue is out of reach: {error}") from error
        return Receiver(
            subscription,
            consumer,
            lease_s=information.config.ack_wait or LEASE_S,
            disconnected=self._disconnected,
        )

    def _require_permission(self, what: str) -> None:
        # The server reports a denied publish on the side; the publish itself only times out.
        found = next((error for error in self._refusals if what.lower() in error.message.lower()), None)
        if found is not None:
            raise found

    async def _on_error(self, error: Exception) -> None:
        log.warning("queue: %s", str(error) or repr(error))
        if (refused := refusal(error, self.settings)) is not None:
            self._refusals.append(refused)
            self._refused.set()

    async def _on_disconnected(self) -> None:
        self._disconnected.set()

    async def _on_reconnected(self) -> None:
        log.info("connected to the queue again")
        self._disconnected.clear()
        self.reconnected.set()
