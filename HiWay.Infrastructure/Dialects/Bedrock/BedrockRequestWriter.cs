using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.AnthropicMessages;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>
/// Writes the body of Converse from the inner form. One instance per body. What Converse has no field for but a model takes goes into
/// <c>additionalModelRequestFields</c>, in that model's own words.
/// </summary>
internal sealed class BedrockRequestWriter
{
    private const string AdditionalFields = "additionalModelRequestFields";

    /// <summary>For models whose limit is not known.</summary>
    private const int DefaultMaxTokens = 4096;

    private const string ResponseFieldPaths = "additionalModelResponseFieldPaths";

    /// <summary>Converse's own members, which clients may set in another dialect's body.</summary>
    private static readonly HashSet<string> Own = ["guardrailConfig", "performanceConfig", "requestMetadata", "promptVariables", ResponseFieldPaths];

    private readonly ChatRequest _request;
    private readonly Deployment _deployment;
    private readonly BedrockModel _model;
    private readonly ICollection<string> _dropped;
    private readonly Utf8JsonWriter _json;
    private readonly BedrockTools _tools;
    private readonly AnthropicThinking _thinking;
    private readonly int _maxTokens;
    private readonly bool _jsonTool;
    private bool _additional;

    private BedrockRequestWriter(ChatRequest request, Deployment deployment, Utf8JsonWriter json, ICollection<string> dropped)
    {
        (_request, _deployment, _json, _dropped) = (request, deployment, json, dropped);
        _model = BedrockModel.Of(deployment.Model.UpstreamModel);
        _tools = new(json, request, _model, dropped);
        _maxTokens = Math.Min(
            request.MaxOutputTokens ?? deployment.Model.MaxOutputTokens ?? DefaultMaxTokens,
            deployment.Model.MaxOutputTokens ?? int.MaxValue);
        _thinking = _model.IsClaude ? AnthropicThinking.Decide(request, _model.Claude, _maxTokens, dropped) : default;
        _jsonTool = Schema is not null && !_model.HasStructuredOutput && (_model.IsClaude || _model.IsNova) && request.Tools.Count == 0 && !_thinking.Thinks;
    }

    private JsonElement? Schema => _request.ResponseFormat is { Kind: ResponseFormatKind.JsonSchema } format ? format.Schema : null;

    public static void Write(ChatRequest request, Deployment deployment, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        MessageExtras.Drop(request, dropped);
        MessageExtras.DropNames(request, dropped);
        MessageExtras.DropDetails(request, dropped);
        using var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        new BedrockRequestWriter(request, deployment, json, dropped).Write();
    }

    private void Write()
    {
        _json.WriteStartObject();
        new BedrockConversation(_json, _model, _dropped, endsWithUser: _model.Claude.RefusesPrefill || _thinking.Thinks).Write(_request.Messages, SystemNote());
        WriteInference();
        _tools.Write(_jsonTool);
        WriteOutputConfig();
        WriteAdditionalFields();
        WriteTier();
        WriteOthers();
        _json.WriteEndObject();
        _json.Flush();
    }

    /// <summary>What is said in the system prompt where there is no field for it.</summary>
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

    private void WriteInference()
    {
        var (temperature, topP) = Sampling();
        var stops = _request.StopSequences.Where(stop => !string.IsNullOrWhiteSpace(stop)).ToList();
        if (stops.Count < _request.StopSequences.Count)
        {
            _dropped.Add("stop");
        }

        // Only a budget for thinking needs a limit that the caller has not set.
        var maxTokens = _request.MaxOutputTokens is not null || _thinking.BudgetTokens > 0 ? _maxTokens : (int?)null;
        if (maxTokens is null && temperature is null && topP is null && stops.Count == 0)
        {
            return;
        }

        _json.WriteStartObject("inferenceConfig");
        WriteNumber("maxTokens", maxTokens);
        WriteNumber("temperature", temperature);
        WriteNumber("topP", topP);
        if (stops.Count > 0)
        {
            _json.WriteStartArray("stopSequences");
            stops.ForEach(_json.WriteStringValue);
            _json.WriteEndArray();
        }

        _json.WriteEndObject();
    }

    private (double? Temperature, double? TopP) Sampling()
    {
        var (temperature, topP) = (_request.Temperature, _request.TopP);
        if (_model.IsClaude && (_model.Claude.RefusesSampling || AnthropicModel.RefusesSamplingByCatalogue(_deployment.Model)))
        {
            Drop(temperature, "temperature");
            Drop(topP, "top_p");
            return default;
        }

        if (_thinking.Thinks)
        {
            // Beside thinking only top_p from 0.95 on is allowed.
            Drop(temperature is 1 ? null : temperature, "temperature");
            Drop(topP is >= 0.95 and <= 1 ? null : topP, "top_p");
            return (null, topP is >= 0.95 and <= 1 ? topP : null);
        }

        if (temperature is < 0 or > 1)
        {
            _dropped.Add("temperature");
            temperature = Math.Clamp(temperature.Value, 0, 1);   // OpenAI's scale goes to 2, this one to 1
        }

        if (topP is not null && temperature is not null && _model is { IsClaude: true, Claude.TakesOneOfTemperatureAndTopP: true })
        {
            Drop(topP is 1 ? null : topP, "top_p");
            topP = null;
        }

        return (temperature, topP);
    }

    private void WriteOutputConfig()
    {
        var schema = _model.HasStructuredOutput ? Schema : null;
        if (schema is null && _thinking.Effort is null)
        {
            return;
        }

        _json.WriteStartObject("outputConfig");
        if (schema is { } wanted)
        {
            _json.WriteStartObject("textFormat");
            _json.WriteString("type", "json_schema");
            _json.WriteStartObject("structure");
            _json.WriteStartObject("jsonSchema");
            _json.WriteString("schema", new SchemaCompiler(SchemaRules.AnthropicStrict, _dropped).Compile(wanted, "response_format.json_schema.schema").ToJsonString());
            _json.WriteString("name", _request.ResponseFormat!.Name ?? "answer");
            if (_request.ResponseFormat.Description is { } description)
            {
                _json.WriteString("description", description);
            }

            _json.WriteEndObject();
            _json.WriteEndObject();
            _json.WriteEndObject();
        }

        if (_thinking.Effort is { } effort)
        {
            _json.WriteString("effort", effort);
        }

        _json.WriteEndObject();
    }

    private void WriteAdditionalFields()
    {
        if (_request.Extensions.TryGetValue(AdditionalFields, out var own) && own.ValueKind is JsonValueKind.Object)
        {
            foreach (var member in own.EnumerateObject())
            {
                member.WriteTo(Additional());
            }
        }

        WriteTopK();
        if (_tools.ClaudeChooses && !_jsonTool)
        {
            Additional();
            _tools.WriteClaudesChoice();
        }

        if (_model.IsClaude)
        {
            WriteClaudesThinking();
        }
        else
        {
            WriteOthersThinking();
        }

        if (_additional)
        {
            _json.WriteEndObject();
        }
    }

    private void WriteTopK()
    {
        if (_request.TopK is not { } topK)
        {
            return;
        }

        if (_model is { IsClaude: true, Claude.RefusesSampling: false } && !_thinking.Thinks)
        {
            Additional().WriteNumber("top_k", topK);
        }
        else if (_model.IsNova)
        {
            Additional().WriteStartObject("inferenceConfig");
            _json.WriteNumber("topK", topK);
            _json.WriteEndObject();
        }
        else
        {
            _dropped.Add("top_k");
        }
    }

    private void WriteClaudesThinking()
    {
        if (_thinking is { Thinks: false, Off: false })
        {
            return;
        }

        Additional().WriteStartObject("thinking");
        _json.WriteString("type", _thinking.Off ? "disabled" : _thinking.Effort is not null ? "adaptive" : "enabled");
        if (_thinking.BudgetTokens > 0)
        {
            _json.WriteNumber("budget_tokens", _thinking.BudgetTokens);
        }

        _json.WriteEndObject();
    }

    private void WriteOthersThinking()
    {
        if (_request.Reasoning is not { } reasoning)
        {
            return;
        }

        var off = reasoning.Effort == "none" || reasoning is { BudgetTokens: 0 };
        var effort = reasoning.Effort switch
        {
            "minimal" or "low" => "low",
            "medium" => "medium",
            null => reasoning.BudgetTokens switch { <= 2048 => "low", <= 10_000 => "medium", _ => "high" },
            _ => "high",
        };
        if (_model.IsNova2)
        {
            Additional().WriteStartObject("reasoningConfig");
            _json.WriteString("type", off ? "disabled" : "enabled");
            if (!off)
            {
                _json.WriteString("maxReasoningEffort", effort);
            }

            _json.WriteEndObject();
        }
        else if (_model.IsGptOss)
        {
            if (off)
            {
                _dropped.Add("reasoning_effort");   // it can be lowered but not stopped
            }

            Additional().WriteString("reasoning_effort", off ? "low" : effort);
        }
        else if (!off)
        {
            _dropped.Add("reasoning_effort");
        }
    }

    private void WriteTier()
    {
        if (!_request.Extensions.TryGetValue("service_tier", out var tier) || tier.ValueKind is not JsonValueKind.String)
        {
            return;
        }

        var type = tier.GetString() switch
        {
            "priority" or "fast" => "priority",
            "flex" => "flex",
            "reserved" => "reserved",
            "default" or "standard_only" => "default",
            _ => null,
        };
        if (type is not null)
        {
            _json.WriteStartObject("serviceTier");
            _json.WriteString("type", type);
            _json.WriteEndObject();
        }
        else if (!tier.ValueEquals("auto"u8))
        {
            _dropped.Add("service_tier");
        }
    }

    private void WriteOthers()
    {
        // Converse says that a sequence stopped the answer, and Claude which one, to those who ask for the field.
        if (_model.IsClaude && _request.StopSequences.Count > 0 && !_request.Extensions.ContainsKey(ResponseFieldPaths))
        {
            _json.WriteStartArray(ResponseFieldPaths);
            _json.WriteStringValue("/stop_sequence");
            _json.WriteEndArray();
        }

        Drop(_request.FrequencyPenalty is 0 ? null : _request.FrequencyPenalty, "frequency_penalty");
        Drop(_request.PresencePenalty is 0 ? null : _request.PresencePenalty, "presence_penalty");
        Drop(_request.Seed, "seed");
        Drop(_request.Choices > 1 ? _request.Choices : null, "n");
        foreach (var (name, value) in _request.Extensions)
        {
            if (Own.Contains(name))
            {
                _json.WritePropertyName(name);
                value.WriteTo(_json);
            }
            else if (name is not ("service_tier" or AdditionalFields))
            {
                OtherFields.Drop(name, value, _dropped);
            }
        }
    }

    /// <summary>Opens the object of model-specific fields before its first member.</summary>
    private Utf8JsonWriter Additional()
    {
        if (!_additional)
        {
            _additional = true;
            _json.WriteStartObject(AdditionalFields);
        }

        return _json;
    }

    private void WriteNumber(string name, double? value)
    {
        if (value is { } number)
        {
            _json.WriteNumber(name, number);
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
