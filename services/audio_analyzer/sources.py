"""Whose definition each descriptor follows: the standard, the paper, or the function of librosa 0.11."""

_BS1770 = "ITU-R BS.1770-5"
_BOERSMA = "Boersma, Accurate short-term analysis of the fundamental frequency (1993)"
_KEY = "Temperley, Music and Probability (2007); Krumhansl, Cognitive Foundations of Musical Pitch (1990)"
_PEETERS = "Peeters, Template-based estimation of time-varying tempo (2007)"
_MFCC = "librosa.feature.mfcc"

_SOURCES = {
    "loudness_lufs": _BS1770,
    "loudness_max_lufs": "EBU Tech 3341",
    "loudness_short_term_max_lufs": "EBU Tech 3341",
    "loudness_range_lu": "EBU Tech 3342",
    "true_peak_dbtp": f"{_BS1770}, annex 2",
    "rms_mean": "librosa.feature.rms",
    "roughness": "Sethares, Local consonance and the relationship between timbre and scale (1993)",
    "percussive_ratio": "FitzGerald, Harmonic/percussive separation using median filtering (2010)",
    "spectral_centroid_hz": "librosa.feature.spectral_centroid",
    "spectral_centroid_std_hz": "librosa.feature.spectral_centroid",
    "spectral_bandwidth_hz": "librosa.feature.spectral_bandwidth",
    "spectral_rolloff_hz": "librosa.feature.spectral_rolloff",
    "spectral_flatness": "librosa.feature.spectral_flatness",
    "zero_crossing_rate": "librosa.feature.zero_crossing_rate",
    "mel_mean_db": "librosa.feature.melspectrogram, librosa.power_to_db",
    "pitch_hz": _BOERSMA,
    "pitch_midi": _BOERSMA,
    "pitch_range_semitones": _BOERSMA,
    "voicing": _BOERSMA,
    "harmonicity_db": _BOERSMA,
    "key": _KEY,
    "scale": _KEY,
    "key_confidence": _KEY,
    "bpm": _PEETERS,
    "onset_strength": "librosa.onset.onset_strength",
}
_FAMILIES = {
    "spectral_contrast_": "librosa.feature.spectral_contrast",
    "mfcc_": _MFCC,
}


def source_of(descriptor: str) -> str:
    """Give the source of a descriptor's definition; empty when the definition is ours."""
    for prefix, source in _FAMILIES.items():
        if descriptor.startswith(prefix):
            return source
    return _SOURCES.get(descriptor, "")
