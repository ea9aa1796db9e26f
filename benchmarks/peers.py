"""The peers: what each is, how it is started, and how it is called. One that is not installed is left out."""

from __future__ import annotations

import os
import shutil
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Template

import msgspec

from compiled import Target
from host import Running, process

HERE = Path(__file__).parent
INSTALLED = HERE.parent / ".cache" / "peers"
_START_S_MAX = 90.0


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """One peer, as text in which `$port`, `$upstream`, `$folder`, `$config` and `$here` are filled in."""

    name: str
    version: str
    does: str
    program: str
    """Its path under the directory of the peers, or else the name of a command of this machine."""
    command: tuple[str, ...]
    config: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    path: str = "/v1/chat/completions"
    headers: tuple[str, ...] = ()
    model: str = "static-whole"
    chooses_port: bool = False
    """It writes the port that it chose into a file of its folder."""
    budget: str
    """What it has to hold calls to an amount of money."""


_NGINX = """
daemon off;
worker_processes 1;
pid $folder/nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path $folder/body;
  proxy_temp_path $folder/proxy;
  fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi;
  scgi_temp_path $folder/scgi;
  upstream provider { server 127.0.0.1:$upstream; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:$port;
    keepalive_requests 1000000000;
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
"""

_ENVOY = """
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: $port}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: in
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: /}, route: {cluster: provider, timeout: 0s}}]
  clusters:
  - name: provider
    type: STATIC
    connect_timeout: 2s
    load_assignment:
      cluster_name: provider
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: $upstream}}}
"""  # noqa: E501 (the name of a type cannot be broken)

_TENSORZERO = """
[gateway]
observability.enabled = false
[models.static-whole]
routing = ["static"]
[models.static-whole.providers.static]
type = "openai"
api_base = "http://127.0.0.1:$upstream/v1/"
model_name = "static-whole"
api_key_location = "none"
"""

_LITELLM = """
model_list:
  - model_name: static-whole
    litellm_params:
      {model: openai/static-whole, api_base: "http://127.0.0.1:$upstream/v1", api_key: none}
general_settings: {master_key: sk-bench}
litellm_settings: {telemetry: false}
"""

# INVARIANT: never LiteLLM 1.82.7, 1.82.8 or 1.107.0, which were published with malware in them.
PEERS = (
    Peer(
        name="nginx",
        version="1.22 (Debian)",
        does="a plain reverse proxy: the floor",
        program="nginx/usr/sbin/nginx",
        command=("-e", "stderr", "-p", "$folder", "-c", "$config"),
        config=_NGINX,
        budget="has no budgets",
    ),
    Peer(
        name="Envoy",
        version="1.39.3",
        does="one plain route",
        program="envoy/bin/envoy",
        command=("-c", "$config", "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"),
        config=_ENVOY,
        budget="has no budgets",
    ),
    Peer(
        name="FastAPI + httpx",
        version="0.163.2, 0.28.1",
        does="passes on, nothing else",
        program="fastapi/bin/python",
        command=("$here/peer_plain.py", "$port", "$upstream"),
        budget="has no budgets",
    ),
    Peer(
        name="TensorZero",
        version="2026.6.0",
        does="a model, observability off",
        program="tensorzero/bin/python",
        command=("$here/peer_tensorzero.py", "$config", "$folder/port"),
        chooses_port=True,
        config=_TENSORZERO,
        environment=(("TENSORZERO_DISABLE_PSEUDONYMOUS_USAGE_ANALYTICS", "1"),),
        path="/openai/v1/chat/completions",
        model="tensorzero::model_name::static-whole",
        budget="has limits on cost, which need PostgreSQL or Valkey: not run here",
    ),
    # Its lock file holds @hono/node-server at 1.13.7: with 1.14 and later it answers every stream with 500.
    Peer(
        name="Portkey",
        version="1.15.2",
        does="passes on to a named host",
        program="node",
        command=(
            "$peers/portkey/node_modules/@portkey-ai/gateway/build/start-server.js",
            "--headless",
            "--port=$port",
        ),
        environment=(("NODE_ENV", "production"),),
        headers=(
            "x-portkey-provider: openai",
            "x-portkey-custom-host: http://127.0.0.1:$upstream/v1",
            "Authorization: Bearer none",
        ),
        budget="has no budgets in its open edition",
    ),
    Peer(
        name="LiteLLM",
        version="1.106.2",
        does="a master key, no database",
        program="litellm/bin/litellm",
        command=(
            "--config",
            "$config",
            "--host",
            "127.0.0.1",
            "--port",
            "$port",
            "--num_workers",
            "1",
            "--telemetry",
            "False",
        ),
        config=_LITELLM,
        environment=(
            ("LITELLM_LOCAL_MODEL_COST_MAP", "True"),
            ("LITELLM_LOG", "ERROR"),
            ("DISABLE_ADMIN_UI", "True"),
        ),
        headers=("Authorization: Bearer sk-bench",),
        budget="a budget of a deployment; keys with budgets need PostgreSQL",
    ),
)


def found(peer: Peer) -> Path | None:
    """Find a peer's program, or say that it is not installed."""
    ours = INSTALLED / peer.program
    if peer.name == "Portkey" and not (INSTALLED / "portkey" / "node_modules").exists():
        return None
    if ours.exists():
        return ours
    named = shutil.which(peer.program.rpartition("/")[2])
    # Only a whole program may come from the machine: its Python has none of a peer's packages.
    return Path(named) if named and not peer.program.endswith("/python") else None


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A peer that answers: its process, where it is called, and the time from start to first answer."""

    pid: int
    target: Target
    start_s: float


@contextmanager
def serving(
    peer: Peer, *, upstream: int, port: int, core: int, folder: Path, config: str = "", model: str = ""
) -> Iterator[Started]:
    """Start a peer on one core and wait for its first answer; it listens on the loopback interface alone."""
    program = found(peer)
    assert program is not None
    folder.mkdir(parents=True)
    file = folder / "config"
    if peer.name == "Envoy":
        file = file.with_suffix(".yaml")  # it tells a format by the name
    names = {
        "port": str(port),
        "upstream": str(upstream),
        "folder": str(folder),
        "config": str(file),
        "here": str(HERE),
        "peers": str(INSTALLED),
    }
    file.write_text(Template(config or peer.config).substitute(names))
    command = [str(program), *(Template(part).substitute(names) for part in peer.command)]
    environment = {name: value for name, value in os.environ.items() if "API_KEY" not in name}
    headers = tuple(Template(header).substitute(names) for header in peer.headers)
    began = time.monotonic()
    target = Target(port=port, path=peer.path, headers=headers, model=model or peer.model)
    said = folder / "port" if peer.chooses_port else None
    with (
        (folder / "log").open("wb") as log,
        process(command, core=core, environment=environment | dict(peer.environment), log=log) as running,
    ):
        target = _wait(running, target, said, folder / "log")
        yield Started(pid=running.pid, target=target, start_s=time.monotonic() - began)


class Unanswered(Exception):
    """A peer is installed and does not answer; the others are measured all the same."""


def _wait(running: Running, target: Target, said: Path | None, log: Path) -> Target:
    """Wait for the first answer; returns where it came from."""
    deadline = time.monotonic() + _START_S_MAX
    refused = ""
    while time.monotonic() < deadline and running.poll() is None:
        try:
            if said is not None:
                target = msgspec.structs.replace(target, port=int(said.read_text()))
            first_answer(target)
        except urllib.error.HTTPError as answer:
            refused = answer.read(300).decode("utf-8", "replace")
        except (OSError, ValueError):
            pass
        else:
            return target
        time.sleep(0.01)
    lines = log.read_text("utf-8", "replace").splitlines()[-3:]
    raise Unanswered(" ".join([refused, *lines]).strip()[:300] or "it gave no answer")


def first_answer(target: Target) -> None:
    """Make one small call; raises OSError where there is no answer with status 200."""
    headers = dict(header.split(": ", 1) for header in target.headers)
    call = {"model": target.model, "messages": [{"role": "user", "content": "Hail?"}], "max_tokens": 1}
    request = urllib.request.Request(
        f"http://127.0.0.1:{target.port}{target.path}",
        data=msgspec.json.encode(call),
        headers={"Content-Type": "application/json", **headers},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


def free_port() -> int:
    """Find a port of the loopback interface that is free now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
    return port


def installed(wanted: Sequence[str] = ()) -> tuple[list[Peer], list[Peer]]:
    """Split the peers into those that are installed and those that are not."""
    chosen = [peer for peer in PEERS if not wanted or peer.name.lower() in wanted]
    here = [peer for peer in chosen if found(peer) is not None]
    return here, [peer for peer in chosen if peer not in here]
