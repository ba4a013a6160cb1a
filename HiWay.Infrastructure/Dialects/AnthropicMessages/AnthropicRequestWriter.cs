using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>Writes the body of <c>POST /v1/messages</c> from the inner form. One instance per body.</summary>
internal sealed class AnthropicRequestWriter
{
    /// <summary>
    /// A tool of this name is how models without structured output are made to answer in a schema; the readers turn its
    /// input back into the text of the answer.
    /// </summary>
    public const string JsonAnswerTool = "hiway_json_answer";

    /// <summary>For models whose limit is not known; every model of this API can produce as much.</summary>
    private const int DefaultMaxTokens = 4096;

    private const int MinBudgetTokens = 1024;

    /// <summary>Fields of OpenAI's body that steer nothing here but also change nothing when they are left out.</summary>
    private static readonly HashSet<string> Harmless = ["store", "metadata", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "verbosity"];

    private readonly ChatRequest _request;
    private readonly Deployment _deployment;
    private readonly AnthropicModel _model;
    private readonly ICollection<string> _dropped;
    private readonly Utf8JsonWriter _json;
    private readonly int _maxTokens;
    private readonly bool _jsonTool;
    private string? _effort;
    private int _budgetTokens;
    private bool _thinkingOff;

    private AnthropicRequestWriter(ChatRequest request, Deployment deployment, Utf8JsonWriter json, ICollection<string> dropped)
    {
        (_request, _deployment, _json, _dropped) = (request, deployment, json, dropped);
        _model = AnthropicModel.Of(deployment.Model.UpstreamModel);
        _maxTokens = Math.Min(
            request.MaxOutputTokens ?? deployment.Model.MaxOutputTokens ?? DefaultMaxTokens,
            deployment.Model.MaxOutputTokens ?? int.MaxValue);
        DecideThinking();
        _jsonTool = request.ResponseFormat is { Kind: ResponseFormatKind.JsonSchema, Schema: not null }
            && !_model.HasStructuredOutput && request.Tools.Count == 0 && !Thinks;
    }

    private bool Thinks => _effort is not null || _budgetTokens > 0;

    public static void Write(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        new AnthropicRequestWriter(request, deployment, json, dropped).Write(stream);
    }

    private void Write(bool stream)
    {
        _json.WriteStartObject();
        _json.WriteString("model", _deployment.Model.UpstreamModel);
        _json.WriteNumber("max_tokens", _maxTokens);
        new AnthropicConversation(_json, _dropped, endsWithUser: _model.RefusesPrefill || Thinks).Write(_request.Messages, SystemNote());
        WriteTools();
        WriteSampling();
        WriteThinking();
        WriteEndUserAndTier();
        if (stream)
        {
            _json.WriteBoolean("stream", true);
        }

        _json.WriteEndObject();
        _json.Flush();
        ReportOthers();
    }

    /// <summary>
    /// Turns OpenAI's effort or a stated budget into what this generation takes. Thinking gives way where the API forbids it: beside
    /// a forced tool, below the least budget, and in a tool loop whose thinking was not sent back.
    /// </summary>
    private void DecideThinking()
    {
        if (_request.Reasoning is not { } reasoning)
        {
            return;
        }

        if (reasoning.Effort == "none" || reasoning is { BudgetTokens: 0 })
        {
            _thinkingOff = true;
            return;
        }

        if (_request.ToolChoice?.Kind is ToolChoiceKind.Required or ToolChoiceKind.Function)
        {
            _dropped.Add("reasoning_effort");
            return;
        }

        if (_model.Adaptive)
        {
            _effort = reasoning.Effort switch
            {
                "minimal" => "low",
                "xhigh" => _model.HasExtraHigh ? "xhigh" : "max",
                null => EffortOf(reasoning.BudgetTokens ?? 0),
                { } effort => effort,
            };
            return;
        }

        // The answer needs room of its own inside max_tokens.
        var budget = Math.Min(reasoning.BudgetTokens ?? BudgetOf(reasoning.Effort), _maxTokens - Math.Max(256, _maxTokens / 5));
        if (budget < MinBudgetTokens && _maxTokens > MinBudgetTokens)
        {
            budget = MinBudgetTokens;
        }

        if (budget < MinBudgetTokens || IsToolLoopWithoutThinking())
        {
            _dropped.Add("reasoning_effort");
            return;
        }

        _budgetTokens = budget;
    }

    /// <summary>The budgets that Google documents for the same words; there is no better common measure.</summary>
    private static int BudgetOf(string? effort) => effort switch
    {
        "minimal" or "low" => 1024,
        "medium" => 8192,
        "high" => 24_576,
        _ => 32_768,
    };

    private static string EffortOf(int budgetTokens) => budgetTokens switch
    {
        <= 2048 => "low",
        <= 10_000 => "medium",
        _ => "high",
    };

    /// <summary>While results of tools are being handed in, the turn that called them must begin with its signed thinking.</summary>
    private bool IsToolLoopWithoutThinking()
    {
        for (var i = _request.Messages.Count - 1; i >= 0; i--)
        {
            var message = _request.Messages[i];
            if (message.Role is ChatRole.User)
            {
                return false;
            }

            if (message.Role is ChatRole.Assistant)
            {
                return message.Parts.Any(part => part is ToolCallPart)
                    && !message.Parts.Any(part => part is ReasoningPart reasoning && AnthropicConversation.IsOwn(reasoning));
            }
        }

        return false;
    }

    /// <summary>What is said in the system prompt where the API has no field for it.</summary>
    private string? SystemNote()
    {
        switch (_request.ResponseFormat)
        {
            case { Kind: ResponseFormatKind.JsonObject }:
                _dropped.Add("response_format");
                return "Answer with one valid JSON object and nothing else: no words around it, no code fence.";
            case { Kind: ResponseFormatKind.JsonSchema, Schema: { } schema } when !_model.HasStructuredOutput && !_jsonTool:
                _dropped.Add("response_format");
                return $"Answer with one valid JSON value that follows this JSON schema and nothing else, no code fence: {schema.GetRawText()}";
            default:
                return null;
        }
    }

    private void WriteTools()
    {
        if (_jsonTool)
        {
            WriteJsonAnswerTool();
            return;
        }

        if (_request.Tools.Count == 0)
        {
            WriteToolsOfHistory();
            return;
        }

        var allowed = _request.ToolChoice?.AllowedFunctions ?? [];
        var written = 0;
        _json.WriteStartArray("tools");
        for (var i = 0; i < _request.Tools.Count; i++)
        {
            var tool = _request.Tools[i];
            if (tool.BuiltIn is { } builtIn)
            {
                written += WriteBuiltIn(builtIn, i) ? 1 : 0;
            }
            else if (allowed.Count == 0 || allowed.Contains(tool.Name))
            {
                WriteTool(tool, i);
                written++;
            }
        }

        _json.WriteEndArray();
        if (written > 0)
        {
            WriteToolChoice();
        }
    }

    private void WriteTool(ToolDefinition tool, int index)
    {
        _json.WriteStartObject();
        _json.WriteString("name", tool.Name);
        if (tool.Description is { } description)
        {
            _json.WriteString("description", description);
        }

        var path = $"tools[{index}].function.parameters";
        _json.WritePropertyName("input_schema");
        var strict = tool.Strict == true && _model.HasStructuredOutput;
        if (tool.Parameters is not { } parameters)
        {
            _json.WriteRawValue("""{"type":"object","properties":{}}""");
        }
        else if (strict)
        {
            new SchemaCompiler(SchemaRules.AnthropicStrict, _dropped).Compile(parameters, path).WriteTo(_json);
        }
        else
        {
            WriteObjectSchema(parameters);
        }

        if (strict)
        {
            _json.WriteBoolean("strict", true);
        }

        WriteCacheControl(tool.CacheControl);
        _json.WriteEndObject();
    }

    /// <summary>A tool's schema goes out as it is, but the API insists on an object at its top.</summary>
    private void WriteObjectSchema(JsonElement schema)
    {
        if (schema.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String && type.ValueEquals("object"u8))
        {
            schema.WriteTo(_json);
            return;
        }

        _json.WriteStartObject();
        _json.WriteString("type", "object");
        foreach (var member in schema.EnumerateObject())
        {
            if (!member.NameEquals("type"))
            {
                member.WriteTo(_json);
            }
        }

        _json.WriteEndObject();
    }

    /// <summary>Tools that Anthropic runs carry a date in their type (<c>web_search_20250305</c>); those of others mean nothing here.</summary>
    private bool WriteBuiltIn(JsonElement tool, int index)
    {
        var type = tool.TryGetProperty("type", out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : "";
        if (type.Length > 9 && type[^9] == '_' && type.AsSpan(type.Length - 8).IndexOfAnyExceptInRange('0', '9') < 0)
        {
            tool.WriteTo(_json);
            return true;
        }

        _dropped.Add($"tools[{index}]");
        return false;
    }

    /// <summary>Earlier calls may only be sent along with their tools; the caller has stopped offering them, so they must not be called again.</summary>
    private void WriteToolsOfHistory()
    {
        var names = _request.Messages.SelectMany(message => message.Parts).OfType<ToolCallPart>().Select(call => call.Name).Distinct().ToList();
        if (names.Count == 0)
        {
            return;
        }

        _json.WriteStartArray("tools");
        foreach (var name in names)
        {
            _json.WriteStartObject();
            _json.WriteString("name", name);
            _json.WritePropertyName("input_schema");
            _json.WriteRawValue("""{"type":"object"}""");
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteStartObject("tool_choice");
        _json.WriteString("type", "none");
        _json.WriteEndObject();
    }

    private void WriteJsonAnswerTool()
    {
        var format = _request.ResponseFormat!;
        _json.WriteStartArray("tools");
        _json.WriteStartObject();
        _json.WriteString("name", JsonAnswerTool);
        _json.WriteString("description", format.Description ?? "Give the answer in this form.");
        _json.WritePropertyName("input_schema");
        WriteObjectSchema(format.Schema!.Value);
        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.WriteStartObject("tool_choice");
        _json.WriteString("type", "tool");
        _json.WriteString("name", JsonAnswerTool);
        _json.WriteEndObject();
    }

    private void WriteToolChoice()
    {
        var oneAtATime = _request.ParallelToolCalls == false;
        if (_request.ToolChoice is null && !oneAtATime)
        {
            return;
        }

        var kind = _request.ToolChoice?.Kind ?? ToolChoiceKind.Auto;
        _json.WriteStartObject("tool_choice");
        _json.WriteString("type", kind switch
        {
            ToolChoiceKind.Auto => "auto",
            ToolChoiceKind.None => "none",
            ToolChoiceKind.Required => "any",
            ToolChoiceKind.Function => "tool",
        });
        if (kind is ToolChoiceKind.Function)
        {
            _json.WriteString("name", _request.ToolChoice!.FunctionName);
        }

        if (oneAtATime && kind is not ToolChoiceKind.None)
        {
            _json.WriteBoolean("disable_parallel_tool_use", true);
        }

        _json.WriteEndObject();
    }

    private void WriteSampling()
    {
        if (_model.RefusesSampling || AnthropicModel.RefusesSamplingByCatalogue(_deployment.Model))
        {
            Drop(_request.Temperature, "temperature");
            Drop(_request.TopP, "top_p");
            Drop(_request.TopK, "top_k");
        }
        else if (Thinks)
        {
            // Beside thinking only top_p from 0.95 on is allowed.
            Drop(_request.Temperature is 1 ? null : _request.Temperature, "temperature");
            Drop(_request.TopK, "top_k");
            if (_request.TopP is >= 0.95 and <= 1)
            {
                _json.WriteNumber("top_p", _request.TopP.Value);
            }
            else
            {
                Drop(_request.TopP, "top_p");
            }
        }
        else
        {
            WriteFreeSampling();
        }

        WriteStopSequences();
    }

    private void WriteFreeSampling()
    {
        if (_request.Temperature is { } temperature)
        {
            // OpenAI's scale goes to 2, Anthropic's to 1; the middle of both is the model's own distribution.
            _json.WriteNumber("temperature", Math.Clamp(temperature, 0, 1));
            if (temperature is < 0 or > 1)
            {
                _dropped.Add("temperature");
            }
        }

        if (_request.TopP is { } topP)
        {
            if (_request.Temperature is not null && _model.TakesOneOfTemperatureAndTopP)
            {
                Drop(topP is 1 ? null : topP, "top_p");
            }
            else
            {
                _json.WriteNumber("top_p", topP);
            }
        }

        if (_request.TopK is { } topK)
        {
            _json.WriteNumber("top_k", topK);
        }
    }

    private void WriteStopSequences()
    {
        // Sequences of white space only are refused.
        var usable = _request.StopSequences.Where(stop => !string.IsNullOrWhiteSpace(stop)).ToList();
        if (usable.Count < _request.StopSequences.Count)
        {
            _dropped.Add("stop");
        }

        if (usable.Count > 0)
        {
            _json.WriteStartArray("stop_sequences");
            usable.ForEach(_json.WriteStringValue);
            _json.WriteEndArray();
        }
    }

    private void WriteThinking()
    {
        var schema = _model.HasStructuredOutput && _request.ResponseFormat is { Kind: ResponseFormatKind.JsonSchema } format ? format.Schema : null;
        if (_effort is not null || schema is not null)
        {
            _json.WriteStartObject("output_config");
            if (_effort is not null)
            {
                _json.WriteString("effort", _effort);
            }

            if (schema is not null)
            {
                _json.WriteStartObject("format");
                _json.WriteString("type", "json_schema");
                _json.WritePropertyName("schema");
                new SchemaCompiler(SchemaRules.AnthropicStrict, _dropped).Compile(schema.Value, "response_format.json_schema.schema").WriteTo(_json);
                _json.WriteEndObject();
            }

            _json.WriteEndObject();
        }

        if (_effort is not null)
        {
            WriteThinkingType("adaptive");
        }
        else if (_budgetTokens > 0)
        {
            _json.WriteStartObject("thinking");
            _json.WriteString("type", "enabled");
            _json.WriteNumber("budget_tokens", _budgetTokens);
            _json.WriteEndObject();
        }
        else if (_thinkingOff)
        {
            WriteThinkingType("disabled");
        }
    }

    private void WriteThinkingType(string type)
    {
        _json.WriteStartObject("thinking");
        _json.WriteString("type", type);
        _json.WriteEndObject();
    }

    private void WriteEndUserAndTier()
    {
        var endUser = _request.EndUser
            ?? (_request.Extensions.TryGetValue("safety_identifier", out var id) && id.ValueKind is JsonValueKind.String ? id.GetString() : null);
        if (!string.IsNullOrEmpty(endUser))
        {
            _json.WriteStartObject("metadata");
            _json.WriteString("user_id", endUser);
            _json.WriteEndObject();
        }

        if (_request.Extensions.TryGetValue("service_tier", out var tier) && tier.ValueKind is JsonValueKind.String)
        {
            switch (tier.GetString())
            {
                case "auto":
                    _json.WriteString("service_tier", "auto");
                    break;
                case "default" or "standard_only":
                    _json.WriteString("service_tier", "standard_only");
                    break;
                default:
                    _dropped.Add("service_tier");
                    break;
            }
        }
    }

    private void WriteCacheControl(JsonElement? mark)
    {
        if (mark is { } value)
        {
            _json.WritePropertyName("cache_control");
            value.WriteTo(_json);
        }
    }

    private void ReportOthers()
    {
        Drop(_request.FrequencyPenalty is 0 ? null : _request.FrequencyPenalty, "frequency_penalty");
        Drop(_request.PresencePenalty is 0 ? null : _request.PresencePenalty, "presence_penalty");
        Drop(_request.Seed, "seed");
        Drop(_request.Choices > 1 ? _request.Choices : null, "n");
        foreach (var (name, value) in _request.Extensions)
        {
            if (name != "service_tier" && !Harmless.Contains(name) && value.ValueKind is not JsonValueKind.False)
            {
                _dropped.Add(name);
            }
        }
    }

    private void Drop(object? value, string path)
    {
        if (value is not null)
        {
            _dropped.Add(path);
        }
    }
}
