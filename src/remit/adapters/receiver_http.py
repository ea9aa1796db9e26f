"""A web hook's receiver over HTTP: one signed POST for each message; of an answer, the head is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from remit import __version__
from remit.adapters.http_client import HttpClient, Timeouts
from remit.decide.hook_delivery import Reply
from remit.decide.notice import Notice
from remit.declare.webhook import Webhook, is_plain, may_be_reached
from remit.kernel.errors import ProviderError, ProviderRefused, RemitError
from remit.report.hook_message import body_of, read_secrets, signed

_CONNECTIONS_MAX = 4


class HttpReceiver:
    """Posts to a declared address. `credential` opens what is sealed under a name, each time anew."""

    def __init__(self, name: str, webhook: Webhook, credential: Callable[[str], str | None]) -> None:
        parts = urlsplit(webhook.url)
        self._name = name
        self._webhook = webhook
        self._credential = credential
        self._path = parts.path
        self._client = HttpClient(
            f"{parts.scheme}://{parts.netloc}",
            connections_max=_CONNECTIONS_MAX,
            admits=partial(may_be_reached, plain=is_plain(webhook.url)),
        )

    async def send(self, id: str, notice: Notice, *, at: datetime) -> Reply:
        body = body_of(notice, self._webhook.format)
        try:
            secrets, path = self._secrets(), self._whole_path()
            headers = {
                "Content-Type": "application/json",
                "User-Agent": f"remit/{__version__}",
                **signed(id, body, secrets=secrets, at=at),
            }
            timeouts = Timeouts(total=self._webhook.timeout_seconds)
            response = await self._client.post(path, headers, body, timeouts=timeouts)
        except ProviderRefused:
            return Reply(why="its address holds a character that cannot be sent")
        except ProviderError as error:
            return Reply(why=error.summary.removeprefix("the provider "))
        except RemitError as error:
            return Reply(why=error.summary)
        # What the receiver says beside its status is not read, and a redirect not followed.
        reply = Reply(status=response.status, retry_after=response.headers.get("retry-after", ""))
        response.close()
        return reply

    def _secrets(self) -> tuple[bytes, ...]:
        sealed = self._credential(f"webhook-{self._name}")
        if sealed is None and self._webhook.format == "slack":
            # Slack knows the sender by the address alone.
            return ()
        secrets = read_secrets(sealed) if sealed is not None else None
        if secrets is None:
            found = "nothing that signs is sealed" if sealed is None else "what is sealed cannot sign"
            raise RemitError(
                f"{found} under `webhook-{self._name}`",
                help="seal `whsec_` and 24 to 64 random bytes in base64",
                code="webhook-not-signed",
            )
        return secrets

    def _whole_path(self) -> str:
        """Put what is sealed of the address to the end of what is declared."""
        rest = self._credential(f"address-webhook-{self._name}")
        if rest is None:
            return self._path or "/"
        joint = "" if rest.startswith("?") else "/"
        return f"{self._path.rstrip('/') if joint else self._path or '/'}{joint}{rest.lstrip('/')}"

    async def close(self) -> None:
        self._client.close()
