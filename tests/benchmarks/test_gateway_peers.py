"""The comparison with other gateways: what is worked out of its figures, and how they are written down."""

from __future__ import annotations

import doctest
import json
import re
from decimal import Decimal
from pathlib import Path
from string import Template

import msgspec
import pytest

import compiled
import gateway_peers
import marked_block
import peer_report
import slow_streams
from cells import CELLS, MANY, ONE, PACED, PAUSE_US, Figures, Measured
from compiled import Load
from peers import INSTALLED, PEERS, Peer, found
from race import ADMITTED, Raced

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements" / "peers"
POISONED = {"1.82.7", "1.82.8", "1.107.0"}

# A line as the load client prints it.
LINE = (
    b'{"sent":64,"ok":3,"refused":61,"broken":0,"seconds":0.3100,"us_p50":301000.0,"us_p95":302000.0,'
    b'"us_p99":302500.0,"first_us_p50":300900.0,"pieces":0,"piece_us_p50":-1.0,"piece_us_p99":-1.0,'
    b'"answered":64,"fault":"budget-exhausted"}\n'
)


def load(*, us: float, ok: int = 100, seconds: float = 1.0, pieces: int = 0) -> Load:
    return Load(
        sent=ok,
        ok=ok,
        refused=0,
        broken=0,
        seconds=seconds,
        us_p50=us,
        us_p95=us,
        us_p99=us,
        first_us_p50=us,
        pieces=pieces,
        piece_us_p50=us if pieces else -1,
        piece_us_p99=us if pieces else -1,
        answered=1,
        fault="",
    )


def measured(name: str, *rounds: tuple[float, float], start_s: float = 0.5) -> Measured:
    """Make what was measured of a gateway: for each round its median and its neighbour's, in every cell."""
    figures = [
        Figures(
            round=number,
            cell=cell.name,
            load=load(us=us, pieces=50 if cell is PACED else 0),
            cpu_ms=10.0,
            direct=load(us=direct_us, pieces=50 if cell is PACED else 0),
            direct_cpu_ms=1.0,
        )
        for number, (us, direct_us) in enumerate(rounds, 1)
        for cell in CELLS
    ]
    return Measured(
        name=name,
        version="1",
        does="what it does",
        start_s=start_s,
        pss_mib_idle=80,
        pss_mib_end=90,
        figures=tuple(figures),
    )


def test_what_the_load_client_prints_is_read() -> None:
    read = msgspec.json.decode(LINE, type=Load)
    assert (read.ok, read.refused, read.fault) == (3, 61, "budget-exhausted")


def test_a_ratio_is_taken_within_its_round() -> None:
    # The medians of each alone are 300 and 100: 3.0. Within their rounds they are 2, 3 and 10.
    found = measured("a", (200, 100), (300, 100), (2000, 200))
    assert found.median(ONE, "times_direct") == 3
    assert found.median(ONE, "added_us_p50") == 200


def test_cpu_is_shared_out_over_calls_and_pieces() -> None:
    found = measured("a", (200, 100))
    assert found.median(MANY, "cpu_ms_per_call") == pytest.approx(0.1)
    assert found.median(PACED, "cpu_us_per_piece") == pytest.approx(200)
    assert found.median(MANY, "rate") == 100


def test_a_peer_without_figures_is_said_and_has_no_line() -> None:
    gone = Measured(name="gone", version="1", does="", fault="is not installed")
    ours = measured("Remit", (200, 100))
    assert "gone" not in peer_report.figures([ours, gone])
    assert "gone" not in peer_report.ratios([ours, gone])
    assert peer_report.absent([ours, gone]) == "gone: is not installed"


def test_peers_are_shown_as_multiples_of_ours() -> None:
    text = peer_report.ratios([measured("Remit", (200, 100)), measured("slow", (5100, 100), start_s=10)])
    [line] = text.splitlines()[1:]
    assert line.split() == ["slow", "50.0", "1.00", "1.00", "1.00", "1.00", "20.0"]


def test_the_bar_tells_what_is_met_from_what_is_missed() -> None:
    text = peer_report.bars(measured("Remit", (200, 100)))
    said = {line.split("  ")[0]: line.split()[-1] for line in text.splitlines()[1:]}
    assert said["requests a second on one core, 32 connections"] == "MISSED"
    assert said["ms added to the median, 1 connection"] == "met"
    assert said["CPU µs of a paced piece"] == "MISSED"
    assert said["s from start to the first answer"] == "met"


def test_calls_without_a_gateway_have_a_line_of_their_own() -> None:
    first = peer_report.figures([measured("Remit", (200, 100))]).splitlines()[1]
    assert first.split()[:3] == ["direct", "0.000", "1.0"]
    assert first.endswith("p50 is 0.100 ms")


@pytest.mark.parametrize(
    ("admitted", "broken", "posted", "strict"),
    [
        ((3, 3), 0, ("3.00", "3.00"), True),
        ((3, 4), 0, ("3.00", "4.00"), False),
        ((3, 2), 0, ("3.00", "2.00"), False),
        ((3, 3), 1, ("3.00", "3.00"), False),
        ((3, 3), 0, ("3.00", "4.00"), False),
        ((), 0, (), False),
    ],
)
def test_a_race_is_strict_only_if_each_round_lets_three_through(
    admitted: tuple[int, ...], broken: int, posted: tuple[str, ...], strict: bool
) -> None:
    assert ADMITTED == 3
    assert Raced(name="Remit", admitted=admitted, broken=broken, posted=posted).strict is strict


def test_a_race_shows_the_least_and_the_most_that_were_let_through() -> None:
    raced = [
        Raced(name="soft", admitted=(17, 37), note="a budget"),
        Raced(name="none", note="has no budgets"),
    ]
    first, second = peer_report.races(raced).splitlines()[1:]
    assert first.split()[:2] == ["soft", "17–37"]
    assert "37.00 of 3.50" in first
    assert second.split() == ["none", "–", "–", "–", "has", "no", "budgets"]


def test_a_stream_is_as_long_as_its_cell() -> None:
    assert PACED.tokens(1.5) * PAUSE_US == 1_500_000
    assert MANY.tokens(1.5) == MANY.tokens(0.1)


def test_the_charge_counts_each_call_by_its_tokens() -> None:
    assert gateway_peers.charge({}) == 0
    assert gateway_peers.charge({20: 1000}) == 1000 * Decimal("0.0000192")


def test_only_what_stands_between_the_markers_changes() -> None:
    page = f"before\n{marked_block.BEGIN}\nold\n{marked_block.END}\nafter\n"
    once = marked_block.rewritten(page, "new\n")
    assert once.startswith("before\n")
    assert once.endswith("\nafter\n")
    assert "old" not in once
    assert marked_block.rewritten(once, "new") == once


@pytest.mark.parametrize(
    "page",
    ["no markers", marked_block.BEGIN, f"{marked_block.END} {marked_block.BEGIN}", marked_block.BEGIN * 2],
)
def test_a_page_without_its_markers_is_left_alone(page: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        marked_block.rewritten(page, "new")


def test_the_page_on_speed_has_its_markers() -> None:
    page = (ROOT / "docs/concepts/speed.md").read_text("utf-8")
    assert marked_block.rewritten(page, "new") != page


@pytest.mark.parametrize("module", [peer_report, gateway_peers, marked_block, slow_streams, compiled])
def test_examples_in_the_benchmarks_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]  # a module, as parametrize passes it


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_names_nothing_that_is_not_filled_in(peer: Peer) -> None:
    names = dict.fromkeys(("port", "upstream", "folder", "config", "here", "peers"), "1")
    for text in (peer.config, *peer.command, *peer.headers):
        assert "$" not in Template(text).substitute(names)


def test_a_peer_that_is_nowhere_is_not_found() -> None:
    nowhere = msgspec.structs.replace(PEERS[0], program="nowhere/no-such-program")
    assert not (INSTALLED / nowhere.program).exists()
    assert found(nowhere) is None


def test_peers_are_pinned_by_hash_and_never_to_a_poisoned_version() -> None:
    for lock in LOCKS.glob("*.lock"):
        text = lock.read_text("utf-8")
        pins = re.findall(r"^([a-z0-9][\w.-]*)==(\S+)", text, re.MULTILINE | re.IGNORECASE)
        assert pins
        assert len(pins) <= text.count("--hash=sha256:")
        assert "://" not in text
        assert POISONED.isdisjoint(version for name, version in pins if name == "litellm")
    packages = json.loads((LOCKS / "portkey/package-lock.json").read_text("utf-8"))["packages"]
    assert all("integrity" in each for name, each in packages.items() if name)
    assert "resolved" not in (LOCKS / "portkey/package-lock.json").read_text("utf-8")
