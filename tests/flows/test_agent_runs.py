"""Runs of agents in a process of their own, with a scripted model and tools whose effects can be counted."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from agents_house import AgentHouse, agent_forks, agent_house, asks, results, says
from conftest import House
from forked_command import Forks

PAY = asks("pay", {"to": "bob", "amount": "20"})
DONE = says("Bob has 20 EUR.")
ASKED = "please pay bob 20 EUR"


@pytest.fixture(scope="module")
def workers() -> Iterator[Forks]:
    with agent_forks() as found:
        yield found


def test_an_agent_does_what_it_is_asked_with_its_tools(house: House, workers: Forks) -> None:
    with agent_house(house, workers, PAY, DONE) as agents:
        run = agents.begin(ASKED)
        kinds = [each["kind"] for each in agents.hear(run)]
        assert kinds == ["turn", "call", "result", "turn", "ended"]
        found = agents.look(run)
        assert (found["status"], found["output"]) == ("completed", "Bob has 20 EUR.")
        assert agents.effects() == 1
        assert results(agents.script.asked[-1]) == ["pay is done"]
        assert [each["status"] for each in agents.entries(run)] == ["begun", "completed"]
        assert agents.entries(run)[-1]["turns"] == 2
        ledger = json.dumps(house.entries())
        assert "Bob has" not in ledger
        assert ASKED not in ledger
        kept = b"".join(each.read_bytes() for each in house.home.glob("runs.sqlite*"))
        assert b"Bob has" not in kept
        assert b"pay bob" not in kept
        # Another key of the use case has no such run, and an agent that is not there none either.
        other = agents.ask("GET", f"/api/agents/desk/runs/{run}", secret=house.key())
        assert other.status_code == 404
        assert agents.ask("POST", "/api/agents/nobody/runs", {"input": "hi"}).status_code == 404


def test_a_run_ends_at_its_limits_and_says_which(house: House, workers: Forks) -> None:
    with agent_house(house, workers, PAY, limits="turns: 1") as agents:
        run = agents.begin(ASKED)
        ended = agents.hear(run)[-1]
        assert (ended["status"], ended["limit"]) == ("limited", "turns")
        assert agents.look(run)["why"] == "turns"
        assert agents.entries(run)[-1]["limit"] == "turns"


def test_a_run_costs_no_more_than_it_may(house: House, workers: Forks) -> None:
    with agent_house(house, workers, PAY, DONE, limits="cost: 0.0001 EUR") as agents:
        ended = agents.hear(agents.begin(ASKED))[-1]
        assert (ended["status"], ended["limit"]) == ("limited", "cost")
        assert agents.script.asked == []


def test_what_an_agent_hands_on_is_done_within_what_both_may_do(house: House, workers: Forks) -> None:
    hand = asks("hand_to_helper", {"task": "tag record 7"})
    tag = asks("tag", {"record": "7"})
    with agent_house(house, workers, hand, says("All is tagged."), hands="helper") as agents:
        agents.script.helper = [tag, says("Record 7 is tagged.")]
        run = agents.begin("please pay and tag record 7")
        heard = agents.hear(run)
        assert heard[-1]["said"] == "All is tagged."
        assert agents.effects("tag") == 1
        shown = [each["function"]["name"] for each in agents.script.asked[1]["tools"]]
        assert shown == ["lookup", "tag"]
        assert [(each["agent"], each["status"]) for each in agents.entries(run)] == [
            ("desk", "begun"),
            ("helper", "begun"),
            ("helper", "completed"),
            ("desk", "completed"),
        ]


def test_a_run_waits_for_a_person_through_kills_and_pays_once(house: House, workers: Forks) -> None:
    with agent_house(house, workers, PAY, DONE, level="act_with_approval") as agents:
        run = agents.begin(ASKED)
        approval = agents.hear(run, "waiting")[-1]["approval"]
        waits = agents.look(run)
        assert waits["status"] == "waiting"
        assert waits["requires_action"] == {"kind": "approval", "approval": approval, "tool": "tool/pay"}
        agents.kill()
        agents.start()
        assert agents.look(run)["status"] == "waiting"
        agents.kill()
        # Answered while nobody works on the run.
        agents.approve(approval)
        agents.start()
        assert agents.hear(run)[-1]["status"] == "completed"
        assert agents.effects() == 1
        assert len(agents.script.asked) == 2


def test_what_a_person_refuses_is_not_done_and_the_model_is_told(house: House, workers: Forks) -> None:
    with agent_house(house, workers, PAY, says("I may not."), level="act_with_approval") as agents:
        run = agents.begin(ASKED)
        agents.approve(agents.hear(run, "waiting")[-1]["approval"], yes=False)
        assert agents.hear(run)[-1]["said"] == "I may not."
        assert agents.effects() == 0
        assert results(agents.script.asked[-1])[0].startswith("This was refused: ")


def _killed(agents: AgentHouse, name: str, when: str) -> str:
    """Begin a run, and kill the process while a tool is held up."""
    agents.hold(name, when)
    run = agents.begin("please pay bob 20 EUR and tag it")
    agents.wait_at(name, when)
    agents.kill()
    agents.let_go()
    agents.start()
    return run


@pytest.mark.parametrize("when", ["before the effect", "after the effect", "in a later tool"])
def test_an_effect_happens_once_wherever_the_process_is_killed(
    house: House, workers: Forks, when: str
) -> None:
    tag = asks("tag", {"record": "7"}, id="call_1")
    with agent_house(house, workers, PAY, tag, DONE) as agents:
        if when == "before the effect":
            agents.script.goes.clear()
            run = agents.begin("please pay bob 20 EUR and tag it")
            assert agents.script.came.wait(20)
            agents.kill()
            agents.script.goes.set()
            agents.start()
        else:
            run = _killed(agents, *(("pay", "after") if when == "after the effect" else ("tag", "before")))
        assert agents.hear(run)[-1]["status"] == "completed"
        assert agents.effects() == 1
        if when != "before the effect":
            assert (agents.world / "asked-outcome").exists()
            # No model is asked twice for what it has said already.
            assert len(agents.script.asked) == 3
        assert not house.verify()


def test_what_its_target_cannot_say_waits_for_a_person_and_is_not_done_again(
    house: House, workers: Forks
) -> None:
    with agent_house(house, workers, PAY, DONE) as agents:
        (agents.world / "silent").touch()
        run = _killed(agents, "pay", "after")
        waits = agents.hear(run, "waiting")[-1]
        assert waits["status"] == "unknown"
        assert agents.look(run)["requires_action"]["kind"] == "unknown_effect"
        agents.resolve()
        assert agents.hear(run)[-1]["status"] == "completed"
        assert agents.effects() == 1


@pytest.mark.parametrize("address", ["run", "agent/desk", "use-case/pilot", "unit/desk", "all"])
def test_a_kill_switch_stops_runs_within_a_second(house: House, workers: Forks, address: str) -> None:
    with agent_house(house, workers, PAY, DONE) as agents:
        agents.script.goes.clear()
        run = agents.begin(ASKED)
        assert agents.script.came.wait(20)
        agents.switch_on(f"run/{run}" if address == "run" else address)
        agents.hear(run)
        assert agents.look(run)["status"] == "stopped"
        stopped = agents.entries(run)[-1]
        assert stopped["status"] == "stopped"
        assert stopped["stop_ms"] < 1000
        assert agents.effects() == 0
        if address != "run":
            assert agents.ask("POST", "/api/agents/desk/runs", {"input": "hi"}).status_code == 403


def test_a_run_that_another_version_began_is_said_to_be_stranded(house: House, workers: Forks) -> None:
    with agent_house(house, workers, PAY, DONE, level="act_with_approval") as agents:
        run = agents.begin(ASKED)
        agents.hear(run, "waiting")
        agents.kill()
        agents.version = "2"
        agents.start()
        assert agents.look(run)["status"] == "stranded"
        assert agents.entries(run)[-1]["status"] == "stranded"
        assert run in (agents.world / "log").read_text()
        agents.kill()
        agents.version = "1"
        agents.start()
        assert agents.look(run)["status"] == "waiting"


def test_the_openai_client_runs_an_agent(house: House, workers: Forks) -> None:
    with agent_house(house, workers, PAY, DONE) as agents:
        response = agents.client.responses.create(model="desk", input=ASKED)
        assert (response.status, response.output_text) == ("completed", "Bob has 20 EUR.")
        assert response.usage is not None
        assert response.usage.total_tokens == 80
        again = agents.client.responses.retrieve(response.id)
        assert again.output_text == "Bob has 20 EUR."
        kinds = []
        with agents.client.responses.create(model="desk", input=ASKED, stream=True) as stream:
            kinds = [event.type for event in stream]
        assert kinds[0] == "response.created"
        assert "response.output_text.delta" in kinds
        assert kinds[-1] == "response.completed"
        refused = agents.ask("POST", "/v1/responses", {"model": "desk", "input": "hi", "instructions": "x"})
        assert refused.json()["error"]["code"] == "unsupported-field"
        assert [each.id for each in agents.client.models.list()] == ["desk", "helper"]


def test_whoever_asks_carries_out_its_own_functions(house: House, workers: Forks) -> None:
    look = asks("my_stock", {"item": "bolts"})
    with agent_house(house, workers, look, says("There are 7.")) as agents:
        function = {"type": "function", "name": "my_stock", "parameters": {"type": "object"}, "strict": False}
        response = agents.client.responses.create(model="desk", input="how many?", tools=[function])  # type: ignore[list-item]  # a dict is taken
        (call,) = response.output
        assert call.type == "function_call"
        assert json.loads(call.arguments) == {"item": "bolts"}
        agents.kill()
        agents.start()
        output = {"type": "function_call_output", "call_id": call.call_id, "output": "7"}
        after = agents.client.responses.create(
            model="desk",
            input=[output],  # type: ignore[list-item]  # as above
            previous_response_id=response.id,
        )
        assert after.output_text == "There are 7."
        assert results(agents.script.asked[-1]) == ["7"]
