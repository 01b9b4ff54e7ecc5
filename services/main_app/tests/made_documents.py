"""Documents as the audio_analyzer writes them, for sounds that nobody has to decode."""

import hashlib

from shared.python.messages import AnalyzedFile, analysis_key, embedding_key, preview_key
from shared.python.models import AnalysisDocument, EmbeddingDocument, Outcome, Peaks, Preview
from shared.python.storage import Storage

NODE_VERSION = 3


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def document(content_hash: str, *, brightness: float = 0.5) -> AnalysisDocument:
    # A vector that depends on the sound alone, as a real one does.
    vector = tuple(byte / 255 for byte in bytes.fromhex(content_hash)[:8])
    return AnalysisDocument(
        content_hash=content_hash,
        node_version=NODE_VERSION,
        duration_s=1.5,
        channels=1,
        sample_rate_hz=44100,
        format="wav",
        codec="pcm_s16le",
        descriptors={"brightness": brightness, "key": "C minor", "bpm": None},
        vector=vector,
        vector_version=1,
        peaks=Peaks(n=0, data=""),
        preview=Preview(mime="audio/ogg", start_s=0, duration_s=1, gain_db=0),
    )


def analyzed(blobs: Storage, content: bytes) -> AnalyzedFile:
    """Store a result as the analyzer does, and give what it says about it."""
    content_hash = hash_of(content)
    blobs.put(preview_key(content_hash, NODE_VERSION), b"clip of " + content)
    made = document(content_hash).model_dump_json().encode()
    url = blobs.put(analysis_key(content_hash, NODE_VERSION), made)
    return AnalyzedFile(content_hash=content_hash, outcome=Outcome.ANALYZED, result_url=url)


def embedded(blobs: Storage, content_hash: str, node_type: str, node_version: int) -> AnalyzedFile:
    """Store a vector as an embedding model's node does, and give what it says about it."""
    made = EmbeddingDocument(
        content_hash=content_hash,
        node_type=node_type,
        node_version=node_version,
        n_windows=1,
        vector=tuple(byte / 255 for byte in bytes.fromhex(content_hash)[-3:]),
    )
    url = blobs.put(embedding_key(content_hash, node_type, node_version), made.model_dump_json().encode())
    return AnalyzedFile(content_hash=content_hash, outcome=Outcome.ANALYZED, result_url=url)
