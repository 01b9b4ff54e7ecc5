"""The catalogue of everything that is measured: name, unit, range and definition of each value."""

from services.audio_analyzer.dimensions import N_CONTRAST_BANDS, N_MFCC, NOTE_IDS, NOTES
from services.audio_analyzer.sources import source_of
from shared.python.models import DescriptorSpec


def _number(
    name: str,
    title: str,
    group: str,
    unit: str,
    low: float,
    high: float,
    description: str,
    *,
    log: bool = False,
) -> DescriptorSpec:
    return DescriptorSpec(
        name=name,
        title=title,
        group=group,
        unit=unit,
        scale="log" if log else "linear",
        low=low,
        high=high,
        description=description,
    )


def _category(name: str, title: str, group: str, description: str) -> DescriptorSpec:
    return DescriptorSpec(name=name, title=title, group=group, kind="category", description=description)


_LEVEL = (
    _number("loudness_lufs", "Loudness", "level", "LUFS", -50, -5,
            "Integrated loudness with both gates (ITU-R BS.1770-5); none under 0.4 s."),
    _number("loudness_max_lufs", "Loudest moment", "level", "LUFS", -45, 0,
            "Highest loudness over 400 ms (EBU Tech 3341); silence fills up a shorter sound."),
    _number("loudness_short_term_max_lufs", "Loudest three seconds", "level", "LUFS", -50, -3,
            "Highest loudness over 3 s (EBU Tech 3341); none for a shorter sound."),
    _number("loudness_range_lu", "Loudness range", "level", "LU", 0, 20,
            "Spread of the short-term loudness, 10th to 95th percentile (EBU Tech 3342); none under 3 s."),
    _number("true_peak_dbtp", "True peak", "level", "dBTP", -30, 1,
            "Highest level between the samples too, at four times the rate (ITU-R BS.1770-5, annex 2)."),
    _number("peak_dbfs", "Sample peak", "level", "dBFS", -30, 0, "Highest sample, against full scale."),
    _number("rms_dbfs", "RMS level", "level", "dBFS", -60, -6,
            "Root mean square of all samples of all channels, against full scale."),
    _number("rms_mean", "Mean frame RMS", "level", "", 0, 0.4,
            "Mean over frames of 2048 samples of their RMS, as librosa.feature.rms gives it."),
    _number("crest_factor_db", "Crest factor", "level", "dB", 3, 30, "Sample peak over RMS."),
)  # fmt: skip

_TIME = (
    _number("duration_s", "Duration", "envelope", "s", 0.05, 600, "Length of the file.", log=True),
    _category("sound_type", "Type of sound", "envelope",
              "What the sound is made for: loop (up to 30 s with a tempo, cut to a whole number of beats), "
              "texture (4 s or longer without a tempo, loud all the while), recording (anything else over "
              "30 s) or one-shot (anything else)."),
    _number("effective_duration_s", "Effective duration", "envelope", "s", 0.01, 60,
            "Time spent above a tenth of the loudest level.", log=True),
    _number("attack_time_s", "Attack", "envelope", "s", 0.001, 2,
            "Rise from 10 % to 90 % of the loudest level.", log=True),
    _number("decay_s", "Decay", "envelope", "s", 0.01, 10,
            "From the loudest moment until the level is 20 dB lower for good, if it ever is.", log=True),
    _number("temporal_centroid", "Temporal centroid", "envelope", "", 0, 1,
            "Where the energy balances between the first and the last audible moment: 0 early, 1 late."),
    _number("leading_silence_s", "Silence before", "envelope", "s", 0, 1,
            "Time before the level first comes within 60 dB of the loudest."),
    _number("trailing_silence_s", "Silence after", "envelope", "s", 0, 5,
            "Time after the level was last within 60 dB of the loudest."),
)  # fmt: skip

_SPECTRUM = (
    _number("brightness", "Brightness", "spectrum", "", 0, 1,
            "Share of the energy above 1.5 kHz; frames weigh by their energy."),
    _number("warmth", "Warmth", "spectrum", "", 0, 1,
            "Share of the energy below 500 Hz; frames weigh by their energy."),
    _number("roughness", "Roughness", "spectrum", "", 0, 0.6,
            "Sensory dissonance between partials by Sethares' curve (1993), relative to their amplitude."),
    _number("noisiness", "Noisiness", "spectrum", "", 0, 1,
            "Flatness of the mel spectrum: 0 for a tone, near 1 for noise; frames weigh by their energy."),
    _number("percussive_ratio", "Percussiveness", "spectrum", "", 0, 1,
            "Percussive share of the energy after median-filter separation over 31 frames and bins "
            "(FitzGerald 2010)."),
    _number("spectral_centroid_hz", "Spectral centroid", "spectrum", "Hz", 100, 8000,
            "Centre of gravity of the magnitude spectrum, mean over frames, as in librosa.", log=True),
    _number("spectral_centroid_std_hz", "Centroid variation", "spectrum", "Hz", 10, 3000,
            "Standard deviation of the spectral centroid over frames.", log=True),
    _number("spectral_bandwidth_hz", "Spectral bandwidth", "spectrum", "Hz", 100, 4000,
            "Spread of the magnitudes about the centroid, mean over frames, as in librosa.", log=True),
    _number("spectral_rolloff_hz", "Spectral rolloff", "spectrum", "Hz", 100, 11000,
            "Frequency under which 85 % of the magnitude lies, mean over frames, as in librosa.", log=True),
    _number("spectral_flatness", "Spectral flatness", "spectrum", "", 0, 1,
            "Geometric over arithmetic mean of the power spectrum, mean over frames, as in librosa."),
    _number("spectral_flux", "Spectral flux", "spectrum", "", 0, 1,
            "Distance between neighbouring frames' unit-length spectra; frames weigh by their energy."),
    _number("zero_crossing_rate", "Zero crossings", "spectrum", "", 0, 0.5,
            "Share of samples at which the sign changes, mean over frames, as in librosa."),
    _number("mel_mean_db", "Mean mel level", "spectrum", "dB", -60, 30,
            "Mean of the mel spectrogram in decibels, cut 80 dB under its loudest point, as in librosa."),
    *(
        _number(f"spectral_contrast_{band + 1}_db", f"Contrast {label}", "spectrum", "dB", 5, 50,
                f"Peaks over valleys of the spectrum {label}, mean over frames, as in librosa, with a floor "
                "120 dB under the frame.")
        for band, label in zip(
            range(N_CONTRAST_BANDS),
            ("below 200 Hz", "200–400 Hz", "400–800 Hz", "0.8–1.6 kHz", "1.6–3.2 kHz", "3.2–6.4 kHz",
             "above 6.4 kHz"),
            strict=True,
        )
    ),
)  # fmt: skip

_PITCH = (
    _number("pitch_hz", "Pitch", "pitch", "Hz", 40, 2000,
            "Median of the path of the fundamental over voiced frames, 30 Hz to 4.2 kHz (Boersma 1993); "
            "none where under 40 % of what is audible is voiced.",
            log=True),
    _number("pitch_midi", "Pitch, MIDI note", "pitch", "", 24, 96, "The pitch as a MIDI note; 69 is 440 Hz."),
    _number("pitch_range_semitones", "Pitch range", "pitch", "semitones", 0, 24,
            "From the 5th to the 95th percentile of the fundamental frequency over the voiced frames."),
    _number("voicing", "Voicing", "pitch", "", 0, 1,
            "Share of audible frames (within 40 dB of the loudest) through which the path of the fundamental "
            "leads; of their energy about half or more repeats (Boersma 1993)."),
    _number("harmonicity_db", "Harmonicity", "pitch", "dB", -10, 30,
            "Energy that repeats with the period, against the rest (Boersma 1993), up to 40; frames weigh by "
            "their energy."),
)  # fmt: skip

_HARMONY = (
    _category("key", "Key", "harmony",
              "Key whose profile (Temperley 2007) correlates best with the chroma; none under 1.5 s or a "
              "confidence of 0.15."),
    _category("scale", "Scale", "harmony", "Whether the key is major or minor."),
    _number("key_confidence", "Key confidence", "harmony", "", 0, 1,
            "Correlation with the key's profile, times how clearly pitch classes differ; none under 1.5 s."),
    _number("tuning_cents", "Tuning", "harmony", "cents", -50, 50, "Offset of the partials from 440 Hz."),
    _number("chroma_focus", "Chroma focus", "harmony", "", 0, 1,
            "1 when a single pitch class sounds, 0 when all twelve are alike."),
    *(
        _number(f"chroma_{name}", f"Chroma {note}", "harmony", "", 0, 1,
                f"Strength of {note} among the partials, in the sound's own tuning; the strongest is 1.")
        for name, note in zip(NOTE_IDS, NOTES, strict=True)
    ),
)  # fmt: skip

_RHYTHM = (
    _number("bpm", "Tempo", "rhythm", "bpm", 60, 180,
            "Beats a minute that most people would tap, 38 to 252, from the autocorrelation of the onset "
            "strength over the levels of a metre (Peeters 2007); none without a clear beat."),
    _number("bpm_confidence", "Tempo confidence", "rhythm", "", 0, 1,
            "Normalised autocorrelation of the onset strength at one to four beats, less what chance would "
            "give, times how clearly onsets stand out; none under 1.5 s or four onsets."),
    _number("onset_rate_hz", "Onset rate", "rhythm", "/s", 0, 12,
            "Beginnings of sounds per second: peaks of the onset strength that stand out, 50 ms apart."),
    _number("onset_strength", "Onset strength", "rhythm", "", 0, 5,
            "Mean growth of the mel spectrogram from frame to frame, in decibels, as in librosa."),
)  # fmt: skip

_TIMBRE = tuple(
    spec
    for i in range(1, N_MFCC + 1)
    for spec in (
        _number(f"mfcc_{i:02}_mean", f"MFCC {i} mean", "timbre", "", -400 if i == 1 else -100, 150,
                f"Mean of mel-frequency cepstral coefficient {i}, as in librosa."),
        _number(f"mfcc_{i:02}_std", f"MFCC {i} deviation", "timbre", "", 0, 150 if i == 1 else 50,
                f"Standard deviation of mel-frequency cepstral coefficient {i} over frames."),
        _number(f"mfcc_{i:02}_delta", f"MFCC {i} slope", "timbre", "", 0, 30 if i == 1 else 10,
                f"Mean absolute slope of mel-frequency cepstral coefficient {i}, over nine frames."),
    )
)  # fmt: skip

CATALOGUE: tuple[DescriptorSpec, ...] = tuple(
    spec.model_copy(update={"source": source_of(spec.name)})
    for spec in (*_LEVEL, *_TIME, *_SPECTRUM, *_PITCH, *_HARMONY, *_RHYTHM, *_TIMBRE)
)
