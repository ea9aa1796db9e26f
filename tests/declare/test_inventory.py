"""A spreadsheet of use cases becomes an operating model, and nothing of it is lost."""

from __future__ import annotations

import csv
import gzip
import io
import statistics
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from remit.decide.quantile import spans
from remit.decide.risk import tier_of
from remit.declare.cell import ids, visible
from remit.declare.inventory import Imported, Sheet, Unmapped, column_names, map_inventory
from remit.declare.inventory_profile import Profile, read_profile
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.declare.use_case import UseCase

SOURCE = Path(__file__).parents[2] / "examples/us-federal-2024/us_federal_2024.csv.gz"
BLANKS = {"", "n/a", "na", "not applicable"}


@cache
def omb() -> Profile:
    text = resources.files("remit.declare").joinpath("profiles/omb-2024.yaml").read_text("utf-8")
    profile, diagnostics = read_profile(text, "omb-2024.yaml")
    assert profile is not None, diagnostics
    return profile


@cache
def federal_sheet() -> Sheet:
    text = gzip.decompress(SOURCE.read_bytes()).decode("cp1252")
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    return Sheet(column_names(header), tuple(tuple(row) for row in rows))


@cache
def federal() -> tuple[Imported, OperatingModel]:
    imported = map_inventory(federal_sheet(), omb(), source_file="us_federal_2024.csv.gz")
    return imported, model_of(imported)


def model_of(imported: Imported) -> OperatingModel:
    loaded = load(imported.files)
    assert loaded.operating_model is not None, [diagnostic.render() for diagnostic in loaded.diagnostics]
    return loaded.operating_model


def days_to_implementation(model: OperatingModel) -> list[int]:
    histories = [case.history for case in model.use_cases.values()]
    return sorted((h.implemented - h.initiated).days for h in histories if h.initiated and h.implemented)


def test_the_federal_inventory_becomes_2133_use_cases_of_41_units() -> None:
    imported, model = federal()
    assert (len(model.use_cases), len(model.units)) == (2_133, 41)
    assert (imported.counts.rows, imported.counts.use_cases, imported.counts.units) == (2_133, 2_133, 41)
    stages = {"envision": 403, "experiment": 404, "launch": 287, "scale": 892, "retired": 147}
    assert imported.counts.stages == stages
    assert Counter(case.adoption.stage for case in model.use_cases.values() if case.adoption) == stages
    assert Counter(case.unit for case in model.use_cases.values()).most_common(2) == [
        ("hhs", 271),
        ("doj", 240),
    ]
    assert Counter(case.personal_data for case in model.use_cases.values()) == {
        None: 1_084,
        False: 874,
        True: 175,
    }


def test_351_use_cases_of_the_federal_inventory_touch_rights_or_safety_and_are_in_the_high_tier() -> None:
    _, model = federal()
    impacts = Counter(case.impact for case in model.use_cases.values())
    assert impacts == {"neither": 1_722, "both": 195, "rights": 131, "safety": 25, None: 60}
    tiers = Counter(tier_of(case) for case in model.use_cases.values())
    assert tiers == {"low": 1_675, "medium": 107, "high": 351}


def test_loading_the_federal_model_warns_of_units_without_lead_and_of_dates_that_run_backwards() -> None:
    loaded = load(federal()[0].files)
    assert Counter(diagnostic.code for diagnostic in loaded.diagnostics) == {
        "unit-without-lead": 41,
        "dates-backwards": 56,
    }
    assert loaded.errors == 0


def test_a_title_that_51_use_cases_share_gives_51_ids() -> None:
    _, model = federal()
    shared = [name for name, case in model.use_cases.items() if case.name == "Generative AI Usage"]
    assert len(shared) == 51
    assert all(name.startswith("ed-generative-ai-usage-") for name in shared)
    assert max(len(name) for name in model.use_cases) <= 80


def test_importing_again_gives_the_same_texts_and_rows_in_another_order_the_same_ids() -> None:
    imported, model = federal()
    assert map_inventory(federal_sheet(), omb(), source_file="us_federal_2024.csv.gz") == imported
    turned = replace(federal_sheet(), rows=federal_sheet().rows[::-1])
    again = model_of(map_inventory(turned, omb(), source_file="us_federal_2024.csv.gz"))
    assert again.use_cases.keys() == model.use_cases.keys()
    assert again.units == model.units


def test_every_cell_is_in_the_model_or_in_the_report_or_kept_in_the_source() -> None:
    imported, model = federal()
    reported = {(entry.row, entry.column) for entry in imported.unmapped}
    by_row = {case.origin.row: case for case in model.use_cases.values() if case.origin}
    profile, fates = omb(), Counter[str]()
    held = {column: path for path, column in profile.mapped()}
    for number, cells in enumerate(federal_sheet().rows, 2):
        for column, cell in zip(federal_sheet().columns, cells, strict=True):
            if " ".join(cell.split()).casefold() in BLANKS:
                fates["blank"] += 1
            elif column in profile.kept:
                fates["kept"] += 1
            elif says(by_row[number], model, held[column], cell):
                fates["mapped"] += 1
            else:
                assert (number, column) in reported
                fates["reported"] += 1
    counts = imported.counts
    assert fates == {
        "blank": counts.cells_blank,
        "kept": counts.cells_kept,
        "mapped": counts.cells_mapped,
        "reported": counts.cells_reported,
    }
    assert (counts.cells_mapped, counts.cells_kept, counts.cells_reported) == (33_087, 15_266, 278)
    assert sum(fates.values()) == 2_133 * 62


def says(case: UseCase, model: OperatingModel, path: tuple[str | int, ...], cell: str) -> bool:
    """Tell whether a use case holds what a cell says, whatever the spaces."""
    text = " ".join(cell.split())
    match path:
        case ("unit", "id"):
            return case.unit == text.lower()
        case ("unit", "name"):
            return model.units[case.unit].name == text
        case ("labels", label):
            return " ".join(case.labels.get(str(label), "").split()) == text
        case ("history", moment):
            day = getattr(case.history, str(moment))
            return day is not None and f"{day.month}/{day.day}/{day.year}" == text
        case (_, "stage"):
            return case.adoption is not None and omb().stages.get(text) == case.adoption.stage
        case (_, "personal_data"):
            return case.personal_data is {"Yes": True, "No": False}[text]
        case (_, "impact"):
            words = {"Both": "both", "Neither": "neither", "Rights-Impacting": "rights"}
            return case.impact == words.get(text, "safety" if text.startswith("Safety") else "")
        case (_, field):
            return " ".join((getattr(case, str(field)) or "").split()) == text
    raise AssertionError(path)


def test_what_the_federal_inventory_leaves_open_is_said_row_by_row() -> None:
    imported, model = federal()
    assert Counter(entry.reason for entry in imported.unmapped) == {
        "date-out-of-range": 148,
        "not-a-date": 109,
        "unknown-impact": 21,
        "character-replaced": 98,
        "purpose-not-given": 11,
        "stage-not-given": 4,
    }
    typed_years = [entry for entry in imported.unmapped if entry.value.strip().endswith("/1905")]
    assert len(typed_years) == 134
    odd = {entry.value.strip() for entry in imported.unmapped if entry.reason == "not-a-date"}
    assert {"24-Nov", "Q4FY25", "2015-2022", "Pre-2021", "2022-08 (estimated)"} <= odd
    for row in (entry.row for entry in imported.unmapped if entry.reason == "purpose-not-given"):
        case = next(case for case in model.use_cases.values() if case.origin and case.origin.row == row)
        assert case.purpose == case.name


def test_the_time_to_implementation_follows_from_the_dates_that_can_be_true() -> None:
    days = days_to_implementation(federal()[1])
    assert (len(days), statistics.median(days)) == (572, 262)
    in_order = [number for number in days if number >= 0]
    assert (len(in_order), statistics.median(in_order)) == (560, 262)
    assert in_order[int(0.85 * len(in_order))] == 1_095


def test_the_profile_alone_decides_which_dates_can_be_true() -> None:
    reading = omb().dates
    assert reading is not None
    anything = reading.model_copy(update={"earliest": date(1900, 1, 1), "latest": date(2100, 1, 1)})
    profile = omb().model_copy(update={"dates": anything})
    days = days_to_implementation(model_of(map_inventory(federal_sheet(), profile, source_file="a.csv")))
    assert (len(days), sum(number >= 0 for number in days), max(days)) == (614, 602, 43_547)
    # What is published of this inventory: of the dates as they stand, 1905 for a typed year too.
    as_written = spans(days)
    assert (as_written.count, as_written.p50, as_written.p85) == (592, 249, 1_004)
    strict = spans(days_to_implementation(federal()[1]))
    assert (strict.count, strict.p50, strict.p85) == (554, 262, 1_035)


INVENTED = """
profile:
  name: list of Noordzee Bank
  delimiter: semicolon
  organisation: {name: Noordzee Bank, contact: ai-office@noordzee.example.com, currency: EUR}
  unit: {id: Afdeling}
  fields:
    name: Toepassing
    purpose: Doel
    owner: Eigenaar
    data_class: Gegevens
    personal_data: Persoonsgegevens
    stage: Fase
  history: {implemented: Live}
  since: {scale: implemented}
  labels: {bron: Bron}
  kept: [Notitie]
  stages: {proef: experiment, "in gebruik": scale}
  truths: {ja: "true", nee: "false"}
  data_classes: {vertrouwelijk: confidential}
  dates: {formats: [D-M-YYYY], earliest: 2000-01-01, latest: 2026-11-23}
  blanks: [n.v.t.]
"""
HEADER = [
    "Toepassing",
    "Afdeling",
    "Doel",
    "Eigenaar",
    "Gegevens",
    "Persoonsgegevens",
    "Fase",
    "Live",
    "Bron",
    "Notitie",
]


def invented() -> Profile:
    profile, diagnostics = read_profile(INVENTED, "noordzee.yaml")
    assert profile is not None, diagnostics
    return profile


def from_rows(*rows: str, header: list[str] = HEADER) -> Imported:
    sheet = Sheet(column_names(header), tuple(tuple(row.split(";")) for row in rows))
    return map_inventory(sheet, invented(), source_file="lijst.csv")


def test_another_inventory_needs_a_profile_and_no_code() -> None:
    imported = from_rows(
        "Café-assistent;Kredieten;Leest  aanvragen;krediet@noordzee.example.com;Vertrouwelijk;JA"
        ";In  Gebruik;1-2-2025;x;y",
        "Proefje;Kredieten;n.v.t.;niemand;geheim;misschien;droom;31-2-2025;;",
    )
    model = model_of(imported)
    first, second = model.use_cases["kredieten-cafe-assistent"], model.use_cases["kredieten-proefje"]
    assert model.units["kredieten"].name == "Kredieten"
    assert (first.owner, first.data_class, first.personal_data) == (
        "krediet@noordzee.example.com",
        "confidential",
        True,
    )
    assert first.adoption is not None
    assert (first.adoption.stage, first.adoption.since) == ("scale", date(2025, 2, 1))
    assert first.adoption.basis == "row 2 of the list of Noordzee Bank"
    assert first.labels == {"bron": "x"}
    assert second.adoption is not None
    assert second.adoption.stage == "envision"
    assert imported.unmapped == (
        Unmapped(3, "Live", "31-2-2025", "not-a-date"),
        Unmapped(3, "Doel", "n.v.t.", "purpose-not-given"),
        Unmapped(3, "Eigenaar", "niemand", "not-a-contact"),
        Unmapped(3, "Gegevens", "geheim", "unknown-data-class"),
        Unmapped(3, "Persoonsgegevens", "misschien", "unknown-truth"),
        Unmapped(3, "Fase", "droom", "unknown-stage"),
    )


def test_a_row_that_is_no_use_case_is_reported_whole() -> None:
    imported = from_rows(";Kredieten;Doel;;;;proef;;;", "", "Naam;;;;;;proef;;;let op")
    assert imported.counts.use_cases == 0
    assert imported.counts.rows == 3
    assert [(entry.row, entry.column, entry.value) for entry in imported.unmapped] == [
        (2, "Toepassing", ""),
        (2, "Afdeling", "Kredieten"),
        (2, "Doel", "Doel"),
        (2, "Fase", "proef"),
        (3, "Toepassing", ""),
        (3, "Afdeling", ""),
        (4, "Afdeling", ""),
        (4, "Toepassing", "Naam"),
        (4, "Fase", "proef"),
    ]
    assert {entry.reason for entry in imported.unmapped} == {"row-not-mapped"}


def test_rows_with_too_few_or_too_many_cells_lose_none() -> None:
    imported = from_rows("A;Kredieten;Doel", "B;Kredieten;Doel;;;;proef;;;;over;")
    assert imported.unmapped == (
        Unmapped(2, "", "3 of 10 cells", "row-too-short"),
        Unmapped(2, "Fase", "", "stage-not-given"),
        Unmapped(3, "column 11", "over", "cell-without-column"),
    )
    assert len(model_of(imported).use_cases) == 2


def test_a_column_that_the_profile_does_not_name_is_reported_cell_by_cell() -> None:
    imported = from_rows("A;Kredieten;Doel;;;;proef;;;;nieuw", header=[*HEADER, "Kosten"])
    assert imported.unmapped == (Unmapped(2, "Kosten", "nieuw", "column-not-mapped"),)
    assert imported.counts.cells_reported == 1


def test_what_is_too_long_is_reported_and_never_cut() -> None:
    long_label, long_prose, long_name = "x" * 401, "y" * 20_001, "z" * 401
    imported = from_rows(
        f"A;Kredieten;{long_prose};;;;proef;;{long_label};", f"{long_name};Kredieten;Doel;;;;proef;;;"
    )
    assert [(e.row, e.column, e.reason) for e in imported.unmapped if len(e.value) > 400] == [
        (2, "Bron", "too-long"),
        (2, "Doel", "too-long"),
        (3, "Toepassing", "too-long"),
        (3, "Toepassing", "row-not-mapped"),
    ]
    (case,) = model_of(imported).use_cases.values()
    assert (case.purpose, case.labels) == ("A", {})


def test_characters_that_readers_cannot_see_are_replaced_and_reported() -> None:
    imported = from_rows("\u00a0A\u00a0b\u200b ;Kredieten;een\r\ntwee\t drie \nvier;;;;proef;;;")
    (case,) = model_of(imported).use_cases.values()
    assert (case.name, case.purpose) == ("A b", "een\ntwee  drie\nvier")
    assert imported.unmapped == (
        Unmapped(2, "Toepassing", "U+00A0 U+200B", "character-replaced"),
        Unmapped(2, "Doel", "U+0009", "character-replaced"),
    )


def test_one_unit_has_one_name_and_another_is_reported() -> None:
    text = INVENTED.replace("unit: {id: Afdeling}", "unit: {id: Afdeling, name: Naam afdeling}")
    profile, _ = read_profile(text, "noordzee.yaml")
    assert profile is not None
    header = (*HEADER, "Naam afdeling")
    names = ["", "Kredieten", " kredieten ", "Leningen"]
    rows = tuple((f"case {name}", "K&L", "Doel", *[""] * 3, "proef", *[""] * 3, name) for name in names)
    imported = map_inventory(Sheet(header, rows), profile, source_file="a.csv")
    assert model_of(imported).units["k-l"].name == "Kredieten"
    assert imported.unmapped == (Unmapped(5, "Naam afdeling", "Leningen", "unit-name-differs"),)


def test_use_cases_that_cannot_be_told_apart_are_numbered() -> None:
    imported = from_rows(*["Bot;Kredieten;Doel;;;;proef;;;"] * 3)
    first, *others = model_of(imported).use_cases
    assert first.startswith("kredieten-bot-")
    assert others == [f"{first}-2", f"{first}-3"]


@given(st.lists(st.tuples(st.text(max_size=120), st.text(max_size=5)), max_size=12))
def test_ids_are_sound_and_never_the_same(named: list[tuple[str, str]]) -> None:
    import_ids = ids(named)
    assert len(set(import_ids)) == len(named)
    loaded = load({"units.yaml": "units:\n" + "".join(f'  "{name}": {{name: x}}\n' for name in import_ids)})
    assert not [diagnostic for diagnostic in loaded.diagnostics if diagnostic.code == "invalid-id"]


ANY_CELL = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


@settings(max_examples=150, deadline=None)
@given(name=ANY_CELL, purpose=ANY_CELL, label=ANY_CELL)
def test_any_cell_survives_from_the_sheet_to_the_loaded_model(name: str, purpose: str, label: str) -> None:
    cells = (f"n{name}", "Kredieten", f"p{purpose}", "", "", "", "proef", "", f"b{label}", "")
    imported = map_inventory(Sheet(tuple(HEADER), (cells,)), invented(), source_file="a.csv")
    (case,) = model_of(imported).use_cases.values()
    assert case.name == visible(f"n{name}", lines=False)[0]
    assert case.purpose == visible(f"p{purpose}", lines=True)[0]
    assert case.labels["bron"] == visible(f"b{label}", lines=False)[0]


def faults(text: str) -> list[tuple[int, str, str]]:
    profile, diagnostics = read_profile(text, "p.yaml")
    assert profile is None
    return [(diagnostic.span.line, diagnostic.code, diagnostic.help) for diagnostic in diagnostics]


def test_a_profile_that_is_wrong_says_where_and_what_would_help() -> None:
    wrong = INVENTED.replace("delimiter: semicolon", "delimeter: semicolon").replace("scale}", "scail}")
    assert faults(wrong) == [
        (4, "unknown-field", "did you mean `delimiter`?"),
        (18, "invalid-value", "did you mean `scale`?"),
    ]


def test_a_profile_that_reads_a_row_in_two_ways_is_refused() -> None:
    wrong = (
        INVENTED.replace("kept: [Notitie]", "kept: [Doel]")
        .replace("{proef: experiment", "{Proef: launch, proef: experiment")
        .replace("[D-M-YYYY]", "[M/D/YYYY, D/M/YYYY]")
        .replace("latest: 2026-11-23", "latest: 1999-01-01")
    )
    assert [code for _, code, _ in faults(wrong)] == [
        "repeated-column",
        "repeated-word",
        "ambiguous-date",
        "empty-range",
    ]


def test_what_is_no_profile_is_refused() -> None:
    assert [code for _, code, _ in faults("organisation: {name: x}")] == ["not-a-profile"]
    assert [code for _, code, _ in faults(INVENTED + "profil: x\n")] == ["unknown-field"]
    assert [code for _, code, _ in faults(INVENTED + "  name: twice\n")] == ["repeated-field"]
    without = INVENTED.replace(
        "  dates: {formats: [D-M-YYYY], earliest: 2000-01-01, latest: 2026-11-23}\n", ""
    )
    assert [code for _, code, _ in faults(without)] == ["dates-without-format"]
