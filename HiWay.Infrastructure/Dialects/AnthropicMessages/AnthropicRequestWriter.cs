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

    private readonly ChatRequest _request;
    private readonly Deployment _deployment;
    private readonly AnthropicModel _model;
    private readonly ICollection<string> _dropped;
    private readonly Utf8JsonWriter _json;
    private readonly int _maxTokens;
    private readonly bool _jsonTool;
    private readonly AnthropicThinking _thinking;
    private readonly bool _markPrefix;
    private readonly WebSearches? _search;

    private AnthropicRequestWriter(ChatRequest request, Deployment deployment, Utf8JsonWriter json, ICollection<string> dropped)
    {
        (_request, _deployment, _json, _dropped) = (request, deployment, json, dropped);
        _model = AnthropicModel.Of(deployment.Model.UpstreamModel);
        _search = WebSearches.For(request, deployment, ChatDialects.AnthropicMessages);
        _maxTokens = Math.Min(
            request.MaxOutputTokens ?? deployment.Model.MaxOutputTokens ?? DefaultMaxTokens,
            deployment.Model.MaxOutputTokens ?? int.MaxValue);
        _thinking = AnthropicThinking.Decide(request, _model, _maxTokens, dropped);
        _jsonTool = request.ResponseFormat is { Kind: ResponseFormatKind.JsonSchema, Schema: not null }
            && !_model.HasStructuredOutput && request.Tools.Count == 0 && !_thinking.Thinks;
        _markPrefix = request.PromptCaching && AnthropicPromptCache.WantsMarks(request, deployment.Model.UpstreamModel);
    }

    public static void Write(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        MessageExtras.Drop(request, dropped);
        MessageExtras.DropNames(request, dropped);
        MessageExtras.DropDetails(request, dropped);
        new AnthropicRequestWriter(request, deployment, json, dropped).Write(stream);
    }

    /// <summary>Models of 4.6 and later, thinking, forced tools and answers in a schema do not go together with an assistant's turn at the end.</summary>
    public static bool TakesPrefill(ChatRequest request, Deployment deployment)
    {
        var model = AnthropicModel.Of(deployment.Model.UpstreamModel);
        return !model.RefusesPrefill && request.Reasoning is null && request.ResponseFormat is null or { Kind: ResponseFormatKind.Text }
            && request.ToolChoice is null or { Kind: ToolChoiceKind.Auto or ToolChoiceKind.None };
    }

    private void Write(bool stream)
    {
        _json.WriteStartObject();
        _json.WriteString("model", _deployment.Model.UpstreamModel);
        _json.WriteNumber("max_tokens", _maxTokens);
        new AnthropicConversation(_json, _dropped, endsWithUser: _model.RefusesPrefill || _thinking.Thinks).Write(_request.Messages, SystemNote(), _markPrefix);
        new AnthropicTools(_json, _request, _model, _dropped, _markPrefix, _search).Write(_jsonTool);
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

    private void WriteSampling()
    {
        if (_model.RefusesSampling || AnthropicModel.RefusesSamplingByCatalogue(_deployment.Model))
        {
            Drop(_request.Temperature, "temperature");
            Drop(_request.TopP, "top_p");
            Drop(_request.TopK, "top_k");
        }
        else if (_thinking.Thinks)
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
        if (_thinking.Effort is not null || schema is not null)
        {
            _json.WriteStartObject("output_config");
            if (_thinking.Effort is not null)
            {
                _json.WriteString("effort", _thinking.Effort);
            }

            if (schema is not null)
            {
                _json.WriteStartObject("format");
                _json.WriteString("type", "json_schema");
                _json.WritePropertyName("schema");
                var compiled = new SchemaCompiler(SchemaRules.AnthropicStrict, _dropped).Compile(schema.Value, "response_format.json_schema.schema");
                if (_request.ResponseFormat!.Description is { } description)
                {
                    compiled["description"] ??= description;    // the format has no field of its own for it
                }

                compiled.WriteTo(_json);
                _json.WriteEndObject();
            }

            _json.WriteEndObject();
        }

        if (_thinking.Effort is not null)
        {
            WriteThinkingType("adaptive");
        }
        else if (_thinking.BudgetTokens > 0)
        {
            _json.WriteStartObject("thinking");
            _json.WriteString("type", "enabled");
            _json.WriteNumber("budget_tokens", _thinking.BudgetTokens);
            _json.WriteEndObject();
        }
        else if (_thinking.Off)
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

    private void ReportOthers()
    {
        Drop(_request.FrequencyPenalty is 0 ? null : _request.FrequencyPenalty, "frequency_penalty");
        Drop(_request.PresencePenalty is 0 ? null : _request.PresencePenalty, "presence_penalty");
        Drop(_request.Seed, "seed");
        Drop(_request.Choices > 1 ? _request.Choices : null, "n");
        foreach (var (name, value) in _request.Extensions)
        {
            if (name is not ("service_tier" or "safety_identifier") && name != _search?.Path)
            {
                OtherFields.Drop(name, value, _dropped);
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
