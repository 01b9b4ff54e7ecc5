"""Which names may be those of sounds, and what such a file claims to be.

A closed list, so that all providers and every machine agree: the system's own MIME table differs from one
to the next. A name decides only whether a file is looked at; what it is, its bytes decide.
"""

SOUND_TYPES: dict[str, str] = {
    "8svx": "audio/x-8svx",
    "aac": "audio/aac",
    "ac3": "audio/ac3",
    "aif": "audio/aiff",
    "aifc": "audio/aiff",
    "aiff": "audio/aiff",
    "amr": "audio/amr",
    "ape": "audio/x-ape",
    "au": "audio/basic",
    "bwf": "audio/wav",
    "caf": "audio/x-caf",
    "dff": "audio/x-dff",
    "dsf": "audio/x-dsf",
    "eac3": "audio/eac3",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    "m4r": "audio/mp4",
    "mka": "audio/x-matroska",
    "mp1": "audio/mpeg",
    "mp2": "audio/mpeg",
    "mp3": "audio/mpeg",
    "mp4": "audio/mp4",
    "mpc": "audio/x-musepack",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "rf64": "audio/wav",
    "sd2": "audio/x-sd2",
    "snd": "audio/basic",
    "spx": "audio/ogg",
    "tta": "audio/x-tta",
    "voc": "audio/x-voc",
    "w64": "audio/x-w64",
    "wav": "audio/wav",
    "wave": "audio/wav",
    "weba": "audio/webm",
    "wma": "audio/x-ms-wma",
    "wv": "audio/x-wavpack",
}


def sound_type(name: str) -> str | None:
    """Give the MIME type that a file name claims, or ``None`` when it is not the name of a sound.

    >>> sound_type("Kick 01.WAV"), sound_type("cover.jpg"), sound_type("wav")
    ('audio/wav', None, None)
    """
    stem, dot, extension = name.rpartition(".")
    return SOUND_TYPES.get(extension.lower()) if dot and stem else None
