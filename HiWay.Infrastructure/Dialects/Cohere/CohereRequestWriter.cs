using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.Cohere;

/// <summary>Writes the body of <c>POST /v2/chat</c> from the inner form. One instance per body. Limits are those of docs.cohere.com, "Chat".</summary>
internal sealed class CohereRequestWriter
{
    private const int MaxStopSequences = 5;
    private const int MaxK = 500;
    private const double LeastP = 0.01;
    private const double MostP = 0.99;

    /// <summary>Cohere's own fields, which clients may set in OpenAI's body.</summary>
    private static readonly HashSet<string> Own = ["documents", "citation_options", "safety_mode", "priority"];

    private readonly ChatRequest _request;
    private readonly Deployment _deployment;
    private readonly ICollection<string> _dropped;
    private readonly Utf8JsonWriter _json;

    private CohereRequestWriter(ChatRequest request, Deployment deployment, Utf8JsonWriter json, ICollection<string> dropped) =>
        (_request, _deployment, _json, _dropped) = (request, deployment, json, dropped);

    public static void Write(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        CacheMarks.Drop(request, dropped);
        MessageExtras.Drop(request, dropped);
        MessageExtras.DropNames(request, dropped);
        MessageExtras.DropEncrypted(request, dropped);
        new CohereRequestWriter(request, deployment, json, dropped).Write(stream);
    }

    private bool FormatAsNote =>
        _request.Tools.Count > 0 && _request.ResponseFormat?.Kind is ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema;

    private void Write(bool stream)
    {
        _json.WriteStartObject();
        _json.WriteString("model", _deployment.Model.UpstreamModel);
        _json.WriteBoolean("stream", stream);
        CohereConversation.Write(_json, _request.Messages, FormatNote(), _dropped);
        WriteTools();
        WriteFormat();
        WriteSampling();
        WriteThinking();
        WriteExtensions();
        _json.WriteEndObject();
        _json.Flush();
    }

    /// <summary>A response format beside tools is refused; the words of an instruction take its place.</summary>
    private string? FormatNote()
    {
        if (!FormatAsNote)
        {
            return null;
        }

        _dropped.Add("response_format");
        return _request.ResponseFormat!.Schema is { } schema
            ? $"When you answer without calling a tool, answer with one valid JSON value that follows this JSON schema and nothing else: {schema.GetRawText()}"
            : "When you answer without calling a tool, answer with one valid JSON object and nothing else.";
    }

    private void WriteTools()
    {
        var choice = _request.ToolChoice;
        var only = choice is { Kind: ToolChoiceKind.Function } ? [choice.FunctionName!] : choice?.AllowedFunctions ?? [];
        var written = 0;
        var (allStrict, someStrict) = (true, false);
        for (var i = 0; i < _request.Tools.Count; i++)
        {
            var tool = _request.Tools[i];
            if (tool.BuiltIn is not null)
            {
                _dropped.Add($"tools[{i}]");
            }
            else if (only.Count == 0 || only.Contains(tool.Name))
            {
                if (written++ == 0)
                {
                    _json.WriteStartArray("tools");
                }

                allStrict &= tool.Strict == true;
                someStrict |= tool.Strict == true;
                WriteTool(tool);
            }
        }

        if (written == 0)
        {
            return;
        }

        _json.WriteEndArray();
        if (allStrict)
        {
            _json.WriteBoolean("strict_tools", true);
        }
        else if (someStrict)
        {
            _dropped.Add("tools.strict");   // it is all of them or none
        }

        // A single function is asked for by offering no other.
        if (choice?.Kind is ToolChoiceKind.Required or ToolChoiceKind.Function)
        {
            _json.WriteString("tool_choice", "REQUIRED");
        }
        else if (choice?.Kind is ToolChoiceKind.None)
        {
            _json.WriteString("tool_choice", "NONE");
        }

        if (_request.ParallelToolCalls == false)
        {
            _dropped.Add("parallel_tool_calls");
        }
    }

    private void WriteTool(ToolDefinition tool)
    {
        _json.WriteStartObject();
        _json.WriteString("type", "function");
        _json.WriteStartObject("function");
        _json.WriteString("name", tool.Name);
        if (tool.Description is { } description)
        {
            _json.WriteString("description", description);
        }

        _json.WritePropertyName("parameters");
        if (tool.Parameters is { } parameters)
        {
            parameters.WriteTo(_json);
        }
        else
        {
            _json.WriteRawValue("""{"type":"object","properties":{}}""");
        }

        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private void WriteFormat()
    {
        if (FormatAsNote || _request.ResponseFormat is not { Kind: not ResponseFormatKind.Text } format)
        {
            return;
        }

        _json.WriteStartObject("response_format");
        _json.WriteString("type", "json_object");
        if (format is { Kind: ResponseFormatKind.JsonSchema, Schema: { } schema })
        {
            var compiled = new SchemaCompiler(SchemaRules.Cohere, _dropped).Compile(schema, "response_format.json_schema.schema");
            if (format.Description is { } description)
            {
                compiled["description"] ??= description;    // the format has no field of its own for it
            }

            _json.WritePropertyName("json_schema");
            compiled.WriteTo(_json);
        }

        _json.WriteEndObject();
    }

    private void WriteSampling()
    {
        WriteNumber("max_tokens", _request.MaxOutputTokens);
        WriteNumber("temperature", _request.Temperature);
        if (_request.TopP is { } p and < 1)     // 1 takes all tokens, as the absent field does
        {
            _json.WriteNumber("p", Math.Clamp(p, LeastP, MostP));
        }

        WriteNumber("k", _request.TopK is { } k ? Math.Min(k, MaxK) : null);
        WritePenalty("frequency_penalty", _request.FrequencyPenalty);
        WritePenalty("presence_penalty", _request.PresencePenalty);
        if (_request.Seed is >= 0 and var seed)
        {
            _json.WriteNumber("seed", seed);
        }
        else if (_request.Seed is not null)
        {
            _dropped.Add("seed");
        }

        if (_request.Choices > 1)
        {
            _dropped.Add("n");
        }

        var stops = _request.StopSequences.Where(stop => stop.Length > 0).Take(MaxStopSequences).ToList();
        if (stops.Count < _request.StopSequences.Count)
        {
            _dropped.Add("stop");
        }

        if (stops.Count > 0)
        {
            _json.WriteStartArray("stop_sequences");
            stops.ForEach(_json.WriteStringValue);
            _json.WriteEndArray();
        }
    }

    /// <summary>OpenAI's scale is -2 to 2, Cohere's 0 to 1.</summary>
    private void WritePenalty(string name, double? penalty)
    {
        if (penalty is not { } value)
        {
            return;
        }

        if (value is < 0 or > 1)
        {
            _dropped.Add(name);
        }

        _json.WriteNumber(name, Math.Clamp(value, 0, 1));
    }

    private void WriteThinking()
    {
        if (_request.Reasoning is not { } reasoning)
        {
            return;
        }

        var thinks = _deployment.Model.Can(ModelCapabilities.Reasoning) || _deployment.Model.UpstreamModel.Contains("reasoning", StringComparison.Ordinal);
        var off = reasoning.Effort == "none" || reasoning is { BudgetTokens: 0 };
        if (!thinks)
        {
            if (!off)
            {
                _dropped.Add("reasoning_effort");
            }

            return;
        }

        _json.WriteStartObject("thinking");
        _json.WriteString("type", off ? "disabled" : "enabled");
        var budget = reasoning.BudgetTokens ?? reasoning.Effort switch
        {
            "minimal" or "low" => 1024,
            "medium" => 8192,
            _ => (int?)null,    // as much as the model likes
        };
        if (!off && budget is { } tokens)
        {
            _json.WriteNumber("token_budget", tokens);
        }

        _json.WriteEndObject();
    }

    private void WriteExtensions()
    {
        foreach (var (name, value) in _request.Extensions)
        {
            if (Own.Contains(name))
            {
                _json.WritePropertyName(name);
                value.WriteTo(_json);
            }
            else if (name == "logprobs")
            {
                if (value.ValueKind is JsonValueKind.True)
                {
                    _json.WriteBoolean("logprobs", true);
                }
            }
            else
            {
                OtherFields.Drop(name, value, _dropped);
            }
        }
    }

    private void WriteNumber(string name, double? value)
    {
        if (value is { } number)
        {
            _json.WriteNumber(name, number);
        }
    }
}
