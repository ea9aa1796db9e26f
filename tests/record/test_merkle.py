"""Merkle trees as RFC 6962 has them: the published roots and paths, and that no path leads from elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.record.chain import leaf
from remit.record.merkle import EMPTY, Tree, path, root, root_by

# The test vectors of Certificate Transparency's reference implementation.
LEAVES = [
    leaf(bytes.fromhex(each))
    for each in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
leaves = st.lists(st.binary(max_size=4).map(leaf), min_size=1, max_size=40)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root([]) == EMPTY
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("index", "size", "starts"),
    [
        (0, 8, ["96a296d2", "5f083f0a", "6b47aaf2"]),
        (5, 8, ["bc1a0643", "ca854ea1", "d37ee418"]),
        (2, 3, ["fac54203"]),
        (0, 1, []),
    ],
)
def test_the_paths_are_the_published_ones(index: int, size: int, starts: list[str]) -> None:
    assert [each.hex()[:8] for each in path(LEAVES[:size], index)] == starts


@given(leaves, st.data())
def test_a_path_leads_to_the_root_from_its_own_place_alone(found: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(found) - 1))
    way, top, size = path(found, index), root(found), len(found)
    assert root_by(way, leaf=found[index], index=index, size=size) == top
    assert root_by(way, leaf=leaf(b"another"), index=index, size=size) != top
    for other in range(size):
        if found[other] != found[index] or other != index:
            assert root_by(way, leaf=found[other], index=other, size=size) != top or (
                path(found, other) == way and found[other] == found[index]
            )
    assert root_by([*way, top], leaf=found[index], index=index, size=size) != top
    if way:
        assert root_by(way[:-1], leaf=found[index], index=index, size=size) != top
    assert root_by(way, leaf=found[index], index=size, size=size) is None


@given(leaves)
def test_a_tree_that_grows_has_the_root_of_its_leaves_at_each_step(found: list[bytes]) -> None:
    tree = Tree()
    for count, each in enumerate(found, 1):
        tree.add(each)
        assert tree.root() == root(found[:count])
        assert tree.size == count
