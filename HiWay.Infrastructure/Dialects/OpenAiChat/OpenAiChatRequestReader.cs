using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>Reads the body of <c>POST /v1/chat/completions</c> into the inner form.</summary>
/// <remarks>
/// Besides OpenAI's own fields it knows those that clients of OpenAI-compatible providers use for what OpenAI has no field for:
/// <c>top_k</c>, <c>thinking</c> (Anthropic), <c>reasoning</c> (OpenRouter), <c>cache_control</c> on parts, and on assistant turns
/// <c>reasoning_content</c>, <c>reasoning_details</c> and <c>extra_content</c>.
/// </remarks>
public static class OpenAiChatRequestReader
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 128 };

    /// <summary>Fields that this reader gives a typed place, and those that are meant for HiWay itself.</summary>
    private static readonly HashSet<string> Known =
    [
        "model", "messages", "stream", "stream_options", "hiway", "cache",
        "tools", "tool_choice", "functions", "function_call", "parallel_tool_calls", "max_tokens", "max_completion_tokens",
        "temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty", "seed", "n", "stop", "response_format",
        "reasoning_effort", "reasoning", "thinking", "user",
    ];

    /// <exception cref="InvalidChatRequestException">The body is no chat request; its message and path go to the caller.</exception>
    public static ChatRequest Read(ReadOnlySpan<byte> body)
    {
        if (!JsonText.IsText(body))
        {
            throw new InvalidChatRequestException(null, "The body holds text that is not valid: broken UTF-8 or half a surrogate pair.");
        }

        try
        {
            return Read(JsonElement.Parse(body, Strict));
        }
        catch (JsonException e)
        {
            throw new InvalidChatRequestException(null, $"The body is not valid JSON: {e.Message}", e);
        }
    }

    private static ChatRequest Read(JsonElement root)
    {
        var request = new Field(root, "");
        if (!request.IsObject)
        {
            throw new InvalidChatRequestException(null, "The body must be a JSON object.");
        }

        var lost = new List<string>();
        var legacy = request["tools"].IsNull && !request["functions"].IsNull;
        return new()
        {
            Messages = OpenAiChatMessages.Read(request["messages"]),
            Tools = legacy ? Functions(request["functions"]) : Tools(request["tools"], lost),
            ToolChoice = legacy ? FunctionCall(request["function_call"]) : Choice(request["tool_choice"]),
            LegacyFunctions = legacy,
            ParallelToolCalls = request["parallel_tool_calls"].FlagOrNull(),
            MaxOutputTokens = request["max_completion_tokens"].CountOrNull(1) ?? request["max_tokens"].CountOrNull(1),
            Temperature = request["temperature"].NumberOrNull(),
            TopP = request["top_p"].NumberOrNull(),
            TopK = request["top_k"].CountOrNull(0),
            FrequencyPenalty = request["frequency_penalty"].NumberOrNull(),
            PresencePenalty = request["presence_penalty"].NumberOrNull(),
            Seed = request["seed"].WholeOrNull(),
            Choices = request["n"].CountOrNull(1) is var n and not null
                ? n <= ClientAnswer.MaxChoices ? n.Value : throw new InvalidChatRequestException("n", $"'n' is {n}; at most {ClientAnswer.MaxChoices} are possible.")
                : 1,
            StopSequences = Stop(request["stop"]),
            ResponseFormat = Format(request["response_format"]),
            Reasoning = Reasoning(request),
            EndUser = request["user"].TextOrNull(),
            Extensions = Others(root, Known),
            NotCarried = lost,
        };
    }

    /// <summary>The members of an object that have no typed place; null ones say nothing and are left out.</summary>
    internal static IReadOnlyDictionary<string, JsonElement> Others(JsonElement value, HashSet<string> known)
    {
        Dictionary<string, JsonElement>? others = null;
        foreach (var member in value.EnumerateObject())
        {
            if (member.Value.ValueKind is not JsonValueKind.Null && !known.Contains(member.Name))
            {
                (others ??= [])[member.Name] = member.Value;
            }
        }

        return others ?? (IReadOnlyDictionary<string, JsonElement>)System.Collections.Immutable.ImmutableDictionary<string, JsonElement>.Empty;
    }

    private static IReadOnlyList<ToolDefinition> Tools(Field tools, List<string> lost)
    {
        if (tools.IsNull)
        {
            return [];
        }

        if (!tools.IsArray)
        {
            throw tools.Wrong("a list of tools");
        }

        var read = new List<ToolDefinition>();
        foreach (var tool in tools.Items())
        {
            if (!tool.IsObject)
            {
                throw tool.Wrong("an object");
            }

            if (tool["type"].TextOrNull() is "custom" && !tool["custom"].IsNull)
            {
                read.Add(CustomTools.Read(tool["custom"], lost) with { CacheControl = tool["cache_control"].ElementOrNull() });
                continue;
            }

            // Google's own tools have no type, only the member that names them.
            if (tool["type"].TextOrNull() is not (null or "function") || (tool["type"].IsNull && tool["function"].IsNull))
            {
                read.Add(new("", null, null) { BuiltIn = tool.Value });
                continue;
            }

            read.Add(Function(tool["function"]) with { CacheControl = tool["cache_control"].ElementOrNull() });
        }

        return read;
    }

    private static List<ToolDefinition> Functions(Field functions) =>
        functions.IsArray ? [.. functions.Items().Select(Function)] : throw functions.Wrong("a list of functions");

    private static ToolDefinition Function(Field function)
    {
        if (!function.IsObject)
        {
            throw function.Wrong("an object");
        }

        var parameters = function["parameters"];
        if (!parameters.IsNull && parameters.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.True))
        {
            throw parameters.Wrong("a JSON schema");
        }

        return new(
            function["name"].Text(), function["description"].TextOrNull(),
            parameters.IsObject ? parameters.Value : null, function["strict"].FlagOrNull());
    }

    private static ToolChoice? Choice(Field choice)
    {
        if (choice.IsNull)
        {
            return null;
        }

        if (choice.IsString)
        {
            return new(choice.Text() switch
            {
                "auto" => ToolChoiceKind.Auto,
                "none" => ToolChoiceKind.None,
                "required" or "any" => ToolChoiceKind.Required,     // "any" is Mistral's word
                _ => throw choice.Wrong("'auto', 'none', 'required' or an object that names a function"),
            });
        }

        switch (choice["type"].TextOrNull())
        {
            case "function":
                return new(ToolChoiceKind.Function, choice["function"]["name"].Text());
            case "custom":
                return new(ToolChoiceKind.Function, choice["custom"]["name"].Text());
            case "allowed_tools":
                var allowed = choice["allowed_tools"];
                return new(allowed["mode"].TextOrNull() == "required" ? ToolChoiceKind.Required : ToolChoiceKind.Auto)
                {
                    AllowedFunctions = allowed["tools"].IsArray ? [.. allowed["tools"].Items().Where(tool => tool["type"].TextOrNull() is null or "function" or "custom").Select(tool => tool[tool["type"].TextOrNull() ?? "function"]["name"].Text())] : [],
                };
            default:
                throw choice.Wrong("'auto', 'none', 'required' or an object that names a function");
        }
    }

    private static ToolChoice? FunctionCall(Field call) => call switch
    {
        { IsNull: true } => null,
        { IsString: true } => new(call.Text() switch
        {
            "auto" => ToolChoiceKind.Auto,
            "none" => ToolChoiceKind.None,
            _ => throw call.Wrong("'auto', 'none' or {\"name\": …}"),
        }),
        _ => new(ToolChoiceKind.Function, call["name"].Text()),
    };

    private static IReadOnlyList<string> Stop(Field stop) => stop switch
    {
        { IsNull: true } => [],
        { IsString: true } => [stop.Text()],
        { IsArray: true } => [.. stop.Items().Select(one => one.Text())],
        _ => throw stop.Wrong("a string or a list of strings"),
    };

    private static ResponseFormat? Format(Field format)
    {
        if (format.IsNull)
        {
            return null;
        }

        switch (format["type"].Text())
        {
            case "text":
                return new(ResponseFormatKind.Text);
            case "json_object":
                return new(ResponseFormatKind.JsonObject);
            case "json_schema":
                var schema = format["json_schema"];
                if (!schema.IsObject)
                {
                    throw schema.Wrong("an object");
                }

                var shape = schema["schema"];
                if (!shape.IsNull && !shape.IsObject)
                {
                    throw shape.Wrong("a JSON schema");
                }

                // Without a schema it asks for JSON of any shape.
                return new(
                    shape.IsNull ? ResponseFormatKind.JsonObject : ResponseFormatKind.JsonSchema, schema["name"].TextOrNull(), shape.ElementOrNull(),
                    schema["strict"].FlagOrNull(), schema["description"].TextOrNull());
            default:
                throw format["type"].Wrong("'text', 'json_object' or 'json_schema'");
        }
    }

    private static ReasoningSettings? Reasoning(Field request)
    {
        var effort = request["reasoning_effort"].TextOrNull();
        int? budget = null;
        var reasoning = request["reasoning"];
        if (reasoning.IsObject)
        {
            effort ??= reasoning["enabled"].FlagOrNull() == false ? "none" : reasoning["effort"].TextOrNull();
            budget = reasoning["max_tokens"].CountOrNull(0);
        }

        var thinking = request["thinking"];
        if (thinking.IsObject)
        {
            budget ??= thinking["budget_tokens"].CountOrNull(0);
            effort ??= thinking["type"].TextOrNull() switch
            {
                "disabled" => "none",
                "enabled" or "adaptive" or "auto" when budget is null => "medium",
                _ => null,
            };
        }

        if (effort is not (null or "none" or "minimal" or "low" or "medium" or "high" or "xhigh" or "max"))
        {
            throw request["reasoning_effort"].Wrong("'none', 'minimal', 'low', 'medium', 'high' or 'xhigh'");
        }

        return effort is null && budget is null ? null : new(effort, budget);
    }
}
