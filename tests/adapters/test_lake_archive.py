"""Old days in an object store: moved once, read there, held to their checksums, and let go there too.

The store is made for tests; what speaks to it is botocore, as it speaks to Amazon's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from object_store import ObjectStore, object_store
from remit.adapters.lake_archive import is_archive
from remit.adapters.lake_duckdb import DuckdbLake
from remit.kernel.errors import RemitError
from written_lake import Written, bodies_in, files_below, stage

TO = "s3://old-days/remit/lake"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    with object_store() as found:
        for name, value in {
            "AWS_ENDPOINT_URL_S3": found.address,
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "nobody-knows",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def lake(tmp_path: Path) -> DuckdbLake:
    made = DuckdbLake(tmp_path)
    made.take(Written("gateway", [stage("a", 0), stage("b", 1), stage("c", 2)]).part(1, 3))
    return made


def test_days_in_an_object_store_are_read_there_and_let_go_there_too(
    lake: DuckdbLake, store: ObjectStore, tmp_path: Path
) -> None:
    assert lake.archive(before=date(2026, 11, 25), to=TO) == 2
    assert lake.archive(before=date(2026, 11, 25), to=TO) == 0
    assert sorted(store.objects) == [
        "old-days/remit/lake/day=2026-11-23/gateway-1.parquet",
        "old-days/remit/lake/day=2026-11-24/gateway-1.parquet",
    ]
    assert bodies_in(DuckdbLake(tmp_path)) == ["sa0", "sb1", "sc2"]
    assert lake.expire({("stage_change", ""): 4}, today=date(2026, 11, 28)) == 1
    assert files_below(tmp_path) == ["day=2026-11-23/all-3.parquet", "day=2026-11-25/gateway-1.parquet"]
    assert list(store.objects) == ["old-days/remit/lake/day=2026-11-24/gateway-1.parquet"]
    assert bodies_in(lake) == ["sb1", "sc2"]
    assert (lake.state().spoilt, lake.state().unreachable) == ((), ())


def test_what_another_put_there_is_not_read_and_is_named(
    lake: DuckdbLake, store: ObjectStore, tmp_path: Path
) -> None:
    lake.archive(before=date(2026, 11, 24), to=TO)
    [name] = store.objects
    store.objects[name] = store.objects[name][:-1] + b"?"
    assert DuckdbLake(tmp_path).state().unreachable == ("day=2026-11-23/gateway-1.parquet",)
    assert not list((tmp_path / "fetched").glob("*/*"))


def test_where_the_store_says_no_nothing_is_moved_and_nothing_of_its_words_is_told(
    lake: DuckdbLake, store: ObjectStore
) -> None:
    store.is_away = True
    with pytest.raises(RemitError, match="AccessDenied") as refused:
        lake.archive(before=date(2026, 11, 25), to=TO)
    assert "secret-account" not in f"{refused.value} {refused.value.help}"
    assert bodies_in(lake) == ["sa0", "sb1", "sc2"]


@pytest.mark.parametrize(
    "address", ["s3://", "s3://Bucket", "s3://a", "s3://bucket/../x y", f"s3://bucket/{'x' * 200}"]
)
def test_an_address_that_names_no_bucket_is_none(address: str) -> None:
    assert not is_archive(address)
    assert is_archive(TO)
