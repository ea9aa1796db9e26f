"""Objects in Amazon S3 or another store of its format, by botocore and as the environment says."""

from __future__ import annotations

import shutil
from base64 import b64encode
from pathlib import Path
from typing import Any

from botocore.config import Config  # type: ignore[import-untyped]  # botocore states no types
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # as above
from botocore.session import Session  # type: ignore[import-untyped]  # as above

from remit.kernel.errors import StoreError

OBJECT_BYTES_MAX = 5 << 30
"""What one request may put there."""
_TIMEOUT_S = 60


class S3Objects:
    """One bucket, and what names begin with in it."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket, self._prefix = bucket, prefix
        config = Config(
            connect_timeout=_TIMEOUT_S,
            read_timeout=_TIMEOUT_S,
            retries={"max_attempts": 4, "mode": "standard"},
        )
        self._client = Session().create_client("s3", config=config)

    def _name(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": "/".join(filter(None, (self._prefix, name)))}

    def put(self, name: str, path: Path, *, sha256: str) -> None:
        """Store a file; the store compares what arrives with the checksum, and refuses what is not that."""
        size = path.stat().st_size
        if size > OBJECT_BYTES_MAX:
            raise StoreError(
                f"`{name}` is larger than one object may be",
                help="move it to a directory instead",
                code="lake-unavailable",
            )
        checksum = b64encode(bytes.fromhex(sha256)).decode()
        with path.open("rb") as body:
            self._ask("put_object", Body=body, ChecksumSHA256=checksum, **self._name(name))
        if self._ask("head_object", **self._name(name))["ContentLength"] != size:
            raise self._failed("put_object", "another size")

    def get(self, name: str, to: Path) -> None:
        """Copy an object into a file."""
        found = self._ask("get_object", **self._name(name))
        try:
            with to.open("wb") as copy:
                shutil.copyfileobj(found["Body"], copy, 1 << 20)
        except BotoCoreError as error:
            to.unlink(missing_ok=True)
            raise self._failed("get_object", type(error).__name__) from None

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
        self._ask("delete_object", **self._name(name))

    def _ask(self, operation: str, **fields: Any) -> Any:
        try:
            return getattr(self._client, operation)(**fields)
        except ClientError as error:
            raise self._failed(operation, str(error.response.get("Error", {}).get("Code", ""))) from None
        except BotoCoreError as error:
            raise self._failed(operation, type(error).__name__) from None

    def _failed(self, operation: str, why: str) -> StoreError:
        # Nothing else of what is said is repeated: it may hold names of an account.
        return StoreError(
            f"bucket `{self._bucket}` did not do `{operation}` ({why[:40]})",
            help="check its name, its region and what AWS is asked as; `AWS_ENDPOINT_URL_S3` names another"
            " object store",
            code="lake-unavailable",
        )
