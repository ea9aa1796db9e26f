"""A master key in AWS KMS: it never leaves there, and wraps by being asked to.

A data key is wrapped once, when it is made, and unwrapped once by each process that uses it. Whoever asks
waits, in a thread of its own.
"""

from __future__ import annotations

import asyncio
import threading
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import Any

import msgspec

from remit.adapters.aws_credentials import Credentials, DefaultChain, signed
from remit.adapters.http_client import HttpClient, Timeouts
from remit.adapters.master_key import KEY_BYTES, unreadable
from remit.adapters.provider_bedrock import service_url
from remit.enforce.request import Terms
from remit.kernel.errors import ProviderError, StoreError

_TIMEOUT_S = 10.0
_ANSWER_BYTES_MAX = 64 << 10
_CONTEXT = "remit:use-case"
"""What KMS binds a wrapped key to, and writes into its own log."""


class _Failed(msgspec.Struct):
    """What KMS says that went wrong; its message may hold names of an account, so it is not read."""

    type: str = msgspec.field(default="", name="__type")


class KmsMasterKey:
    """The key of KMS with this ARN."""

    def __init__(self, arn: str, *, credentials: Credentials | None = None, url: str = "") -> None:
        self.name = f"aws-kms:{arn}"
        self._arn, self._region = arn, arn.split(":")[3]
        self._url = url or service_url("kms", self._region)
        self._credentials = credentials or DefaultChain()
        # Each asking has an event loop of its own, and what they share knows of one at a time.
        self._lock = threading.Lock()

    def wrap(self, key: bytes, *, use_case: str) -> bytes:
        found = self._ask("Encrypt", use_case, Plaintext=b64encode(key).decode())
        return _bytes(found, "CiphertextBlob")

    def unwrap(self, wrapped: bytes, *, use_case: str) -> bytes:
        found = self._ask("Decrypt", use_case, CiphertextBlob=b64encode(wrapped).decode())
        key = _bytes(found, "Plaintext")
        if len(key) != KEY_BYTES:
            raise _unsaid("gave what is no data key")
        return key

    def _ask(self, operation: str, use_case: str, **fields: str) -> dict[str, Any]:
        body = msgspec.json.encode({"KeyId": self._arn, "EncryptionContext": {_CONTEXT: use_case}, **fields})
        with self._lock:
            try:
                status, answer = asyncio.run(self._post(operation, body))
            except ProviderError as error:
                raise _unsaid(f"could not be asked ({error.code})") from None
        try:
            if status == 200:
                return msgspec.json.decode(answer, type=dict[str, Any])
            said = msgspec.json.decode(answer, type=_Failed).type.rpartition("#")[2][:60]
        except msgspec.DecodeError:
            raise _unsaid(f"sent what cannot be read, with status {status}") from None
        if said in ("InvalidCiphertextException", "IncorrectKeyException"):
            raise unreadable("a data key of `captures.sqlite` is not what KMS wrapped for it")
        raise _unsaid(f"refused with {said if said.isalnum() else status}")

    async def _post(self, operation: str, body: bytes) -> tuple[int, bytes]:
        client = HttpClient(self._url)
        try:
            keys = await self._credentials.get(Terms())
            headers = {
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": f"TrentService.{operation}",
            }
            headers = signed(
                keys, service="kms", region=self._region, url=f"{self._url}/", headers=headers, body=body
            )
            response = await client.post("/", headers, body, timeouts=Timeouts(total=_TIMEOUT_S))
            return response.status, await response.read(bytes_max=_ANSWER_BYTES_MAX)
        finally:
            client.close()


def _bytes(found: dict[str, Any], name: str) -> bytes:
    try:
        return b64decode(found[name], validate=True)
    except (KeyError, TypeError, NotBase64):
        raise _unsaid("sent what cannot be read") from None


def _unsaid(what: str) -> StoreError:
    return StoreError(
        f"the master key in KMS {what}",
        help="see that the key is enabled, and that this machine may use it to encrypt and decrypt",
        code="master-key-unavailable",
    )
