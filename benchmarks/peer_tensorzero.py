"""The peer TensorZero, as its package carries it: a gateway inside a Python process, on a port of its choice.

    python peer_tensorzero.py CONFIG PORT_FILE

It runs in an environment of its own, with the packages of requirements/peers/tensorzero.lock.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from tensorzero import _start_http_gateway

gateway = _start_http_gateway(
    config_file=sys.argv[1], clickhouse_url=None, postgres_url=None, valkey_url=None, async_setup=False
)
Path(sys.argv[2]).write_text(f"{urlsplit(gateway.base_url).port}\n")
threading.Event().wait()
