"""Listens to sounds. Before anything of it imports numba, numba is told where to keep compiled kernels."""

from services.audio_analyzer.kernel_cache import choose_cache_directory

choose_cache_directory()
