"""What is written back says exactly the other model, and leaves alone what says the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.editor import Editor, typed
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import apply_changes, declarations, plan
from remit.declare.rewrite import rewrite
from remit.declare.scope import SHIPPED
from remit.declare.written import mapping_lines
from strategies import COSTLY, operating_models

Section = dict[str, Any]


def block_text(section: str, bodies: Section) -> str:
    """Write a section with a comment above each declaration and one at the end of each line."""
    if section == "organisation":
        return "".join(f"{line}  # of it\n" for line in mapping_lines({section: bodies[""]}, ""))
    text = f"{section}:\n"
    for name, body in bodies.items():
        text += f"  # about {section} {name}\n"
        text += "".join(f"  {line}  # in {name}\n" for line in mapping_lines({name: typed(body)}, ""))
        text += "\n"
    return text


def as_text(value: Any) -> Any:
    """Turn plain data into what a person would have typed: every scalar a text."""
    if isinstance(value, dict):
        return {name: as_text(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_text(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def other_text(section: str, bodies: Section, flow: bool | None) -> str:
    tree = as_text(bodies[""] if section == "organisation" else bodies)
    if flow:
        return f"{section}: {yaml.safe_dump(tree, default_flow_style=True, sort_keys=False, width=60)}"
    return str(yaml.safe_dump({section: tree}, default_flow_style=flow, sort_keys=False, width=60))


STYLES = ("commented", "lean", "flow", "mixed")


def text_of(section: str, bodies: Section, style: str) -> str:
    if style == "commented":
        return block_text(section, bodies)
    return other_text(section, bodies, {"lean": False, "flow": True, "mixed": None}[style])


@st.composite
def directories(draw: st.DrawFn, model: OperatingModel) -> dict[str, str]:
    """Write a model as a directory: sections over files, in several styles and line ends."""
    files: dict[str, str] = {}
    for section, bodies in declarations(model).items():
        if not bodies:
            continue
        halves = [bodies]
        if len(bodies) > 1 and draw(st.booleans()):
            first = dict(list(bodies.items())[:1])
            halves = [first, {name: body for name, body in bodies.items() if name not in first}]
        for number, half in enumerate(halves):
            file = draw(st.sampled_from((f"all-{number}.yaml", f"{section}-{number}.yaml")))
            style = draw(st.sampled_from(STYLES))
            files[file] = files.get(file, "") + text_of(section, half, style)
    for file in files:
        how = draw(st.sampled_from(("", "", "crlf", "mark", "no-end")))
        if how == "crlf":
            files[file] = files[file].replace("\n", "\r\n")
        elif how == "mark":
            files[file] = "\ufeff" + files[file]
        elif how == "no-end":
            files[file] = files[file].rstrip("\n")
    return files


def loaded(files: Mapping[str, str]) -> OperatingModel:
    found = load(files)
    assert found.operating_model is not None, [each.render() for each in found.diagnostics]
    return found.operating_model


@COSTLY
@given(st.data(), operating_models(), operating_models())
def test_texts_that_are_written_back_say_exactly_what_is_in_force(
    data: st.DataObject, one: OperatingModel, other: OperatingModel
) -> None:
    files = data.draw(directories(one))
    before = loaded(files)
    assert not plan(before, one).changes
    found = rewrite(files, before, other)
    assert found is not None, files
    after = {**files, **{name: each.text for name, each in found.items()}}
    assert not plan(loaded(after), other).changes
    changed = {(change.section, change.name) for change in plan(one, other).changes}
    for section, bodies in declarations(one).items():
        for name in bodies:
            if section != "organisation" and (section, name) not in changed:
                _is_left_alone(files, after, section, name)


def _is_left_alone(files: Mapping[str, str], after: Mapping[str, str], section: str, name: str) -> None:
    """A commented declaration that did not change stands as it stood, with its comments."""
    pattern = re.compile(
        rf"^  # about {section} {re.escape(name)}\r?\n(?:.*  # in {re.escape(name)}\r?\n)*", re.M
    )
    for file, text in files.items():
        if found := pattern.search(text):
            assert found[0] in after[file]


@COSTLY
@given(st.data(), operating_models())
def test_what_says_the_same_already_is_not_touched(data: st.DataObject, model: OperatingModel) -> None:
    files = data.draw(directories(model))
    assert rewrite(files, loaded(files), model) == {}


# ── what a person sees ──

HEAD = "organisation: {name: House, contact: a@example.com, currency: EUR}  # ours\n"
BODY = """\
# Units of the house.
units:
  # The first desk.
  # It answers mail.
  desk:
    name:   Desk      # as on the door
    remit:
      spend:
        - {limit: 20.00 EUR, per: month}   # agreed in May
        # and a smaller one
        - limit: 2.00 EUR
          per: day

  # The second desk.
  shop: {name: Shop, lead: shop@example.com}
"""


def pulled(change: Any, *, body: str = BODY) -> str:
    """Change the data of a text and write it back into the text."""
    files = {"a.yaml": HEAD + body}
    before = loaded(files)
    tree = before.model_dump(mode="json", exclude_unset=True)
    change(tree)
    found = rewrite(files, before, OperatingModel.model_validate(tree))
    assert found is not None
    assert found.keys() == {"a.yaml"}
    return found["a.yaml"].text.removeprefix(HEAD)


def replaced(*pairs: tuple[str, str]) -> str:
    text = BODY
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def units(tree: Any) -> Any:
    return tree["units"]


@pytest.mark.parametrize(
    ("change", "pairs"),
    [
        (lambda u: u["desk"].update(name="Front desk"), [("Desk      #", "Front desk      #")]),
        (lambda u: u["shop"].update(lead="b@example.com"), [("shop@example.com", "b@example.com")]),
        (lambda u: u["shop"].pop("lead"), [(", lead: shop@example.com", "")]),
        (lambda u: u["shop"].update(parent="desk"),
         [("shop@example.com}", "shop@example.com, parent: desk}")]),
        (lambda u: u["desk"]["remit"]["spend"][0].update(limit="30 EUR"), [("20.00 EUR", "30 EUR")]),
        (lambda u: u["desk"]["remit"]["spend"][1].update(limit="3 EUR"), [("2.00 EUR\n", "3 EUR\n")]),
        (lambda u: u["desk"]["remit"]["spend"].pop(0),
         [("        - {limit: 20.00 EUR, per: month}   # agreed in May\n", "")]),
        (lambda u: u["desk"]["remit"]["spend"].append({"limit": "9 EUR", "per": "year"}),
         [("          per: day\n", "          per: day\n        - limit: 9 EUR\n          per: year\n")]),
        (lambda u: u["desk"]["remit"].update(expires="2027-01-31"),
         [("          per: day\n", "          per: day\n      expires: 2027-01-31\n")]),
        (lambda u: u.pop("shop"),
         [("  # The second desk.\n  shop: {name: Shop, lead: shop@example.com}\n", "")]),
        (lambda u: u.update(bar={"name": "Bar"}),
         [("shop@example.com}\n", "shop@example.com}\n  bar:\n    name: Bar\n")]),
    ],
)  # fmt: skip
def test_only_what_is_different_is_touched(change: Any, pairs: list[tuple[str, str]]) -> None:
    assert pulled(lambda tree: change(units(tree))) == replaced(*pairs)


def test_a_declaration_is_cut_out_with_the_comment_directly_above_it() -> None:
    kept = pulled(lambda tree: tree["units"].pop("desk"))
    assert kept == (
        "# Units of the house.\nunits:\n\n"
        "  # The second desk.\n  shop: {name: Shop, lead: shop@example.com}\n"
    )


def test_a_section_that_holds_nothing_any_more_is_cut_out() -> None:
    assert pulled(lambda tree: tree["units"].clear()) == "# Units of the house.\n"


def test_a_list_in_one_line_takes_other_items() -> None:
    body = "blocks: {prompt/p: {name: P, text: t}}\nunits: {desk: {name: D, remit: {spend: [%s, %s]}}}\n"
    day, month, year = (f"{{limit: 1 EUR, per: {per}}}" for per in ("day", "month", "year"))

    def other(tree: Any) -> None:
        spend = tree["units"]["desk"]["remit"]["spend"]
        spend[:] = [spend[1], {"limit": "1 EUR", "per": "year"}]

    assert pulled(other, body=body % (day, month)) == body % (month, year)


def test_a_value_becomes_another_kind_of_value() -> None:
    body = "units:\n  desk:\n    name: Desk\n    remit:\n      spend: unlimited  # for now\n"

    def limit(tree: Any) -> None:
        tree["units"]["desk"]["remit"]["spend"] = [{"limit": "5 EUR", "per": "day"}]

    text = pulled(limit, body=body)
    assert "spend:\n        - limit: 5 EUR\n          per: day  # for now\n" in text
    assert "spend: unlimited\n" in pulled(
        lambda tree: tree["units"]["desk"]["remit"].update(spend="unlimited"), body=BODY
    )


def test_long_prose_is_folded_and_a_comment_behind_it_does_not_become_part_of_it() -> None:
    body = "stages:\n  launch:\n    description: Short.  # for all\n"
    long = "many words " * 20 + "end"
    text = pulled(lambda tree: tree["stages"]["launch"].update(description=long), body=body)
    assert text.endswith("end  # for all\n")
    text = pulled(
        lambda tree: tree["stages"]["launch"].update(description=long), body=body.replace("  # for all", "")
    )
    assert "description: >-\n" in text


def test_new_declarations_go_where_their_like_stand_and_a_new_section_gets_a_file() -> None:
    case = "  {name}: {{name: N, unit: {unit}, purpose: p}}\n"
    files = {
        "a.yaml": HEAD + "units: {desk: {name: D}, shop: {name: S}}\n",
        "desk.yaml": "use_cases:\n" + case.format(name="one", unit="desk"),
        "shop.yaml": "use_cases:\n" + case.format(name="two", unit="shop"),
    }
    before = loaded(files)
    tree = before.model_dump(mode="json", exclude_unset=True)
    tree["use_cases"]["three"] = {"name": "N", "unit": "shop", "purpose": "q"}
    tree["providers"] = {"here": {"technology": "local"}}
    found = rewrite(files, before, OperatingModel.model_validate(tree))
    assert found is not None
    assert found.keys() == {"shop.yaml", "providers.yaml"}
    assert '  three:\n    name: "N"\n    unit: shop\n' in found["shop.yaml"].text
    assert found["shop.yaml"].lines == 4
    assert found["providers.yaml"].text.startswith("# providers that were taken in")


def test_a_section_with_one_declaration_comes_changes_and_goes() -> None:
    files = {"a.yaml": HEAD}
    bare = loaded(files)
    tree = bare.model_dump(mode="json", exclude_unset=True)
    tree["portfolio"] = {"method": "rice", "budgets": ["5 EUR"]}
    rice = OperatingModel.model_validate(tree)
    found = rewrite(files, bare, rice)
    assert found is not None
    text = found["portfolio.yaml"].text
    assert text.startswith("# the portfolio was taken in by `remit pull`\n")
    assert text.endswith("portfolio:\n  method: rice\n  budgets:\n    - 5 EUR\n")
    files = {"a.yaml": HEAD + "# how we choose\n" + text.partition("\n")[2]}
    tree["portfolio"] = {"method": "wsjf", "budgets": ["5 EUR"]}
    changed = rewrite(files, rice, OperatingModel.model_validate(tree))
    assert changed is not None
    assert changed["a.yaml"].lines == 1
    gone = rewrite(files, rice, bare)
    assert gone is not None
    assert "portfolio" not in gone["a.yaml"].text
    assert apply_changes(rice, plan(rice, bare)) == bare


def test_a_new_version_goes_where_the_others_of_its_name_stand() -> None:
    prompt = "{name: P, text: t}"
    files = {
        "a.yaml": HEAD + "blocks:\n" + "".join(f"  prompt/p{n}: {prompt}\n" for n in range(3)),
        "letters.yaml": f"blocks:\n  prompt/letter@1: {prompt}\n",
    }
    before = loaded(files)
    tree = before.model_dump(mode="json", exclude_unset=True)
    tree["blocks"]["prompt/letter@2"] = {"name": "P", "text": "u"}
    found = rewrite(files, before, OperatingModel.model_validate(tree))
    assert found is not None
    assert {name: each.text for name, each in found.items()} == {
        "letters.yaml": files["letters.yaml"] + "  prompt/letter@2:\n    name: P\n    text: u\n"
    }


def test_what_ships_is_changed_in_a_file_of_the_directory_and_cannot_be_taken_away() -> None:
    shipped = resources.files("remit.declare").joinpath("shipped")
    files = {f"{SHIPPED}{file.name}": file.read_text("utf-8") for file in shipped.iterdir()}
    files["a.yaml"] = HEAD
    before = loaded(files)
    tree = before.model_dump(mode="json", exclude_unset=True)
    tree["stages"]["launch"]["description"] = "Our own."
    found = rewrite(files, before, OperatingModel.model_validate(tree))
    assert found is not None
    assert found.keys() == {"stages.yaml"}
    del tree["stages"]["launch"]
    assert rewrite(files, before, OperatingModel.model_validate(tree)) is None


def test_an_editor_without_edits_gives_its_text() -> None:
    assert Editor(HEAD).result().text == HEAD
