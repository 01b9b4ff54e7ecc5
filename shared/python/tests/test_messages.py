import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.python.errors import CorruptError, LimitError
from shared.python.messages import (
    MAX_MESSAGE_BYTES,
    MESSAGES,
    AudioAnalyzed,
    CancelJobs,
    Command,
    Event,
    Message,
    analysis_key,
    decode,
    embedding_key,
    event_subject,
    preview_key,
    wrap,
)

HASH = "ab" * 32


def test_every_message_class_is_listed() -> None:
    todo, leaves = [Message], set()
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        leaves |= {kind} if kind not in (Message, Command, Event) else set()
    assert set(MESSAGES.values()) == {kind for kind in leaves if kind.__module__ == Message.__module__}


def test_an_envelope_survives_the_way() -> None:
    sent = wrap(
        CancelJobs(job_ids=("a", "b")), source="main_app", subject="cancel.x", idempotency_key="k", attempt=2
    )
    arrived = decode(sent.encode())
    assert arrived == sent
    assert arrived.message == CancelJobs(job_ids=("a", "b"))


def test_an_envelope_speaks_cloudevents() -> None:
    sent = wrap(CancelJobs(job_ids=()), source="main_app", subject="cancel.x", idempotency_key="k")
    assert {"specversion", "id", "source", "type", "subject", "time", "data"} <= set(
        json.loads(sent.encode())
    )


def test_what_is_too_large_does_not_travel() -> None:
    large = wrap(CancelJobs(job_ids=("x" * MAX_MESSAGE_BYTES,)), source="a", subject="b", idempotency_key="c")
    with pytest.raises(LimitError, match=str(MAX_MESSAGE_BYTES)):
        large.encode()


@given(st.binary(max_size=200))
def test_bytes_that_are_no_envelope_are_refused(garbage: bytes) -> None:
    with pytest.raises(CorruptError):
        decode(garbage)


@pytest.mark.parametrize(
    "change", [{"type": "MakeCoffee"}, {"dataversion": 99}, {"data": {"job_ids": "not a list"}}]
)
def test_an_unknown_or_misshapen_message_is_refused(change: dict[str, object]) -> None:
    sent = json.loads(wrap(CancelJobs(job_ids=()), source="a", subject="b", idempotency_key="c").encode())
    with pytest.raises(CorruptError):
        _ = decode(json.dumps(sent | change).encode()).message


def test_subjects_and_keys() -> None:
    assert event_subject("audio_analyzer", AudioAnalyzed) == "evt.audio_analyzer.audio_analyzed"
    assert analysis_key(HASH, 3) == f"analysis/ab/{HASH}/v3.json"
    assert preview_key(HASH, 3) == f"analysis/ab/{HASH}/v3.preview"
    assert embedding_key(HASH, "embed_x", 3) == f"embedding/embed_x/ab/{HASH}/v3.json"
