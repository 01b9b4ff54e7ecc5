import numpy as np
import pytest

from services.audio_analyzer.frame_store import FrameStore


@pytest.mark.parametrize("in_memory_bytes", [10**7, 1_000], ids=["in memory", "in a file"])
def test_frames_are_read_as_they_came_as_often_as_one_likes(monkeypatch, in_memory_bytes):
    monkeypatch.setattr(FrameStore, "_IN_MEMORY_BYTES", in_memory_bytes)
    frames = np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32)
    store = FrameStore(3, np.float32)
    for part in np.array_split(frames, 37):
        store.push(part)
    for _ in range(2):
        runs = list(store.read())
        assert len(runs) > 1
        np.testing.assert_array_equal(np.concatenate(runs), frames)


def test_frames_that_lie_crosswise_in_memory_are_kept_row_by_row():
    store = FrameStore(2, np.int16)
    store.push(np.asfortranarray([[1, 2], [3, 4]]))
    assert [run.tolist() for run in store.read()] == [[[1, 2], [3, 4]]]


def test_nothing_is_no_run():
    assert list(FrameStore(4, np.uint16).read()) == []
