using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>Reads the body of <c>POST /v1/responses</c> into the inner form, for models that are reached through another API.</summary>
/// <remarks>
/// What the answer only repeats (<c>metadata</c>, <c>truncation: disabled</c>) needs no place in the inner form; what only OpenAI's own servers can
/// do is listed in <see cref="ChatRequest.NotCarried"/>, and refused where the answer would be another one without it.
/// </remarks>
public static class OpenAiResponsesRequestReader
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 128 };

    /// <summary>Have a typed place, are HiWay's own, or are answered by HiWay itself.</summary>
    private static readonly HashSet<string> Known =
    [
        "model", "input", "instructions", "stream", "stream_options", "hiway", "cache", "store", "metadata", "previous_response_id", "include",
        "tools", "tool_choice", "parallel_tool_calls", "max_output_tokens", "temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty",
        "seed", "stop", "text", "reasoning", "user", "top_logprobs", "truncation", "background", "conversation", "prompt",
    ];

    /// <summary>Fields with another home than the chat dialect's, which nobody but OpenAI's Responses API knows.</summary>
    private static readonly HashSet<string> OnlyHere = ["max_tool_calls", "context_management", "moderation"];

    /// <summary>What the inner form calls by the chat dialect's names.</summary>
    private static readonly KeyValuePair<string, string>[] Names =
    [
        new("response_format.json_schema", "text.format"), new("response_format", "text.format"), new("reasoning_effort", "reasoning.effort"),
        new("verbosity", "text.verbosity"), new("max_completion_tokens", "max_output_tokens"), new("max_tokens", "max_output_tokens"),
        new("logprobs", "top_logprobs"),
    ];

    /// <exception cref="InvalidChatRequestException">The body is no such request; its message and path go to the caller.</exception>
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

        RefuseWhatOnlyOpenAiServes(request);
        var lost = new List<string>();
        var paths = new List<KeyValuePair<string, string>>();
        var tools = Tools(request["tools"], lost);
        return new()
        {
            Dialect = ChatDialects.OpenAiResponses,
            Messages = OpenAiResponsesItems.Read(request["instructions"], request["input"], lost, paths),
            Tools = tools,
            ToolChoice = Choice(request["tool_choice"], lost),
            ParallelToolCalls = request["parallel_tool_calls"].FlagOrNull(),
            MaxOutputTokens = request["max_output_tokens"].CountOrNull(1),
            Temperature = request["temperature"].NumberOrNull(),
            TopP = request["top_p"].NumberOrNull(),
            TopK = request["top_k"].CountOrNull(0),
            FrequencyPenalty = request["frequency_penalty"].NumberOrNull(),
            PresencePenalty = request["presence_penalty"].NumberOrNull(),
            Seed = request["seed"].WholeOrNull(),
            StopSequences = Stop(request["stop"]),
            ResponseFormat = Format(request["text"]["format"]),
            Reasoning = Reasoning(request["reasoning"], lost),
            EndUser = request["user"].TextOrNull(),
            Extensions = Extensions(request, lost),
            Paths = [.. paths, .. Names],
            NotCarried = lost,
        };
    }

    private static void RefuseWhatOnlyOpenAiServes(Field request)
    {
        if (request["previous_response_id"].TextOrNull() is { } previous)
        {
            throw new InvalidChatRequestException("previous_response_id",
                $"'{previous}' is not held by HiWay: it was made by a provider itself. Name the model that gave it, or send the items in 'input'.");
        }

        if (request["background"].FlagOrNull() == true)
        {
            throw new InvalidChatRequestException("background", "'background' is served by OpenAI's own models only; leave it out, or name such a model.");
        }

        foreach (var name in (ReadOnlySpan<string>)["conversation", "prompt"])
        {
            if (!request[name].IsNull)
            {
                throw new InvalidChatRequestException(name, $"'{name}' lives at OpenAI and is served by OpenAI's own models only; send the items themselves in 'input'.");
            }
        }
    }

    private static List<ToolDefinition> Tools(Field tools, List<string> lost)
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

            var type = tool["type"].Text();
            if (type is not ("function" or "custom"))
            {
                read.Add(new("", null, null) { BuiltIn = tool.Value });
                continue;
            }

            foreach (var member in (ReadOnlySpan<string>)["output_schema", "defer_loading", "allowed_callers"])
            {
                if (tool[member].SaysSomething)
                {
                    lost.Add(tool[member].Path);
                }
            }

            if (type is "custom")
            {
                read.Add(CustomTools.Read(tool, lost));
                continue;
            }

            // The chat dialect's nested form is a common slip, and says the same.
            var function = tool["name"].IsNull && tool["function"].IsObject ? tool["function"] : tool;
            var parameters = function["parameters"];
            if (!parameters.IsNull && parameters.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.True))
            {
                throw parameters.Wrong("a JSON schema");
            }

            read.Add(new(
                function["name"].Text(), function["description"].TextOrNull(), parameters.IsObject ? parameters.Value : null,
                function["strict"].FlagOrNull()));
        }

        return read;
    }

    private static ToolChoice? Choice(Field choice, List<string> lost)
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
                "required" => ToolChoiceKind.Required,
                _ => throw choice.Wrong("'auto', 'none', 'required' or an object that names a tool"),
            });
        }

        switch (choice["type"].TextOrNull())
        {
            case "function" or "custom":
                return new(ToolChoiceKind.Function, (choice["name"].IsNull ? choice["function"]["name"] : choice["name"]).Text());
            case "allowed_tools":
                var tools = choice["tools"];
                if (!tools.IsArray)
                {
                    throw tools.Wrong("a list of tools");
                }

                return new(choice["mode"].TextOrNull() == "required" ? ToolChoiceKind.Required : ToolChoiceKind.Auto)
                {
                    AllowedFunctions = [.. tools.Items().Where(tool => tool["type"].TextOrNull() is "function" or "custom").Select(tool => tool["name"].Text())],
                };
            case not null:
                lost.Add("tool_choice");
                return null;
            default:
                throw choice.Wrong("'auto', 'none', 'required' or an object that names a tool");
        }
    }

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

        return format["type"].Text() switch
        {
            "text" => new(ResponseFormatKind.Text),
            "json_object" => new(ResponseFormatKind.JsonObject),
            "json_schema" => new(
                ResponseFormatKind.JsonSchema, format["name"].TextOrNull(),
                format["schema"].IsObject ? format["schema"].Value : throw format["schema"].Wrong("a JSON schema"),
                format["strict"].FlagOrNull(), format["description"].TextOrNull()),
            _ => throw format["type"].Wrong("'text', 'json_object' or 'json_schema'"),
        };
    }

    private static ReasoningSettings? Reasoning(Field reasoning, List<string> lost)
    {
        if (!reasoning.IsNull && !reasoning.IsObject)
        {
            throw reasoning.Wrong("an object");
        }

        var effort = reasoning["effort"].TextOrNull();
        if (effort is not (null or "none" or "minimal" or "low" or "medium" or "high" or "xhigh" or "max"))
        {
            throw reasoning["effort"].Wrong("'none', 'minimal', 'low', 'medium', 'high' or 'xhigh'");
        }

        // Thinking is shown as far as the provider shows it, which is what "auto" asks for.
        foreach (var (name, usual) in (ReadOnlySpan<(string, string)>)[("summary", "auto"), ("generate_summary", "auto"), ("context", "auto"), ("mode", "standard")])
        {
            if (reasoning[name].TextOrNull() is { } word && word != usual)
            {
                lost.Add(reasoning[name].Path);
            }
        }

        var budget = reasoning["max_tokens"].CountOrNull(0);
        return effort is null && budget is null ? null : new(effort, budget);
    }

    /// <summary>The fields that the chat dialect has too, under its names; the rest is reported.</summary>
    private static Dictionary<string, JsonElement> Extensions(Field request, List<string> lost)
    {
        var extensions = new Dictionary<string, JsonElement>();
        foreach (var (name, value) in OpenAiChatRequestReader.Others(request.Value, Known))
        {
            if (OnlyHere.Contains(name))
            {
                lost.Add(name);
            }
            else
            {
                extensions[name] = value;
            }
        }

        if (request["text"]["verbosity"].ElementOrNull() is { } verbosity)
        {
            extensions["verbosity"] = verbosity;
        }

        ReadIncludes(request, extensions, lost);
        if (request["truncation"].TextOrNull() is not (null or "disabled"))
        {
            lost.Add("truncation");
        }

        return extensions;
    }

    private static void ReadIncludes(Field request, Dictionary<string, JsonElement> extensions, List<string> lost)
    {
        var include = request["include"];
        if (!include.IsNull && !include.IsArray)
        {
            throw include.Wrong("a list of strings");
        }

        var wantsLogprobs = request["top_logprobs"].CountOrNull(0) > 0;
        foreach (var one in include.IsArray ? include.Items() : [])
        {
            switch (one.Text())
            {
                case "message.output_text.logprobs":
                    wantsLogprobs = true;
                    break;
                case "reasoning.encrypted_content":
                    break;      // always there where an upstream gives some
                default:
                    lost.Add(one.Path);
                    break;
            }
        }

        if (wantsLogprobs)
        {
            extensions["logprobs"] = JsonElement.Parse("true"u8);
            if (request["top_logprobs"].ElementOrNull() is { } top)
            {
                extensions["top_logprobs"] = top;
            }
        }
    }
}
