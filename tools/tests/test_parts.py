from tools.parts import python_parts


def test_parts_are_found_by_their_folder_and_named_as_they_are_imported() -> None:
    parts = python_parts()
    assert list(parts) == sorted(parts)
    assert parts["services/audio_analyzer"].package == "services.audio_analyzer"
    assert parts["shared/python"].needs == frozenset()


def test_needs_go_through_other_parts() -> None:
    demo_collection = python_parts()["integrations/demo_collection"]
    assert demo_collection.needs == {"integrations/core", "integrations/local_folder", "shared/python"}
