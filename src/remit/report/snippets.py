"""Snippets: how clients that people know are pointed at the gateway, ready to be copied."""

from __future__ import annotations

from dataclasses import dataclass

QUESTION = "Name three signs of hail damage."
ASKED = "Look up claim C-1041 and add a note that an adjuster must call."

_OPENAI = """\
# pip install openai
import os

from openai import OpenAI

client = OpenAI(base_url="{address}/v1", api_key=os.environ["REMIT_KEY"])
answer = client.chat.completions.create(
    model="{model}",
    max_tokens=60,
    messages=[{{"role": "user", "content": "{question}"}}],
)
print(answer.choices[0].message.content)
"""

_ANTHROPIC = """\
# pip install anthropic
import os

from anthropic import Anthropic

client = Anthropic(base_url="{address}", api_key=os.environ["REMIT_KEY"])
answer = client.messages.create(
    model="{model}",
    max_tokens=60,
    messages=[{{"role": "user", "content": "{question}"}}],
)
print(answer.content[0].text)
"""

_AWS = """\
# pip install boto3
# Signs with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which come with the key.
import boto3

client = boto3.client("bedrock-runtime", endpoint_url="{address}", region_name="eu-central-1")
answer = client.converse(
    modelId="{model}",
    messages=[{{"role": "user", "content": [{{"text": "{question}"}}]}}],
    inferenceConfig={{"maxTokens": 60}},
)
print(answer["output"]["message"]["content"][0]["text"])
"""

_LANGCHAIN = """\
# pip install langchain-openai
import os

from langchain_openai import ChatOpenAI

chat = ChatOpenAI(base_url="{address}/v1", api_key=os.environ["REMIT_KEY"], model="{model}", max_tokens=60)
print(chat.invoke("{question}").content)
"""

_CURL = """\
curl {address}/v1/chat/completions -H "Authorization: Bearer $REMIT_KEY" \\
  -d '{{"model": "{model}", "max_tokens": 60, "messages": [{{"role": "user", "content": "{question}"}}]}}'
"""

_MCP = """\
# pip install mcp
import asyncio
import os

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

address, headers = "{address}", {{"Authorization": "Bearer " + os.environ["REMIT_KEY"]}}


async def main():
    async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=120) as http:
        # What the person said, in their own words: it decides what may be done, and to whom.
        run = (await http.post("/runs", json={{"asked": "{asked}"}})).json()["id"]
        http.headers["x-remit-run"] = run
        async with Client(streamable_http_client(address + "/mcp", http_client=http)) as client:
            for tool in (await client.list_tools()).tools:
                print(tool.name, "-", tool.description)


asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A client's name, and a program that makes one call; it reads the key from the environment."""

    id: str
    client: str
    text: str


def snippets(address: str, model: str) -> tuple[Snippet, ...]:
    """Write the programs for a gateway's address, such as `http://127.0.0.1:8787`, and a model's name."""
    each = (
        ("openai", "OpenAI", _OPENAI),
        ("anthropic", "Anthropic", _ANTHROPIC),
        ("aws", "AWS", _AWS),
        ("langchain", "LangChain", _LANGCHAIN),
        ("curl", "curl", _CURL),
    )
    return tuple(
        Snippet(id, client, text.format(address=address, model=model, question=QUESTION))
        for id, client, text in each
    )


def mcp_snippet(address: str) -> Snippet:
    """Write the program that lists tools at a tool gate's address, by the official client of MCP."""
    return Snippet("mcp", "MCP", _MCP.format(address=address, asked=ASKED))
