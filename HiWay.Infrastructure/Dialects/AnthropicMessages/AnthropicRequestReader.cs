using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>Reads the body of <c>POST /v1/messages</c> into the inner form.</summary>
public static class AnthropicRequestReader
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 128 };

    /// <summary>Fields that this reader gives a typed place, and those that are meant for HiWay itself.</summary>
    private static readonly HashSet<string> Known =
    [
        "model", "messages", "stream", "hiway", "cache", "system", "max_tokens", "tools", "tool_choice", "temperature", "top_p", "top_k",
        "stop_sequences", "thinking", "output_config", "output_format", "metadata", "cache_control", "service_tier",
    ];

    /// <param name="countsOnly">The body of <c>count_tokens</c>, which needs no <c>max_tokens</c>.</param>
    /// <exception cref="InvalidChatRequestException">The body is no such request; its message and path go to the caller.</exception>
    public static ChatRequest Read(ReadOnlySpan<byte> body, bool countsOnly = false)
    {
        if (!JsonText.IsText(body))
        {
            throw new InvalidChatRequestException(null, "The body holds text that is not valid: broken UTF-8 or half a surrogate pair.");
        }

        try
        {
            return Read(JsonElement.Parse(body, Strict), countsOnly);
        }
        catch (JsonException e)
        {
            throw new InvalidChatRequestException(null, $"The body is not valid JSON: {e.Message}", e);
        }
    }

    private static ChatRequest Read(JsonElement root, bool countsOnly)
    {
        var request = new Field(root, "");
        if (!request.IsObject)
        {
            throw new InvalidChatRequestException(null, "The body must be a JSON object.");
        }

        var paths = new List<KeyValuePair<string, string>>();
        var notCarried = new List<string>();
        var messages = new AnthropicTurns(paths, notCarried).Read(request["system"], request["messages"]);
        MarkLast(messages, request["cache_control"]);
        var maxTokens = request["max_tokens"].CountOrNull(1);
        if (maxTokens is null && !countsOnly)
        {
            throw request["max_tokens"].Wrong("a whole number of tokens from 1 on");
        }

        var choice = request["tool_choice"];
        var (format, effort) = Output(request);
        return new()
        {
            Dialect = ChatDialects.AnthropicMessages,
            Messages = messages,
            Tools = Tools(request["tools"], notCarried),
            ToolChoice = Choice(choice),
            ParallelToolCalls = choice.IsObject && choice["disable_parallel_tool_use"].FlagOrNull() == true ? false : null,
            MaxOutputTokens = maxTokens,
            Temperature = request["temperature"].NumberOrNull(),
            TopP = request["top_p"].NumberOrNull(),
            TopK = request["top_k"].CountOrNull(0),
            StopSequences = Stop(request["stop_sequences"]),
            ResponseFormat = format,
            Reasoning = Reasoning(request["thinking"], effort, notCarried),
            EndUser = EndUser(request["metadata"]),
            Extensions = Others(root, request["service_tier"]),
            Paths = paths,
            NotCarried = notCarried,
        };
    }

    /// <summary>A mark on the whole request stands for one on its last block.</summary>
    private static void MarkLast(List<ChatMessage> messages, Field mark)
    {
        if (mark.IsNull || messages is not [.., { Parts: [.., var last] }])
        {
            return;
        }

        messages[^1] = messages[^1] with { Parts = [.. messages[^1].Parts.SkipLast(1), last with { CacheControl = last.CacheControl ?? mark.Value }] };
    }

    private static IReadOnlyDictionary<string, JsonElement> Others(JsonElement root, Field tier)
    {
        var others = OpenAiChat.OpenAiChatRequestReader.Others(root, Known);
        if (tier.TextOrNull() is not { } word)
        {
            return others;
        }

        // The inner form says it in OpenAI's words.
        return new Dictionary<string, JsonElement>(others)
        {
            ["service_tier"] = word == "standard_only" ? JsonElement.Parse("\"default\""u8) : tier.Value,
        };
    }

    private static IReadOnlyList<ToolDefinition> Tools(Field tools, List<string> notCarried)
    {
        if (tools.IsNull)
        {
            return [];
        }

        if (!tools.IsArray)
        {
            throw tools.Wrong("a list of tools");
        }

        var read = new List<ToolDefinition>(tools.Value.GetArrayLength());
        foreach (var tool in tools.Items())
        {
            if (!tool.IsObject)
            {
                throw tool.Wrong("an object");
            }

            if (tool["type"].TextOrNull() is not (null or "custom"))
            {
                read.Add(new("", null, null) { BuiltIn = tool.Value });
                continue;
            }

            LoseOwnWishes(tool, notCarried);
            var schema = tool["input_schema"];
            read.Add(new(
                tool["name"].Text() is { Length: > 0 } name ? name : throw tool["name"].Wrong("a name of at least one letter"),
                tool["description"].TextOrNull(), schema.IsObject ? schema.Value : throw schema.Wrong("a JSON schema"), tool["strict"].FlagOrNull())
            {
                CacheControl = tool["cache_control"].ElementOrNull(),
            });
        }

        return read;
    }

    /// <summary>What only this API knows about a function: nobody else loads it later, or lets code call it.</summary>
    private static void LoseOwnWishes(Field tool, List<string> notCarried)
    {
        foreach (var member in (ReadOnlySpan<string>)["defer_loading", "input_examples", "eager_input_streaming"])
        {
            if (tool[member].SaysSomething)
            {
                notCarried.Add(tool[member].Path);
            }
        }

        var callers = tool["allowed_callers"];
        if (callers.IsArray && callers.Items().Any(caller => !caller.IsString || caller.Text() != "direct"))
        {
            notCarried.Add(callers.Path);
        }
    }

    private static ToolChoice? Choice(Field choice)
    {
        if (choice.IsNull)
        {
            return null;
        }

        return choice.IsObject
            ? choice["type"].Text() switch
            {
                "auto" => new(ToolChoiceKind.Auto),
                "any" => new(ToolChoiceKind.Required),
                "none" => new(ToolChoiceKind.None),
                "tool" => new(ToolChoiceKind.Function, choice["name"].Text()),
                _ => throw choice["type"].Wrong("'auto', 'any', 'tool' or 'none'"),
            }
            : throw choice.Wrong("an object with a type of 'auto', 'any', 'tool' or 'none'");
    }

    private static IReadOnlyList<string> Stop(Field stop) => stop switch
    {
        { IsNull: true } => [],
        { IsArray: true } => [.. stop.Items().Select(one => one.Text())],
        _ => throw stop.Wrong("a list of strings"),
    };

    /// <summary>What <c>output_config</c> says, and its older form <c>output_format</c>.</summary>
    private static (ResponseFormat? Format, string? Effort) Output(Field request)
    {
        var config = request["output_config"];
        if (!config.IsNull && !config.IsObject)
        {
            throw config.Wrong("an object");
        }

        var effort = config["effort"].TextOrNull();
        if (effort is not (null or "low" or "medium" or "high" or "xhigh" or "max"))
        {
            throw config["effort"].Wrong("'low', 'medium', 'high', 'xhigh' or 'max'");
        }

        var format = config["format"].IsNull ? request["output_format"] : config["format"];
        if (format.IsNull)
        {
            return (null, effort);
        }

        if (format["type"].Text() != "json_schema")
        {
            throw format["type"].Wrong("'json_schema'");
        }

        var schema = format["schema"];
        return (new(ResponseFormatKind.JsonSchema, "response", schema.IsObject ? schema.Value : throw schema.Wrong("a JSON schema")), effort);
    }

    private static ReasoningSettings? Reasoning(Field thinking, string? effort, List<string> notCarried)
    {
        if (thinking.IsNull)
        {
            return effort is null ? null : new(effort);
        }

        if (!thinking.IsObject)
        {
            throw thinking.Wrong("an object");
        }

        if (thinking["display"].TextOrNull() is not (null or "summarized"))
        {
            notCarried.Add(thinking["display"].Path);   // thinking is shown as far as the provider shows it
        }

        return thinking["type"].Text() switch
        {
            "disabled" => new("none"),
            "enabled" => new(effort, thinking["budget_tokens"].CountOrNull(1) ?? throw thinking["budget_tokens"].Wrong("a whole number of tokens")),
            "adaptive" => new(effort ?? "high"),    // the API's own default
            _ => throw thinking["type"].Wrong("'enabled', 'adaptive' or 'disabled'"),
        };
    }

    private static string? EndUser(Field metadata) => metadata switch
    {
        { IsNull: true } => null,
        { IsObject: true } => metadata["user_id"].TextOrNull(),
        _ => throw metadata.Wrong("an object"),
    };
}
