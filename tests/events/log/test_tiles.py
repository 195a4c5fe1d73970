"""Tiles and bundles: their names, which a log of some size has, and how they come to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.log.edge import Edge
from events.log.merkle import Subtree, leaf_hash, subtrees
from events.log.tiles import (
    Bundle,
    Tile,
    bundle,
    bundles_of,
    complete_root,
    entries_in,
    hashes_in,
    parse_number,
    parse_tile,
    tile_with,
    tiles_of,
)
from tests.events.log import reference


def test_a_tile_is_named_in_groups_of_three_digits() -> None:
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(1, 5, 17).path == "tile/1/005.p/17"
    assert Tile(0, 1000, 1).path == "tile/0/x001/000.p/1"
    assert Bundle(273, 112).path == "tile/entries/273.p/112"


@given(st.integers(0, 63), st.integers(0, 10**15), st.integers(1, 256))
def test_every_tile_is_found_again_by_its_name(level: int, number: int, width: int) -> None:
    _, told, place = Tile(level, number, width).path.split("/", 2)
    assert parse_tile(told, place) == Tile(level, number, width)
    assert parse_number(place) == (number, width)


@pytest.mark.parametrize(
    "place",
    [
        *("", "1", "01", "0001", "x000/001", "x001/1", "001/x002", "x001", "-01", "001 ", "../001", "x001/x234/067/"),
        *("001.p", "001.p/", "001.p/0", "001.p/01", "001.p/256", "001.p/999", "001.p/1.p/1"),
        "\u0660\u0660\u0661",
        "/".join(["x999"] * 9),
    ],
)
def test_another_name_is_none(place: str) -> None:
    assert parse_number(place) is None
    assert parse_tile("0", place) is None


@pytest.mark.parametrize("level", ["", "00", "01", "64", "-1", "1a", "\u0663", "entries"])
def test_a_level_is_a_number_to_63(level: str) -> None:
    assert parse_tile(level, "001") is None


def test_a_log_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    tiles = list(tiles_of(70_000))
    assert len([one for one in tiles if one.level == 0 and one.width == 256]) == 273
    assert [one for one in tiles if one.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert [one for one in tiles if one.level == 1] == [Tile(1, 0), Tile(1, 1, 17)]
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert not list(tiles_of(0))
    assert [one.width for one in bundles_of(70_000)] == [256] * 273 + [112]


@given(st.integers(1, 10**7))
def test_a_log_has_a_tile_from_the_size_that_makes_it(size: int) -> None:
    last = {tile.level: tile for tile in Edge.partial_tiles(size)}.values()
    for tile in last:
        assert tile.size <= size
        assert Tile(tile.level, tile.number, tile.width + 1).size > size


def leaves(count: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(count)]


def grown(steps: list[int]) -> tuple[dict[tuple[int, int], bytes], bytes]:
    """A log that grew so, with its edge forgotten and read again from the tiles after each step."""
    kept: dict[tuple[int, int], bytes] = {}
    root, size = b"", 0
    for step in steps:
        edge = Edge(size, [(tile, kept[tile[:2]]) for tile in Edge.partial_tiles(size)])
        edge.extend([leaf_hash(b"entry %d" % number) for number in range(size, size + step)])
        for tile, hashes in edge.grown():
            assert hashes.startswith(kept.get(tile[:2], b"")), "a tile only grows"
            kept[tile[:2]] = hashes
        assert not edge.grown()
        size, root = edge.size, edge.root()
    return kept, root


@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
def test_however_a_log_grew_its_tiles_and_root_are_the_same(steps: list[int]) -> None:
    entries = leaves(sum(steps))
    kept, root = grown(steps)
    assert root == reference.mth(entries)
    expected = {}
    for level, number, width in tiles_of(len(entries)):
        spans = [(number * 256 + one) * 256**level for one in range(width)]
        expected[level, number] = b"".join(reference.mth(entries[at : at + 256**level]) for at in spans)
    assert kept == expected


def test_a_log_over_three_levels_has_the_right_root() -> None:
    entries = leaves(66_000)
    kept, root = grown([65_000, 600, 400])
    assert root == reference.mth(entries)
    assert {(level, number) for level, number, _ in tiles_of(66_000)} == set(kept)


@given(st.integers(1, 5_000))
def test_the_hash_of_every_subtree_follows_from_one_tile(size: int) -> None:
    kept, _ = KEPT
    for one in subtrees((0, size)):
        tile, hashes = tile_with(one)
        held = hashes_in(kept[tile[:2]])[: tile.width]
        assert complete_root(held[hashes]) == reference.mth(
            ENTRIES[one.number << one.level : (one.number + 1) << one.level]
        )


ENTRIES = leaves(5_000)
KEPT = grown([5_000])


def test_a_subtree_is_within_one_tile() -> None:
    assert tile_with(Subtree(0, 300)) == (Tile(0, 1, 45), slice(44, 45))
    assert tile_with(Subtree(7, 3)) == (Tile(0, 1, 256), slice(128, 256))
    assert tile_with(Subtree(8, 3)) == (Tile(1, 0, 4), slice(3, 4))


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_its_entries_back(entries: list[bytes]) -> None:
    assert entries_in(bundle(entries)) == entries


def test_entries_stand_behind_their_length() -> None:
    assert bundle([b"ab", b"", b"c" * 258]) == b"\x00\x02ab\x00\x00\x01\x02" + b"c" * 258
    assert entries_in(bundle([b"x" * 61_440])) == [b"x" * 61_440]


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_bundle_that_is_cut_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="in the middle of entry 1"):
        entries_in(bundle([b"first", b"xyz"])[:-cut])
    with pytest.raises(ValueError, match="whole hashes"):
        hashes_in(b"x" * 33)
