"""Seals: whoever rewrites the ledger, hashes and store alike, is found; and one entry is proved by itself."""

from __future__ import annotations

import asyncio
import json
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import structs

from remit.kernel.errors import Conflict, JournalTampered, RemitError
from remit.operations.keep_sealed import keep_sealed, seal_when_due
from remit.operations.prove_entry import prove_entry
from remit.operations.seal_ledger import rotate_key, seal_ledger
from remit.operations.system import CONTROL, GATEWAY, RECORD
from remit.operations.verify_ledger import Head, Verification, verify_ledger
from remit.record.chain import HASH_CHARS, first_link, leaf, line, link, start
from remit.record.keeping import Seal, SealKey
from remit.record.ledgered import decode, encode
from remit.record.projection import EntryFilter
from remit.record.proof import Proof, check
from remit.record.seal import (
    digest,
    endorsed_bytes,
    faults_among,
    fingerprint,
    key_name,
    public_of,
    signed_bytes,
)

QUESTION: Any = [{"role": "user", "content": "x"}]
FIRST = "000000000000000.journal"


@pytest.fixture(scope="module")
def recorded(shared_house: Any) -> Any:
    """A ledger with calls and decisions under several seals and two keys."""
    shared_house.apply()
    server = shared_house.serve()
    client = server.client(shared_house.key())
    client.chat.completions.create(model="echo", messages=QUESTION)
    with shared_house.system() as system:
        seal_ledger(system, author="auditor@example.com")
        for _ in range(3):
            client.chat.completions.create(model="echo", messages=QUESTION)
        server.stop()
        seal_ledger(system, author="auditor@example.com")
        rotate_key(system, author="auditor@example.com")
        seal_ledger(system, author="auditor@example.com")
    return shared_house


@pytest.fixture
def copied(recorded: Any, tmp_path: Path) -> Any:
    """A copy of it that a test may rewrite."""
    made = type(recorded)(tmp_path, recorded.forks)
    shutil.copytree(recorded.home, made.home)
    return made


def verified(house: Any, **more: Any) -> Verification:
    with house.system() as system:
        return verify_ledger(system, **more)


def rewritten(house: Any, name: str, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change a journal as somebody would who knows how: with all hashes right, and the store made anew."""
    path = house.home / "journal" / name / FIRST
    bodies = change([each[HASH_CHARS + 1 :] for each in path.read_bytes().splitlines()])
    written, before = [], start(name).hash
    for body in bodies:
        before = link(before, leaf(body))
        written.append(line(before, body))
    path.write_bytes(b"".join(written))
    for each in house.home.glob("store.sqlite*"):
        each.unlink()
    house.apply()


def test_what_nobody_touched_is_sound_and_all_of_it_but_the_last_seals_is_sealed(recorded: Any) -> None:
    found = verified(recorded)
    assert found.faults == ()
    with recorded.system() as system:
        keys = system.store.seal_keys()
        sealed, folded = system.store.sealed(), system.store.positions()
    assert found.first_key == fingerprint(public_of(keys[0]))
    assert [key.previous for key in keys] == ["", keys[0].key]
    assert sealed[GATEWAY] == folded[GATEWAY]
    assert sealed[CONTROL] == folded[CONTROL]
    assert found.entries - found.sealed == folded[RECORD].lines - sealed[RECORD].lines > 0
    assert found.head is not None
    assert verified(recorded, kept=found.head).faults == ()


def cheaper(bodies: list[bytes]) -> list[bytes]:
    """Say of one call that it cost nothing."""
    place = next(number for number, body in enumerate(bodies) if b'"kind":"call"' in body)
    entry = json.loads(bodies[place])
    entry["charge"] = "0.0000001"
    return [*bodies[:place], json.dumps(entry, separators=(",", ":")).encode(), *bodies[place + 1 :]]


@pytest.mark.parametrize(
    "change",
    [
        cheaper,
        lambda bodies: bodies[2:],
        lambda bodies: [*bodies[:2], *bodies[4:]],
        lambda bodies: [*bodies[2:4], *bodies[:2], *bodies[4:]],
        lambda bodies: [*bodies, *bodies[-2:]][: len(bodies)][:-1],
    ],
    ids=["changed", "first removed", "removed", "reordered", "last removed"],
)
def test_whoever_rewrites_a_journal_with_all_its_hashes_and_the_store_is_found(
    copied: Any, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    rewritten(copied, GATEWAY, change)
    assert any(each.startswith("seal ") for each in verified(copied).faults)


def test_whoever_rewrites_the_seals_as_well_must_forge_a_signature(copied: Any) -> None:
    def forged(bodies: list[bytes]) -> list[bytes]:
        entries = [json.loads(body) for body in bodies]
        for entry in entries:
            if entry["kind"] == "seal" and entry["number"] == 2:
                entry["root"] = "0" * 64
        return [json.dumps(entry, separators=(",", ":")).encode() for entry in entries]

    rewritten(copied, RECORD, forged)
    faults = "\n".join(verified(copied).faults)
    assert "seal 2 is not signed by" in faults
    assert "seal 3 does not follow from the one before" in faults


def test_a_seal_that_is_taken_out_is_missed(copied: Any) -> None:
    rewritten(copied, RECORD, lambda bodies: [body for body in bodies if b'"number":2' not in body])
    assert verified(copied).faults[0] == "seal 2 is missing: 3 stands in its place"


def test_a_key_that_nobody_endorsed_opens_nothing(copied: Any) -> None:
    (copied.home / "seal-key").unlink()
    key = copied.key()
    assert key
    with copied.system() as system:
        seal_ledger(system, author="auditor@example.com")
        lost = system.store.seal_keys()[-1].key
    faults = verified(copied).faults
    assert f"seal key `{lost}` is not endorsed by" in faults[0]
    assert any("which is no key of this ledger" in each for each in faults)


def test_a_ledger_that_was_made_anew_is_found_by_a_head_that_was_kept(recorded: Any, copied: Any) -> None:
    kept = verified(recorded).head
    assert kept is not None
    shutil.rmtree(copied.home / "journal" / RECORD)
    (copied.home / "seal-key").unlink()
    rewritten(copied, GATEWAY, cheaper)
    with copied.system() as system:
        seal_ledger(system, author="somebody@example.com")
    assert verified(copied).faults == ()
    assert len(verified(copied, kept=kept).faults) == 1
    assert "was kept elsewhere" in verified(copied, kept=Head(1, kept.digest)).faults[0]


def test_who_lacks_the_secret_cannot_begin_the_seals_anew_with_a_key_of_their_own(copied: Any) -> None:
    with copied.system() as system:
        record = system.store.seal_keys()
        real = public_of(record[-1])
    forger = Ed25519PrivateKey.generate()

    def forged(bodies: list[bytes]) -> list[bytes]:
        """Sign every seal with another key, which endorses the one that will sign the next ones."""
        entries = [decode(body) for body in bodies]
        own = _public(forger)
        keys = [each for each in entries if isinstance(each, SealKey)]
        first = structs.replace(keys[0], key=key_name(own), public=b64encode(own).decode())
        after = structs.replace(
            keys[-1],
            previous=first.key,
            endorsement=b64encode(forger.sign(endorsed_bytes(real))).decode(),
        )
        made: list[bytes] = [encode(first)]
        previous = ""
        for each in (each for each in entries if isinstance(each, Seal)):
            if each.journal == RECORD:
                continue
            seal = structs.replace(each, number=len(made), previous=previous, key=first.key, signature="")
            seal = structs.replace(seal, signature=b64encode(forger.sign(signed_bytes(seal))).decode())
            previous = digest(seal)
            made.append(encode(seal))
        return [*made, encode(after)]

    rewritten(copied, RECORD, forged)
    assert verified(copied).faults == (
        f"the first seal key is not `{record[0].key}`, with which this ledger began",
    )
    copied.key()
    with copied.system() as system, pytest.raises(RemitError) as refused:
        seal_ledger(system, author="auditor@example.com")
    assert refused.value.code == "seals-replaced"


def test_who_lacks_the_secret_cannot_take_the_last_seals_away(copied: Any) -> None:
    rewritten(copied, RECORD, lambda bodies: bodies[:2])
    rewritten(copied, GATEWAY, lambda bodies: bodies[:-2])
    assert any("was made here, and the ledger has 1" in each for each in verified(copied).faults)
    shutil.rmtree(copied.home / "journal" / RECORD)
    rewritten(copied, GATEWAY, cheaper)
    assert any("the first seal key is not" in each for each in verified(copied).faults)


def test_without_the_key_it_is_said_that_seals_may_be_missing(copied: Any) -> None:
    (copied.home / "seal-key").unlink()
    assert "the last ones may be missing" in verified(copied).faults[0]
    (copied.home / "seal-key").write_bytes(b"x" * 60)
    assert verified(copied).faults == ("`seal-key` is not the key that was kept here",)


def test_what_is_kept_of_the_newest_seal_outlives_a_change_of_keys(copied: Any) -> None:
    with copied.system() as system:
        newest = system.signer.newest()
        last = system.store.last_seal()
        assert (newest.number, newest.digest) == (last.number, digest(last))
        rotate_key(system, author="auditor@example.com")
        assert system.signer.newest() == newest
    assert verified(copied).faults == ()


def test_a_key_that_was_replaced_signs_no_later_seal() -> None:
    old, new = (Ed25519PrivateKey.generate() for _ in range(2))
    keys = {key_name(public): public for public in map(_public, (old, new))}
    names = list(keys)

    def chain(*signers: int) -> list[Seal]:
        seals: list[Seal] = []
        for number, which in enumerate(signers, 1):
            seal = Seal(
                id=str(number),
                at=datetime(2026, 11, 30, tzinfo=UTC),
                number=number,
                journal=f"gateway-{number}",
                first=1,
                lines=1,
                offset=0,
                bytes=9,
                after=first_link(f"gateway-{number}").hex(),
                hash="0" * 64,
                root="0" * 64,
                previous=digest(seals[-1]) if seals else "",
                key=names[which],
            )
            signature = b64encode((old, new)[which].sign(signed_bytes(seal))).decode()
            seals.append(structs.replace(seal, signature=signature))
        return seals

    assert faults_among(chain(0, 0, 1), keys) == []
    assert faults_among(chain(0, 1, 0), keys) == [
        f"seal 3 is signed by `{names[0]}`, which another key had replaced by then"
    ]


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def test_nothing_is_sealed_over_what_was_changed(copied: Any) -> None:
    path = copied.home / "journal" / GATEWAY / FIRST
    copied.key()
    data = path.read_bytes()
    path.write_bytes(data[:-10] + b"9" + data[-9:])
    with copied.system() as system, pytest.raises(JournalTampered):
        prove_entry(system, system.store.entries(CALLS, limit=1)[0].id)


CALLS = EntryFilter(kind="call")


def proofs(house: Any) -> list[Proof]:
    with house.system() as system:
        return [prove_entry(system, row.id) for row in system.store.entries(CALLS, limit=10)]


def test_each_entry_is_proved_by_itself_and_nothing_else_is(recorded: Any) -> None:
    found = proofs(recorded)
    assert len(found) == 4
    for proof in found:
        assert check(proof).faults == ()
        assert check(proof).kind == "call"
    one, other = found[0], found[-1]
    assert check(structs.replace(one, entry=other.entry)).faults
    assert check(structs.replace(one, entry=one.entry.replace('"completed"', '"failed"'))).faults
    assert check(structs.replace(one, line=one.line - 1)).faults
    assert check(structs.replace(one, line=0)).faults
    assert check(structs.replace(one, path=one.path[:-1])).faults
    assert check(structs.replace(one, path=("zz",))).faults
    assert check(structs.replace(one, journal="control")).faults
    assert check(structs.replace(one, seal=other.seal)).faults
    assert check(structs.replace(one, seal=structs.replace(one.seal, root="0" * 64))).faults
    assert check(structs.replace(one, keys=())).faults
    assert check(structs.replace(one, keys=one.keys[1:])).faults
    assert check(structs.replace(one, entry="{}")).faults


def test_the_commands_seal_prove_and_check(copied: Any) -> None:
    def run(*words: str, code: int = 0) -> Any:
        done = copied.try_run(*words)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    assert "nothing is new" in run("ledger", "seal").stderr
    copied.key()
    entry = json.loads(run("ledger", "list", "--json", "--kind", "key_change").stdout)[0]["id"]
    refused = run("ledger", "prove", entry, code=1)
    assert "error[not-sealed]" in refused.stderr
    [*_, last] = json.loads(run("ledger", "seal", "--json").stdout)
    proof = copied.root / "proof.json"
    proof.write_text(run("ledger", "prove", entry).stdout, "utf-8")
    said = run("ledger", "check-proof", str(proof))
    assert f"key_change {entry} stood on line" in said.stdout
    first = json.loads(run("ledger", "check-proof", str(proof), "--json").stdout)["first_key"]
    assert first in said.stderr
    run("ledger", "check-proof", str(proof), "--trust", first)
    assert (
        "not the one that is trusted"
        in run("ledger", "check-proof", str(proof), "--trust", first[:16], code=1).stdout
    )
    wrong = run("ledger", "check-proof", str(proof), "--trust", "0" * 64, code=1)
    assert "error[proof-does-not-hold]" in wrong.stdout
    proof.write_text("{}", "utf-8")
    assert "error[not-a-proof]" in run("ledger", "check-proof", str(proof), code=1).stderr
    head = f"{last['number']}:{last['digest']}"
    assert head in run("ledger", "verify", "--head", head).stderr
    other = run("ledger", "verify", "--head", f"{last['number']}:{'0' * 64}", code=1)
    assert "is not the one that was kept elsewhere" in other.stdout
    assert "from here on" in run("ledger", "rotate-key").stdout
    run("ledger", "verify")


def test_a_key_whose_taking_up_was_cut_short_is_taken_up_next_time(copied: Any) -> None:
    with copied.system() as system:
        took, system.signer.take_next = system.signer.take_next, _cut_short
        with pytest.raises(KeyboardInterrupt):
            rotate_key(system, author="auditor@example.com")
        system.signer.take_next = took
    copied.key()
    with copied.system() as system:
        seal_ledger(system, author="auditor@example.com")
        assert system.store.last_seal().key == system.store.seal_keys()[-1].key
    assert verified(copied).faults == ()


def _cut_short() -> None:
    raise KeyboardInterrupt


def test_the_hour_says_when_to_seal(copied: Any) -> None:
    copied.key()
    with copied.system() as system:
        last = system.store.last_seal()
        assert not seal_when_due(replace(system, clock=At(last.at)))
        assert seal_when_due(replace(system, clock=At(last.at + timedelta(hours=1))))
        assert system.store.last_seal().number > last.number


def test_of_two_who_seal_at_once_one_does(copied: Any) -> None:
    copied.key()
    with copied.system() as system:
        meanwhile = replace(system, journals=SealedMeanwhile(system))
        with pytest.raises(Conflict):
            seal_ledger(meanwhile, author="auditor@example.com")
    assert verified(copied).faults == ()


@dataclass
class At:
    """A clock that stands still."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


class SealedMeanwhile:
    """Journals that somebody else seals just before they are synced for a seal."""

    def __init__(self, system: Any) -> None:
        self._system, self._done = system, False

    def sync(self, name: str) -> None:
        if not self._done:
            self._done = True
            seal_ledger(self._system, author="another@example.com")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system.journals, name)


def test_a_seal_key_of_another_installation_is_not_used(copied: Any) -> None:
    (copied.home / "seal-key").write_bytes(b"x" * 60)
    copied.key()
    with copied.system() as system, pytest.raises(RemitError) as refused:
        seal_ledger(system, author="auditor@example.com")
    assert refused.value.code == "seal-key-unusable"


def test_sealing_goes_on_once_a_journal_is_restored_and_says_a_fault_once(
    copied: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    copied.key()
    path = copied.home / "journal" / CONTROL / FIRST
    whole = path.read_bytes()

    def restore() -> None:
        path.write_bytes(whole)

    def surprise() -> None:
        monkeypatch.setattr("remit.operations.keep_sealed.seal_when_due", _unforeseen)

    def nothing() -> None: ...

    rounds: Iterator[Callable[[], None]] = iter((nothing, restore, surprise, nothing))

    class Rounds(asyncio.Event):
        """What happens between one look and the next; after the last one it is time to stop."""

        async def wait(self) -> Literal[True]:
            step = next(rounds, None)
            if step is None:
                self.set()
                return True
            step()
            raise TimeoutError

    with copied.system() as system:
        later = replace(system, clock=At(system.store.last_seal().at + timedelta(hours=1)))
        before = system.store.last_seal().number
        path.write_bytes(whole[:-10] + bytes([whole[-10] ^ 1]) + whole[-9:])
        asyncio.run(keep_sealed(later, Rounds()))
        assert system.store.last_seal().number > before
    tampered, unforeseen = (each.getMessage() for each in caplog.records)
    assert tampered == "the ledger was not sealed: journal-tampered"
    assert unforeseen.startswith("the ledger was not sealed: LookupError at ")
    assert verified(copied).faults == ()


def _unforeseen(system: Any) -> bool:
    raise LookupError("words that could be anybody's")
