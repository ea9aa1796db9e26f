"""What is asked: the rows of the matrix that look at what a provider is told."""

from __future__ import annotations

from conformance.feature import (
    CALL,
    IMAGE,
    IMAGE_DATA,
    OTHER,
    PDF,
    PDF_DATA,
    SCHEMA,
    TOOL,
    Feature,
    ask,
    at,
    figure,
    holds,
    in_turns,
    talk,
    used,
)
from conformance.provider import Script
from remit.enforce.request import (
    Media,
    Message,
    ModelRequest,
    OutputFormat,
    Reasoning,
    Text,
    Think,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)

QUESTIONS: tuple[Feature, ...] = (
    Feature("text", ask("zq-words"), ("zq-words",)),
    Feature(
        "a text that is marked as a source, or as the question",
        ask(Text("zq-source", label="source"), Text("zq-query", label="query")),
        ("zq-source", "zq-query"),
    ),
    Feature(
        "system message",
        talk(("system", "zq-system"), ("user", "Hello.")),
        look={
            "openai": at("messages", 0, equals={"role": "system", "content": "zq-system"}),
            "anthropic": holds("system", word="zq-system"),
            "gemini": holds("systemInstruction", word="zq-system"),
            "bedrock": holds("system", word="zq-system"),
        },
    ),
    Feature(
        "system message in the middle",
        talk(("user", "Hello."), ("system", "zq-system"), ("user", "Go on.")),
        look={"openai": at("messages", 1, equals={"role": "system", "content": "zq-system"})},
        words=("zq-system", '"role": "system"'),
    ),
    Feature(
        "several turns",
        talk(("user", "zq1"), ("assistant", "zq2"), ("user", "zq3")),
        look=dict.fromkeys(("openai", "anthropic", "gemini", "bedrock"), in_turns),
    ),
    Feature(
        "name of an author",
        ModelRequest("", (Message("user", (Text("Hello."),), "zq-author"),), output_tokens_max=500),
        ("zq-author",),
    ),
    Feature(
        "bound of the answer",
        ask("Hello.", output_tokens_max=77),
        look=figure(
            ("max_tokens",),
            ("max_tokens",),
            ("generationConfig", "maxOutputTokens"),
            ("inferenceConfig", "maxTokens"),
            77,
        ),
    ),
    Feature(
        "temperature",
        ask("Hello.", temperature=0.25),
        look=figure(
            ("temperature",),
            ("temperature",),
            ("generationConfig", "temperature"),
            ("inferenceConfig", "temperature"),
            0.25,
        ),
    ),
    Feature(
        "top_p",
        ask("Hello.", top_p=0.25),
        look=figure(("top_p",), ("top_p",), ("generationConfig", "topP"), ("inferenceConfig", "topP"), 0.25),
    ),
    Feature(
        "top_k",
        ask("Hello.", top_k=7),
        look=figure(
            None, ("top_k",), ("generationConfig", "topK"), ("additionalModelRequestFields", "top_k"), 7
        ),
    ),
    Feature(
        "seed",
        ask("Hello.", seed=11),
        look=figure(("seed",), None, ("generationConfig", "seed"), None, 11),
    ),
    Feature(
        "penalties",
        ask("Hello.", frequency_penalty=0.5, presence_penalty=0.5),
        look=figure(("presence_penalty",), None, ("generationConfig", "presencePenalty"), None, 0.5),
    ),
    Feature(
        "stop texts",
        ask("Hello.", stop=("zq-stop",)),
        look=figure(
            ("stop",),
            ("stop_sequences",),
            ("generationConfig", "stopSequences"),
            ("inferenceConfig", "stopSequences"),
            ["zq-stop"],
        ),
    ),
    Feature("verbosity", ask("Hello.", verbosity="low"), ('"verbosity": "low"',)),
    Feature(
        "tools",
        ask("Hello.", tools=(TOOL, OTHER)),
        ("zq_tool", "zq-what-it-does", "zqfield", "zq_other", "zq-other"),
    ),
    Feature(
        "strict tool",
        ask("Hello.", tools=(Tool("zq_tool", "zq-what", SCHEMA, strict=True),)),
        look={
            "openai": at("tools", 0, "function", "strict", equals=True),
            "anthropic": at("tools", 0, "strict", equals=True),
            "gemini": at("toolConfig", "functionCallingConfig", "mode", equals="VALIDATED"),
            "bedrock": at("toolConfig", "tools", 0, "toolSpec", "strict", equals=True),
        },
    ),
    Feature(
        "some tool must be asked for",
        ask("Hello.", tools=(TOOL, OTHER), tool_choice=ToolChoice("required")),
        look={
            "openai": at("tool_choice", equals="required"),
            "anthropic": at("tool_choice", "type", equals="any"),
            "gemini": at("toolConfig", "functionCallingConfig", "mode", equals="ANY"),
            "bedrock": at("toolConfig", "toolChoice", equals={"any": {}}),
        },
    ),
    Feature(
        "this tool must be asked for",
        ask("Hello.", tools=(TOOL, OTHER), tool_choice=ToolChoice("tool", "zq_tool")),
        look={
            "openai": at("tool_choice", "function", "name", equals="zq_tool"),
            "anthropic": at("tool_choice", equals={"type": "tool", "name": "zq_tool"}),
            "gemini": at(
                "toolConfig",
                "functionCallingConfig",
                equals={"mode": "ANY", "allowedFunctionNames": ["zq_tool"]},
            ),
            "bedrock": at("toolConfig", "toolChoice", equals={"tool": {"name": "zq_tool"}}),
        },
    ),
    Feature(
        "no tool may be asked for",
        ask("Hello.", tools=(TOOL,), tool_choice=ToolChoice("none")),
        look={
            "openai": at("tool_choice", equals="none"),
            "anthropic": at("tool_choice", "type", equals="none"),
            "gemini": at("toolConfig", "functionCallingConfig", "mode", equals="NONE"),
            # Without tools none can be asked for.
            "bedrock": lambda body: "toolConfig" not in body,
        },
    ),
    Feature(
        "one tool at a time",
        ask("Hello.", tools=(TOOL,), parallel_tools=False),
        look={
            "openai": at("parallel_tool_calls", equals=False),
            "anthropic": at("tool_choice", "disable_parallel_tool_use", equals=True),
        },
    ),
    Feature(
        "call of a tool and its result",
        used(ToolResult("zq_call", (Text("zq-result"),))),
        ("zq_call", "zq_tool", "zq-argument", "zq-result"),
    ),
    Feature(
        "results of two calls at once",
        talk(
            ("user", "Look."),
            ("assistant", (CALL, ToolUse("zq_second", "zq_other", '{"zqfield":"zq-more"}'))),
            ("user", (ToolResult("zq_call", (Text("zq-one"),)), ToolResult("zq_second", (Text("zq-two"),)))),
            tools=(TOOL, OTHER),
        ),
        ("zq_call", "zq_second", "zq-argument", "zq-more", "zq-one", "zq-two"),
    ),
    Feature(
        "result of a tool that failed",
        used(ToolResult("zq_call", (Text("zq-result"),), failed=True)),
        ("zq-result",),
        look={
            "openai": holds("messages", 2, word="Error: zq-result"),
            "anthropic": at("messages", 2, "content", 0, "is_error", equals=True),
            "gemini": holds(
                "contents", 2, "parts", 0, "functionResponse", "response", "error", word="zq-result"
            ),
            "bedrock": at("messages", 2, "content", 0, "toolResult", "status", equals="error"),
        },
    ),
    Feature(
        "image in a tool's result",
        used(ToolResult("zq_call", (Text("zq-result"), IMAGE))),
        ("zq-result", IMAGE_DATA),
    ),
    Feature(
        "named document in a tool's result",
        used(
            ToolResult(
                "zq_call",
                (Text("zq-result"), Media("document", "application/pdf", PDF_DATA, name="zqname")),
            )
        ),
        ("zq-result", PDF_DATA, "zqname"),
    ),
    Feature("image, as data", ask("Look.", IMAGE), (IMAGE_DATA, "png")),
    Feature(
        "image, by its address",
        ask("Look.", Media("image", url="https://example.com/zq.png")),
        ("https://example.com/zq.png",),
    ),
    Feature(
        "detail of an image",
        ask("Look.", Media("image", "image/png", IMAGE_DATA, detail="high")),
        look={
            "openai": holds("messages", word='"detail": "high"'),
            "gemini": holds("contents", word="MEDIA_RESOLUTION_HIGH"),
        },
    ),
    Feature("document, as data", ask("Read.", PDF), (PDF_DATA,)),
    Feature(
        "name of a document",
        ask("Read.", Media("document", "application/pdf", PDF_DATA, name="zqname")),
        (PDF_DATA, "zqname"),
    ),
    Feature(
        "document, by its address",
        ask("Read.", Media("document", url="https://example.com/zq.pdf")),
        ("https://example.com/zq.pdf",),
    ),
    Feature(
        "answer by a schema",
        ask("Hello.", output_format=OutputFormat(SCHEMA, "zq_format", strict=True)),
        ("zqfield",),
        look={
            "openai": holds("response_format", "json_schema", word="zqfield"),
            "anthropic": holds("output_config", "format", word="zqfield"),
            "gemini": holds("generationConfig", "responseJsonSchema", word="zqfield"),
            "bedrock": holds("outputConfig", "textFormat", word="zqfield"),
        },
        script=Script(text='{"zqfield": "x"}'),
    ),
    Feature(
        "answer in JSON, without a schema",
        ask("Hello.", output_format=OutputFormat()),
        look={
            "openai": at("response_format", "type", equals="json_object"),
            "gemini": at("generationConfig", "responseMimeType", equals="application/json"),
        },
        script=Script(text='{"zqfield": "x"}'),
    ),
    Feature(
        "effort",
        ask("Hello.", think=Think("low")),
        look=figure(
            ("reasoning_effort",),
            ("output_config", "effort"),
            ("generationConfig", "thinkingConfig", "thinkingLevel"),
            ("outputConfig", "effort"),
            "low",
        )
        | {"gemini": at("generationConfig", "thinkingConfig", "thinkingLevel", equals="LOW")},
    ),
    Feature(
        "to think, however much",
        ask("Hello.", think=Think()),
        look={
            "anthropic": at("thinking", "type", equals="adaptive"),
            "gemini": at("generationConfig", "thinkingConfig", "includeThoughts", equals=True),
            "bedrock": at("additionalModelRequestFields", "thinking", "type", equals="adaptive"),
        },
    ),
    Feature(
        "limit on what is thought",
        ask("Hello.", think=Think(tokens_max=1024)),
        look=figure(
            None,
            ("thinking", "budget_tokens"),
            ("generationConfig", "thinkingConfig", "thinkingBudget"),
            ("additionalModelRequestFields", "thinking", "budget_tokens"),
            1024,
        ),
    ),
    Feature(
        "summary of what is thought",
        ask("Hello.", think=Think("low", summary="auto")),
        look={
            "anthropic": at("thinking", "display", equals="summarized"),
            "gemini": at("generationConfig", "thinkingConfig", "includeThoughts", equals=True),
            "bedrock": at("additionalModelRequestFields", "thinking", "display", equals="summarized"),
        },
    ),
    Feature(
        "length of that summary",
        ask("Hello.", think=Think("low", summary="detailed")),
    ),
    Feature(
        "reasoning that goes back, signed",
        talk(
            ("user", "Hello."),
            ("assistant", (Reasoning("zq-thought", "zqsig"), Text("Well."))),
            ("user", "?"),
        ),
        ("zq-thought", "zqsig"),
    ),
    Feature(
        "reasoning that goes back, unsigned",
        talk(("user", "Hello."), ("assistant", (Reasoning("zq-thought"), Text("Well."))), ("user", "?")),
        ("zq-thought",),
    ),
    Feature(
        "refusal that goes back",
        talk(("user", "Hello."), ("assistant", (Text("zq-no", refusal=True),)), ("user", "?")),
        ("zq-no",),
    ),
    Feature(
        "cache point for minutes",
        ask(Text("Hello.", cache="5m"), "And."),
        look={
            "openai": holds(
                "messages", 0, "content", 0, word='"prompt_cache_breakpoint": {"mode": "explicit"}'
            ),
            "anthropic": at("messages", 0, "content", 0, "cache_control", equals={"type": "ephemeral"}),
            "bedrock": at("messages", 0, "content", 1, "cachePoint", equals={"type": "default"}),
        },
    ),
    Feature(
        "cache point, alone in its turn",
        ask(Text("Hello.", cache="5m")),
        look={
            "openai": holds("messages", 0, word='"prompt_cache_breakpoint": {"mode": "explicit"}'),
            "anthropic": at("messages", 0, "content", 0, "cache_control", equals={"type": "ephemeral"}),
            "bedrock": at("messages", 0, "content", 1, "cachePoint", equals={"type": "default"}),
        },
    ),
    Feature(
        "cache point in the system message",
        talk(("system", (Text("Be brief.", cache="5m"),)), ("user", "Hello.")),
        look={
            "openai": holds("messages", 0, word='"prompt_cache_breakpoint": {"mode": "explicit"}'),
            "anthropic": holds("system", word='"cache_control": {"type": "ephemeral"}'),
            "bedrock": holds("system", word='"cachePoint": {"type": "default"}'),
        },
    ),
    Feature(
        "cache point after a tool's result",
        used(ToolResult("zq_call", (Text("zq-result"),), cache="5m")),
        look={
            "anthropic": at("messages", 2, "content", 0, "cache_control", equals={"type": "ephemeral"}),
            "bedrock": at("messages", 2, "content", 1, "cachePoint", equals={"type": "default"}),
        },
    ),
    Feature(
        "cache point for an hour",
        ask(Text("Hello.", cache="1h"), "And."),
        look={
            "anthropic": at("messages", 0, "content", 0, "cache_control", "ttl", equals="1h"),
            "bedrock": at("messages", 0, "content", 1, "cachePoint", "ttl", equals="1h"),
        },
    ),
    Feature(
        "cache point after a tool",
        ask("Hello.", tools=(Tool("zq_tool", "zq", SCHEMA, cache="5m"),)),
        look={
            "anthropic": at("tools", 0, "cache_control", equals={"type": "ephemeral"}),
            "bedrock": at("toolConfig", "tools", 1, "cachePoint", equals={"type": "default"}),
        },
    ),
)

ALL = frozenset({"openai", "anthropic", "gemini", "bedrock"})
HINTS: tuple[Feature, ...] = (
    Feature("end user", ask("Hello.", end_user="zq-user"), ("zq-user",), left_out=ALL),
    Feature(
        "key for a cache",
        ask("Hello.", cache_key="zq-key"),
        ("zq-key",),
        left_out=ALL - {"openai"},
    ),
    Feature(
        "labels for the provider's log",
        ask("Hello.", tags=(("zq-label", "zq-value"),)),
        ("zq-label", "zq-value"),
        left_out=ALL - {"bedrock"},
    ),
)
"""What is no part of the question."""

QUESTIONS += HINTS
