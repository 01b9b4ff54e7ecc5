import pytest
from pydantic import ValidationError

from shared.python.models import AudioFile, FailureCode, Pipeline, PipelineNode


def node(name: str, *inputs: str) -> PipelineNode:
    return PipelineNode(name=name, type="anything", inputs=inputs)


def test_a_pipeline_may_branch_and_join() -> None:
    nodes = (node("a"), node("b", "a"), node("c", "a"), node("d", "b", "c"))
    assert Pipeline(title="diamond", nodes=nodes).nodes == nodes


@pytest.mark.parametrize(
    ("nodes", "complaint"),
    [
        ((node("a", "b"), node("b")), "reads from 'b'"),
        ((node("a", "a"),), "reads from 'a'"),
        ((node("a"), node("a")), "two nodes are named 'a'"),
    ],
)
def test_a_pipeline_with_a_loop_or_a_double_name_is_refused(
    nodes: tuple[PipelineNode, ...], complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Pipeline(title="wrong", nodes=nodes)


def test_an_audio_file_is_known_by_a_sha256() -> None:
    with pytest.raises(ValidationError):
        AudioFile(content_hash="abc", url="file:///a.wav", path="a.wav", size_bytes=1)


def test_unknown_fields_of_a_newer_sender_are_ignored() -> None:
    assert PipelineNode.model_validate({"name": "a", "type": "b", "colour": "red"}) == PipelineNode(
        name="a", type="b"
    )


def test_failure_codes_are_their_own_names() -> None:
    assert all(code.value == code.name.lower() for code in FailureCode)
