"""Commands on seals: close the ledger, change the key, prove an entry, check a proof."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli.context import PROBLEMS, count, json_option, note, say, say_json
from remit.kernel.errors import RemitError
from remit.operations.prove_entry import prove_entry
from remit.operations.seal_ledger import rotate_key, seal_ledger
from remit.record.proof import Proof, check
from remit.record.seal import digest
from remit.settings import Settings

PROOF_BYTES_MAX = 4 << 20


@click.command()
@json_option
@click.pass_obj
def seal(settings: Settings, as_json: bool) -> None:
    """Close what is new: sign a Merkle root over it, chained to the seals before."""
    with open_system(settings) as system:
        seals = seal_ledger(system, author=settings.author)
    if as_json:
        say_json([{**msgspec.to_builtins(each), "digest": digest(each)} for each in seals])
        return
    for each in seals:
        last = each.first + each.lines - 1
        say(f"seal {each.number}: journal {each.journal}, lines {each.first:,} to {last:,}")
    if seals:
        note(f"{count(len(seals), 'seal')}; keep this elsewhere: {seals[-1].number}:{digest(seals[-1])}")
    else:
        note("nothing is new since the last seal")


@click.command(name="rotate-key")
@json_option
@click.pass_obj
def rotate(settings: Settings, as_json: bool) -> None:
    """Sign seals with a new key from here on, which the one before endorses."""
    with open_system(settings) as system:
        entry = rotate_key(system, author=settings.author)
    if as_json:
        say_json(msgspec.to_builtins(entry))
    else:
        say(f"seals are signed with key {entry.key} from here on; {entry.previous} has endorsed it")


@click.command()
@click.argument("entry")
@click.pass_obj
def prove(settings: Settings, entry: str) -> None:
    """Write, as JSON, the proof that ENTRY stands under a seal; who has it needs nothing else."""
    with open_system(settings) as system:
        proof = prove_entry(system, entry)
    say(msgspec.json.format(msgspec.json.encode(proof), indent=2).decode())


@click.command(name="check-proof")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--trust", default="", help="The fingerprint of the first key, as the ledger's owner says it.")
@json_option
def check_proof(file: Path, trust: str, as_json: bool) -> None:
    """Check the proof in FILE without the ledger that it is from."""
    proof = _read(file)
    found = check(proof)
    faults = list(found.faults)
    if trust and found.first_key != trust.lower():
        faults.append("the first key is not the one that is trusted")
    if as_json:
        say_json({**msgspec.to_builtins(found), "faults": faults})
    else:
        for fault in faults:
            say(f"error[proof-does-not-hold]: {fault}")
        if not faults:
            say(
                f"{found.kind} {found.id} stood on line {found.line:,} of journal {found.journal}"
                f" when seal {found.seal_number} was made at {found.sealed_at}"
            )
            if not trust:
                note(f"ask the ledger's owner if this is the first key's fingerprint: {found.first_key}")
    sys.exit(PROBLEMS if faults else 0)


def _read(file: Path) -> Proof:
    try:
        with file.open("rb") as opened:
            data = opened.read(PROOF_BYTES_MAX + 1)
        if len(data) > PROOF_BYTES_MAX:
            raise msgspec.DecodeError("too large")
        return msgspec.json.decode(data, type=Proof)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RemitError(
            f"`{file.name}` is not a proof",
            help="write one with `remit ledger prove ENTRY > FILE`",
            code="not-a-proof",
        ) from None


COMMANDS = (seal, rotate, prove, check_proof)
