"""The library that runs a model in this process, set up so that it waits, writes and listens nowhere."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import Any

import xllamacpp

# A call can be stopped between two batches of its input and after each token of its output. 128 keeps the
# longest wait at about half a second on two cores and costs 3 % of reading speed against 512.
_BATCH_TOKENS = 128
_READ_BYTES = 1 << 20


def read_through(path: Path) -> None:
    """Bring the file into the page cache, because the loader holds the interpreter and must not wait then."""
    with path.open("rb") as file:
        while file.read(_READ_BYTES):
            pass


def open_server(path: Path, *, threads: int, context_tokens: int) -> Any:
    """Load a model into a server that only this process can reach."""
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context_tokens
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = _BATCH_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    # Threads that wait for each other sleep. Spinning gains nothing on idle processors, and on busy ones it
    # takes from the thread that is waited for: a call lasts several times longer.
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    params.n_gpu_layers = 0
    # Trying how much fits into memory would load the model twice.
    params.fit_params = False
    params.warmup = False
    params.cache_ram_mib = 0
    params.prefill_assistant = False
    params.force_pure_content_parser = True
    # Below every level: the library writes to this process's streams, at some levels with prompt text.
    params.verbosity = -1
    params.ui = False
    params.endpoint_slots = False
    params.n_threads_http = 1
    params.api_keys = [secrets.token_urlsafe(32)]
    # INVARIANT: nothing listens where anybody can connect. The library always serves HTTP as well; it gets a
    # socket in a directory that only we may enter, and both are gone before the first call.
    with tempfile.TemporaryDirectory(prefix="remit-") as directory:
        params.hostnames = [f"{directory}/model.sock"]
        return xllamacpp.Server(params)
