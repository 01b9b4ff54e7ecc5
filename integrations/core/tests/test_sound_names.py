import pytest

from integrations.core.sound_names import SOUND_TYPES, sound_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kick.wav", "audio/wav"),
        ("KICK.AIFF", "audio/aiff"),
        ("a.b.mp3", "audio/mpeg"),
        ("a.mp3.jpg", None),
        ("kick.wav ", None),
        ("wav", None),
        (".wav", None),
        ("kick.", None),
        ("", None),
    ],
)
def test_sound_type_goes_by_the_extension(name: str, expected: str | None) -> None:
    assert sound_type(name) == expected


def test_table_is_lower_case_and_audio_only() -> None:
    assert all(extension == extension.lower() and extension.isalnum() for extension in SOUND_TYPES)
    assert all(kind.startswith("audio/") for kind in SOUND_TYPES.values())
