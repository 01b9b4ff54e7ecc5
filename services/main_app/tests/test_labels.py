import numpy as np

from services.main_app.maps.labels import SAMPLE_SOUNDS, TRAITS, name_clusters, sample


def column(*values):
    return np.array(values, dtype=np.float32)


def test_a_cluster_is_named_after_what_sets_it_apart():
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1, 2, -1], 50).astype(np.int32)
    duration_s = np.repeat([0.1, 8.0, 1.0, 1.0], 50) * rng.uniform(0.9, 1.1, 200)
    noisiness = np.repeat([0.9, 0.1, 0.5, 0.5], 50) + rng.normal(0, 0.01, 200)
    names = name_clusters(
        {"duration_s": duration_s.astype(np.float32), "noisiness": noisiness.astype(np.float32)}, labels
    )
    assert set(names[0].split(" · ")) == {"short", "noisy"}
    assert set(names[1].split(" · ")) == {"long", "clear"}
    assert names[2] == "mixed"


def test_the_most_telling_word_comes_first():
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 1], dtype=np.int32)
    noisiness = column(0.9, 0.9, 0.9, 0.1, 0.2, 0.3, 0.4, 0.5)
    voicing = column(0.31, 0.31, 0.31, 0.1, 0.2, 0.3, 0.4, 0.5)
    duration_s = column(2, 2, 2, 1, 1.2, 1.4, 1.6, 1.8)
    names = name_clusters({"duration_s": duration_s, "noisiness": noisiness, "voicing": voicing}, labels)
    assert names[0].split(" · ")[0] == "noisy"
    assert "pitched" not in names[0], "of one family only one word"


def test_names_are_unique():
    labels = np.array([0, 0, 1, 1, 2, 2, 3, 3], dtype=np.int32)
    noisiness = column(0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1)
    names = name_clusters({"noisiness": noisiness}, labels)
    assert len(set(names)) == 4
    assert names[:2] == ["noisy 1", "noisy 2"]


def test_a_third_word_comes_before_a_number():
    labels = np.repeat(np.arange(10), 4).astype(np.int32)
    far = np.repeat([9, 9, 0, 0, 0, 0, 0, 0, 0, 0], 4).astype(np.float32)
    apart = np.repeat([4, -4, 0, 0, 0, 0, 0, 0, 0, 0], 4).astype(np.float32)
    names = name_clusters({"pitch_midi": far, "noisiness": far, "roughness": apart}, labels)
    assert names[0].split(" · ")[2:] == ["rough"]
    assert names[1].split(" · ")[2:] == ["smooth"]


def test_what_few_sounds_have_does_not_name_their_cluster():
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1], dtype=np.int32)
    pitch = column(100, np.nan, np.nan, np.nan, 40, 41, 42, 43)
    assert "high" not in name_clusters({"pitch_midi": pitch}, labels)[0]


def test_no_clusters_and_no_values_are_no_problem():
    assert name_clusters({}, np.array([-1, -1], dtype=np.int32)) == []
    assert name_clusters({"noisiness": column(np.nan, np.nan)}, np.zeros(2, dtype=np.int32)) == ["mixed"]
    assert name_clusters({"duration_s": column(0, -1, 1)}, np.zeros(3, dtype=np.int32)) == ["mixed"]
    assert name_clusters({}, np.zeros(0, dtype=np.int32)) == []


def test_a_sample_has_some_of_every_cluster():
    labels = np.repeat([2, -1, 0, 1], [5, 10, SAMPLE_SOUNDS, 3 * SAMPLE_SOUNDS]).astype(np.int32)
    rows = sample(labels)
    assert len(set(rows)) == len(rows)
    counts = dict(zip(*np.unique(labels[rows], return_counts=True), strict=True))
    assert counts == {-1: 10, 0: SAMPLE_SOUNDS, 1: SAMPLE_SOUNDS, 2: 5}
    of_largest = rows[labels[rows] == 1]
    assert of_largest[0] == 15 + SAMPLE_SOUNDS and of_largest[-1] == len(labels) - 1
    assert len(sample(np.zeros(0, dtype=np.int32))) == 0


def test_words_are_told_apart():
    words = [word for trait in TRAITS for word in (trait.little, trait.much)]
    assert len(words) == len(set(words))
