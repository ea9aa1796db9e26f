"""A chart that somebody looks into, under the pages' policy."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Route

from remit.adapters.charts_vegalite import bundle
from remit.portal.page import HEADERS
from remit.report.chart.scatter import Place, scatter
from remit.report.chart.theme import Frame

PAGE = """<!doctype html><html lang="en"><title>x</title><body><figure>
<div class="drawn" data-spec="x"></div><button type="button" data-explores>Look</button></figure>
<script type="module" src="/static/remit.js"></script></body></html>"""
FILES = Path(__file__).parents[2] / "src/remit/portal/static"


def test_a_chart_is_looked_into_under_a_policy_that_lets_no_text_become_a_program(
    browser: Browser, tmp_path: Path
) -> None:
    spec = scatter(
        Frame("Cases", "Cases by value"), [Place("a", 1, 2), Place("b", 3, 1)], x="ease", y="value"
    )
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)

    def serve(route: Route) -> None:
        path = route.request.url.partition("portal.test")[2]
        if path == "/charts/x":
            route.fulfill(json=spec, headers=dict(HEADERS))
        elif path == "/charts/vega.js":
            route.fulfill(path=bundle(tmp_path / "vega.js"), content_type="text/javascript")
        elif path == "/static/remit.js":
            route.fulfill(path=FILES / "remit.js", content_type="text/javascript")
        else:
            route.fulfill(body=PAGE, headers={**HEADERS, "content-type": "text/html"})

    page.route("http://portal.test/**", serve)
    page.goto("http://portal.test/")
    page.get_by_role("button", name="Look").click()
    page.locator(".drawn svg path").first.wait_for(state="attached")
    assert page.get_by_role("button", name="Look").count() == 0
    assert faults == []
    page.close()
