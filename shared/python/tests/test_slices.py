import pytest

from shared.python.errors import ConfigError
from shared.python.slices import SlicingParameters, slice_hash, slices_key

HASH = "a" * 64


def test_nothing_is_sliced_unless_somebody_asks() -> None:
    assert not SlicingParameters.of({}).is_wanted
    assert SlicingParameters.of({"slicing": "events"}).is_wanted


@pytest.mark.parametrize(
    "parameters",
    [{"slicing": "some"}, {"slice_least_s": 0}, {"slice_most": 1}, {"slice_least": 0.1}],
)
def test_what_cannot_be_meant_is_refused_with_its_value(parameters: dict[str, object]) -> None:
    ((name, value),) = parameters.items()
    with pytest.raises(ConfigError) as refused:
        SlicingParameters.of(parameters)
    assert name in refused.value.message
    assert repr(value) in refused.value.message


def test_a_slice_is_known_by_its_sound_and_its_ends() -> None:
    hashes = {
        slice_hash(HASH, start_frame=0, end_frame=10),
        slice_hash(HASH, start_frame=0, end_frame=11),
        slice_hash(HASH, start_frame=1, end_frame=10),
        slice_hash("b" * 64, start_frame=0, end_frame=10),
    }
    assert len(hashes) == 4
    assert all(len(found) == 64 for found in hashes)


def test_slices_are_stored_apart_for_other_parameters_and_versions() -> None:
    asked = SlicingParameters.of({"slicing": "events"})
    same = SlicingParameters.of({"slicing": "events", "slice_most": 256})
    other = SlicingParameters.of({"slicing": "events", "slice_most": 8})
    assert slices_key(HASH, 1, asked) == slices_key(HASH, 1, same)
    assert len({slices_key(HASH, 1, asked), slices_key(HASH, 1, other), slices_key(HASH, 2, asked)}) == 3
