"""Published studies, read from the copies beside the tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from remit.decide.value.comparison import Observed
from remit.decide.value.series import Series
from remit.decide.value.synthetic import Compared

DATA = Path(__file__).parent / "data" / "value"
BASQUE = "Basque Country (Pais Vasco)"
SCHOOLS = [f"school.{level}" for level in ("illit", "prim", "med", "high", "post.high")]
SECTORS = [
    f"sec.{sector}"
    for sector in ("agriculture", "energy", "industry", "construction", "services.venta", "services.nonventa")
]


def basque(*, with_spain: bool) -> Compared:
    """Return the study as its authors set it up; they compare from 1975 on."""
    frame = pd.read_csv(DATA / "basque.csv")
    frame["year"] = frame["year"].astype(int)
    names = sorted(frame["regionname"].unique())
    donors = [each for each in names if each != BASQUE and (with_spain or not each.startswith("Spain"))]
    outcome = frame.pivot(index="year", columns="regionname", values="gdpcap")

    def mean(column: str, years: range) -> Any:
        return frame[frame["year"].isin(years)].groupby("regionname")[column].mean()

    rows = [mean(column, range(1964, 1970)) for column in (*SCHOOLS, "invest")]
    rows.append(mean("gdpcap", range(1960, 1970)))
    rows += [mean(column, range(1961, 1970, 2)) for column in SECTORS]
    rows.append(mean("popdens", range(1969, 1970)))
    known = pd.concat(rows, axis=1).T
    return Compared(
        treated=outcome[BASQUE].to_numpy(),
        donors=outcome[donors].to_numpy(),
        begins=1975 - 1955,
        fit=slice(1960 - 1955, 1970 - 1955),
        treated_predictors=known[BASQUE].to_numpy(),
        donor_predictors=known[donors].to_numpy(),
        names=tuple(donors),
    )


def lalonde() -> Observed:
    frame = pd.read_csv(DATA / "lalonde.csv")
    known = {
        name: frame[name].to_numpy(float) for name in ("age", "educ", "married", "nodegree", "re74", "re75")
    }
    known |= {name: (frame["race"] == name).to_numpy(float) for name in ("hispan", "white")}
    return Observed(frame["re78"].to_numpy(float), (frame["treat"] == 1).to_numpy(), known)


def causal_impact(name: str) -> tuple[Series, dict[str, float]]:
    """Return a series and what the R package says of it."""
    read = json.loads((DATA / f"r_reference_{name}.json").read_text("utf-8"))
    others = {each: np.array(values) for each, values in read["data"]["x"].items()}
    return Series(np.array(read["data"]["y"]), read["n_pre"], others), read["r_output"]
