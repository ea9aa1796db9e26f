"""A chart that somebody looks into, under the pages' policy."""

from __future__ import annotations

from playwright.sync_api import Browser, Route

from remit.adapters.charts_vegalite import VegaLiteCharts
from remit.portal.page import HEADERS
from remit.report.chart import band

PAGE = (
    '<!doctype html><html lang="en"><title>x</title><div id="d"></div><script src="/vega.js"></script></html>'
)


def test_the_bundle_draws_under_a_policy_that_lets_no_text_become_a_program(browser: Browser) -> None:
    rows = [{"day": f"2026-11-0{day}", "value": day, "coming": False} for day in range(1, 9)]
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    charts = VegaLiteCharts()

    def serve(route: Route) -> None:
        script = route.request.url.endswith(".js")
        kind = {"content-type": "text/javascript" if script else "text/html"}
        route.fulfill(body=charts.bundle() if script else PAGE, headers={**HEADERS, **kind})

    page.route("http://portal.test/**", serve)
    page.goto("http://portal.test/")
    page.evaluate(
        "(spec) => window.drawChart(document.getElementById('d'), spec)", band(rows, about="x", unit="EUR")
    )
    assert page.locator("#d svg path").count() > 3
    assert faults == []
    page.close()
