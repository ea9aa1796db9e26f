"""The master key that captures lie under: how it is read, and KMS as it is asked over a real connection."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from remit.adapters.aws_credentials import SetKeys
from remit.adapters.captures_sqlite import SqliteCaptures
from remit.adapters.cipher import Cipher
from remit.adapters.master_key import LocalMasterKey, read_key
from remit.adapters.master_key_kms import KmsMasterKey
from remit.adapters.master_key_setting import master_key
from remit.gateway import sigv4
from remit.kernel.errors import RemitError, StoreError
from remit.record.kept import Draft
from remit.settings import read_settings
from upstream import Answer, Upstream, as_json, serving

ARN = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = bytes(range(32))
PEPPER = b"p" * 32
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (KEY, KEY),
        (KEY.hex().encode(), KEY),
        (KEY.hex().upper().encode() + b"\n", KEY),
        (b64encode(KEY), KEY),
        (b"", None),
        (KEY[:31].hex().encode(), None),
        (b64encode(KEY[:31]), None),
        (b"not a key at all!", None),
        (b"\xff" * 33, None),
    ],
)
def test_a_key_is_read_as_it_is_in_digits_or_in_base64(text: bytes, key: bytes | None) -> None:
    assert read_key(text) == key


def test_a_wrapped_key_is_given_back_for_its_own_use_case_alone() -> None:
    one = LocalMasterKey(KEY)
    wrapped = one.wrap(PEPPER, use_case="pilot")
    assert (one.unwrap(wrapped, use_case="pilot"), PEPPER in wrapped) == (PEPPER, False)
    for key, use_case in ((one, "other"), (LocalMasterKey(PEPPER), "pilot")):
        with pytest.raises(StoreError) as fault:
            key.unwrap(wrapped, use_case=use_case)
        assert fault.value.code == "capture-unreadable"
    assert one.name != LocalMasterKey(PEPPER).name
    assert KEY.hex() not in one.name


def test_a_setting_or_a_file_holds_the_master_key_and_else_it_is_derived(tmp_path: Path) -> None:
    file = tmp_path / "master"
    file.write_bytes(KEY)
    own = LocalMasterKey(KEY).name
    assert master_key(KEY.hex(), None, PEPPER).name == own
    assert master_key("", file, PEPPER).name == own
    derived = master_key("", None, PEPPER).name
    assert derived not in (own, LocalMasterKey(PEPPER).name)
    assert derived == master_key("", None, PEPPER).name != master_key("", None, KEY).name
    assert master_key(f"aws-kms:{ARN}", None, PEPPER).name == f"aws-kms:{ARN}"
    file.write_bytes(b"")
    for setting, path in (("short", None), ("", file)):
        with pytest.raises(RemitError) as fault:
            master_key(setting, path, PEPPER)
        assert fault.value.code == "invalid-setting"


@pytest.mark.parametrize(
    "given",
    [
        {"REMIT_MASTER_KEY": KEY.hex(), "REMIT_MASTER_KEY_FILE": "key"},
        {"REMIT_MASTER_KEY": "aws-kms:my-key"},
        {"REMIT_MASTER_KEY": "aws-kms:arn:aws:s3:eu-central-1:123456789012:key/1"},
    ],
)
def test_settings_that_name_no_one_key_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(RemitError) as fault:
        read_settings(given)
    assert fault.value.code == "invalid-setting"
    assert KEY.hex() not in str(fault.value)


def test_no_setting_shows_its_key() -> None:
    assert KEY.hex() not in repr(read_settings({"REMIT_MASTER_KEY": KEY.hex()}))
    assert read_settings({"REMIT_MASTER_KEY": f"aws-kms:{ARN}"}).master_key == f"aws-kms:{ARN}"


def acting(key: bytes = KEY) -> Callable[[dict[str, Any]], Answer]:
    """Do as KMS does: bind what is wrapped to the key and to the context, and refuse it for another one."""
    cipher = Cipher(key, purpose=b"acts-as-kms")

    def answer(body: dict[str, Any]) -> Answer:
        place = f"{body['KeyId']}{sorted(body['EncryptionContext'].items())}".encode()
        if "Plaintext" in body:
            blob = cipher.seal(b64decode(body["Plaintext"]), place)
            return as_json({"CiphertextBlob": b64encode(blob).decode(), "KeyId": body["KeyId"]})
        text = cipher.open(b64decode(body["CiphertextBlob"]), place)
        if text is None:
            return as_json({"__type": "InvalidCiphertextException"}, status=400)
        return as_json({"Plaintext": b64encode(text).decode(), "KeyId": body["KeyId"]})

    return answer


@contextmanager
def kms(answer: Callable[[dict[str, Any]], Answer] | None = None) -> Iterator[tuple[KmsMasterKey, Upstream]]:
    with serving({"/": answer or acting()}) as upstream:
        yield at(upstream), upstream


def at(upstream: Upstream) -> KmsMasterKey:
    return KmsMasterKey(ARN, credentials=SetKeys("AKIAEXAMPLE:secret"), url=upstream.address)


def test_kms_wraps_and_unwraps_for_a_use_case_and_is_asked_signed() -> None:
    with kms() as (master, upstream):
        wrapped = master.wrap(PEPPER, use_case="pilot")
        assert master.unwrap(wrapped, use_case="pilot") == PEPPER
        encrypt, decrypt = upstream.bodies
        assert encrypt == {
            "KeyId": ARN,
            "EncryptionContext": {"remit:use-case": "pilot"},
            "Plaintext": b64encode(PEPPER).decode(),
        }
        assert decrypt["CiphertextBlob"] == b64encode(wrapped).decode()
        assert [each["x-amz-target"] for each in upstream.headers] == [
            "TrentService.Encrypt",
            "TrentService.Decrypt",
        ]
        assert {each["content-type"] for each in upstream.headers} == {"application/x-amz-json-1.1"}
        with pytest.raises(StoreError) as fault:
            master.unwrap(wrapped, use_case="other")
        assert fault.value.code == "capture-unreadable"


def test_what_kms_is_asked_is_signed_by_the_algorithm() -> None:
    with kms() as (master, upstream):
        master.wrap(PEPPER, use_case="pilot")
        [headers] = upstream.headers
        found = sigv4.read(headers["authorization"])
        assert found is not None
        assert found.service == "kms"
        # Written in the same way, the body has the bytes that were sent.
        body = msgspec.json.encode(upstream.last)
        signed = sigv4.SignedRequest("POST", "/", "", headers, body)
        assert sigv4.value_fault(found, signed, "secret") == ""
        assert sigv4.value_fault(found, signed, "another") != ""


def test_captures_under_kms_ask_it_once_for_each_key_and_process(tmp_path: Path) -> None:
    with kms() as (master, upstream):
        keeper = SqliteCaptures(tmp_path / "captures.sqlite", master)
        for number in range(5):
            keeper.keep([Draft(f"c{number}", "pilot", NOW, 30, b"said")])
        assert len(upstream.bodies) == 1
        keeper.close()
        again = SqliteCaptures(tmp_path / "captures.sqlite", at(upstream))
        again.keep([Draft("c5", "pilot", NOW, 30, b"said"), Draft("c6", "pilot", NOW, 30, b"said")])
        assert ["Plaintext" in body for body in upstream.bodies] == [True, False]
        assert again.open("c0") == b"said"
        again.close()


@pytest.mark.parametrize(
    "answer",
    [
        lambda body: as_json({"__type": "AccessDeniedException", "message": "no"}, status=400),
        lambda body: as_json({"__type": "com.amazonaws.kms#DisabledException"}, status=400),
        lambda body: as_json({"CiphertextBlob": "%"}),
        lambda body: as_json({}),
        lambda body: as_json([]),
        lambda body: Answer(b"<html>", status=502),
    ],
)
def test_a_kms_that_does_not_do_it_is_a_fault_that_may_pass(
    tmp_path: Path, answer: Callable[[dict[str, Any]], Answer]
) -> None:
    with kms(answer) as (master, _):
        keeper = SqliteCaptures(tmp_path / "captures.sqlite", master)
        with pytest.raises(StoreError) as fault:
            keeper.keep([Draft("c1", "pilot", NOW, 30, b"said")])
        assert fault.value.code == "master-key-unavailable"
        assert keeper.gathered() == []
        keeper.close()


def test_a_kms_that_is_not_there_is_such_a_fault_too() -> None:
    with kms() as (_, upstream):
        gone = at(upstream)
    with pytest.raises(StoreError) as fault:
        gone.wrap(PEPPER, use_case="pilot")
    assert fault.value.code == "master-key-unavailable"
    no_keys = KmsMasterKey(ARN, credentials=SetKeys("AKIAEXAMPLE"), url=upstream.address)
    with pytest.raises(StoreError):
        no_keys.wrap(PEPPER, use_case="pilot")


def test_what_kms_gives_back_has_to_be_a_key() -> None:
    short = b64encode(b"short").decode()
    with kms(lambda body: as_json({"Plaintext": short})) as (master, _):
        with pytest.raises(StoreError) as fault:
            master.unwrap(b"wrapped", use_case="pilot")
        assert fault.value.code == "master-key-unavailable"
