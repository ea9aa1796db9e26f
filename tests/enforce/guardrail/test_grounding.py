import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.adapters import trained
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.enforce.guardrail.grounding import ANSWER_CHARACTERS_MAX, Grounding, compile_grounding

SOURCE = """
The ferry to Lund Island leaves the harbour at 9:15 every morning from Monday to Friday. A return ticket
costs 24 euros for adults and 12 euros for children. Dogs are not allowed on board. In 2021 the company
bought two new boats from Meyer Shipyard because the old engines failed. The number of passengers increased
by 18 percent.
""".replace("\n", " ")


@pytest.fixture(scope="module")
def grounding() -> Grounding:
    return compile_grounding(trained.arrays("grounding"), WordllamaEmbedding().vectors)


@pytest.mark.parametrize(
    "answer",
    [
        "The ferry to Lund Island leaves at 9:15 every morning from Monday to Friday.",
        "A return ticket costs 24 euros for adults.",
        "Dogs are not allowed on board.",
        "The number of passengers increased by 18%.",
        "In 2021 the company bought two new boats from Meyer Shipyard.",
    ],
)
def test_what_the_source_says_is_supported(grounding: Grounding, answer: str) -> None:
    found = grounding.ground(answer, SOURCE, "What do I need to know about the ferry?")
    assert found.score > 0.7
    assert found.reasons == ()


@pytest.mark.parametrize(
    ("answer", "kind", "word"),
    [
        ("A return ticket costs 34 euros for adults.", "number", "34"),
        ("Dogs are allowed on board.", "negation", "allowed"),
        ("The number of passengers decreased by 18 percent.", "opposite", "decreased"),
        ("In 2021 the company bought two new boats from Harland Shipyard.", "name", "Harland"),
        ("The ferry to Lund Island leaves at 9:15 every Sunday.", "date", "Sunday"),
        ("The ferry to Lund Island might leave the harbour at 9:15.", "sureness", "might"),
        ("The ferry to Lund Island rarely leaves the harbour at 9:15.", "quantity", "rarely"),
        ("A return ticket costs 24 euros owing to inflation.", "cause", "owing"),
        ("A return ticket does not cost 24 euros.", "negation", "not"),
    ],
)
def test_a_changed_fact_is_named_at_its_place(
    grounding: Grounding, answer: str, kind: str, word: str
) -> None:
    reasons = grounding.ground(answer, SOURCE).reasons
    assert (kind, word) in [(reason[0], answer[reason[1] : reason[2]]) for reason in reasons]


def test_a_changed_fact_lowers_the_score(grounding: Grounding) -> None:
    true = grounding.ground("A return ticket costs 24 euros for adults.", SOURCE).score
    assert grounding.ground("A return ticket costs 34 euros for adults.", SOURCE).score < true


def test_what_the_source_says_nothing_of_is_not_supported(grounding: Grounding) -> None:
    found = grounding.ground("The museum has a famous collection of medieval armour.", SOURCE)
    assert found.score < 0.3


def test_an_answer_to_another_question_is_less_relevant(grounding: Grounding) -> None:
    answer = "A return ticket costs 24 euros for adults and 12 euros for children."
    near = grounding.ground(answer, SOURCE, "How much does a return ticket cost?").relevance
    far = grounding.ground(answer, SOURCE, "Who wrote the national anthem?").relevance
    assert near > 0.7 > far


@pytest.mark.parametrize("answer", ["", " \n", "?!", "\ud800"])
def test_an_answer_without_words_is_weighed(grounding: Grounding, answer: str) -> None:
    found = grounding.ground(answer, SOURCE, "What?")
    assert 0 <= found.score <= 1
    assert found.reasons == ()


@pytest.mark.parametrize("source", ["", " ", "\ud800"])
def test_no_source_supports_nothing(grounding: Grounding, source: str) -> None:
    assert grounding.ground("The ferry leaves at nine.", source).score < 0.5


def test_the_longest_texts_are_weighed(grounding: Grounding) -> None:
    found = grounding.ground(
        "rise 1.2 " * 5_000, "It rose by 3 percent in May, said Ms Berg. " * 5_000, "x " * 5_000
    )
    assert all(reason[2] <= ANSWER_CHARACTERS_MAX for reason in found.reasons)


@given(
    st.text(alphabet=st.characters(exclude_categories=()), max_size=200),
    st.text(alphabet=st.characters(exclude_categories=()), max_size=200),
)
def test_any_texts_are_weighed(grounding: Grounding, answer: str, source: str) -> None:
    found = grounding.ground(answer, source, source)
    assert 0 <= found.score <= 1
    assert 0 <= found.relevance <= 1
    assert all(0 <= start < end <= len(answer) for _, start, end in found.reasons)
