using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>Writes the body of <c>generateContent</c> from the inner form. One instance per body.</summary>
internal sealed class GeminiRequestWriter
{
    private const int MaxStopSequences = 5;

    private readonly ChatRequest _request;
    private readonly string _modelName;
    private readonly GeminiModel _model;
    private readonly ICollection<string> _dropped;
    private readonly Utf8JsonWriter _json;
    private readonly WebSearches? _search;

    private GeminiRequestWriter(ChatRequest request, Deployment deployment, Utf8JsonWriter json, ICollection<string> dropped)
    {
        (_request, _json, _dropped) = (request, json, dropped);
        _modelName = deployment.Model.UpstreamModel;
        _model = GeminiModel.Of(_modelName);

        // Beside functions the API refuses its search.
        _search = request.Tools.Any(tool => tool.BuiltIn is null) ? null : WebSearches.For(request, deployment, "gemini");
    }

    public static void Write(ChatRequest request, Deployment deployment, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        CacheMarks.Drop(request, dropped);
        MessageExtras.Drop(request, dropped);
        MessageExtras.DropNames(request, dropped);
        MessageExtras.DropDetails(request, dropped);
        new GeminiRequestWriter(request, deployment, json, dropped).Write();
    }

    private bool WantsSchema => _request.ResponseFormat?.Kind is ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema;

    private bool SchemaAsNote => WantsSchema && _request.Tools.Count > 0 && !_model.TakesToolsWithSchema;

    private void Write()
    {
        _json.WriteStartObject();
        new GeminiConversation(_json, _model, _dropped).Write(_request.Messages, SystemNote());
        new GeminiTools(_request, _model, _search, _json, _dropped).Write();
        WriteGenerationConfig();
        _json.WriteEndObject();
        _json.Flush();
        ReportOthers();
    }

    /// <summary>Before Gemini 3 a response format beside tools is refused; the words of the system prompt take its place.</summary>
    private string? SystemNote()
    {
        if (!SchemaAsNote)
        {
            return null;
        }

        _dropped.Add("response_format");
        return _request.ResponseFormat!.Schema is { } schema
            ? $"When you answer without calling a function, answer with one valid JSON value that follows this JSON schema and nothing else: {schema.GetRawText()}"
            : "When you answer without calling a function, answer with one valid JSON object and nothing else.";
    }

    private void WriteGenerationConfig()
    {
        _json.WriteStartObject("generationConfig");
        WriteNumber("temperature", _request.Temperature);
        WriteNumber("topP", _request.TopP);
        WriteNumber("topK", _request.TopK);
        WriteNumber("maxOutputTokens", _request.MaxOutputTokens);
        WriteNumber("candidateCount", _request.Choices > 1 ? _request.Choices : null);
        if (_request.Seed is >= int.MinValue and <= int.MaxValue)
        {
            WriteNumber("seed", _request.Seed);
        }
        else if (_request.Seed is not null)
        {
            _dropped.Add("seed");
        }

        WritePenalty("frequencyPenalty", "frequency_penalty", _request.FrequencyPenalty);
        WritePenalty("presencePenalty", "presence_penalty", _request.PresencePenalty);
        WriteStopSequences();
        WriteLogprobs();
        WriteResponseFormat();
        WriteModalities();
        new GeminiThinking(_model, _modelName, _json, _dropped).Write(_request.Reasoning);
        _json.WriteEndObject();
    }

    private void WritePenalty(string name, string path, double? penalty)
    {
        if (_model.TakesPenalties)
        {
            WriteNumber(name, penalty);
        }
        else if (penalty is not (null or 0))
        {
            _dropped.Add(path);
        }
    }

    private void WriteStopSequences()
    {
        var usable = _request.StopSequences.Where(stop => stop.Length > 0).Take(MaxStopSequences).ToList();
        if (usable.Count < _request.StopSequences.Count)
        {
            _dropped.Add("stop");
        }

        if (usable.Count > 0)
        {
            _json.WriteStartArray("stopSequences");
            usable.ForEach(_json.WriteStringValue);
            _json.WriteEndArray();
        }
    }

    private bool WantsLogprobs =>
        _model.TakesLogprobs && _request.Extensions.TryGetValue("logprobs", out var wanted) && wanted.ValueKind is JsonValueKind.True;

    private void WriteLogprobs()
    {
        if (!WantsLogprobs)
        {
            return;
        }

        _json.WriteBoolean("responseLogprobs", true);
        if (_request.Extensions.TryGetValue("top_logprobs", out var top) && top.ValueKind is JsonValueKind.Number && top.TryGetInt32(out var count))
        {
            _json.WriteNumber("logprobs", count);   // how many of the likeliest stand beside each chosen token, 0 to 20 in both dialects
        }
    }

    private void WriteResponseFormat()
    {
        if (!WantsSchema || SchemaAsNote)
        {
            return;
        }

        _json.WriteString("responseMimeType", "application/json");
        if (_request.ResponseFormat is { Kind: ResponseFormatKind.JsonSchema, Schema: { } schema })
        {
            // Name and description of the format have no field of their own here.
            var compiled = _model.Compile(schema, "response_format.json_schema.schema", _dropped);
            if (_request.ResponseFormat.Name is { } name)
            {
                compiled["title"] ??= name;
            }

            if (_request.ResponseFormat.Description is { } description)
            {
                compiled["description"] ??= description;
            }

            _json.WritePropertyName(_model.TakesJsonSchema ? "responseJsonSchema" : "responseSchema");
            compiled.WriteTo(_json);
        }
    }

    /// <summary>What clients of picture-making chat models ask for: <c>"modalities": ["text", "image"]</c>.</summary>
    private void WriteModalities()
    {
        if (!_request.Extensions.TryGetValue("modalities", out var modalities) || modalities.ValueKind is not JsonValueKind.Array)
        {
            return;
        }

        var words = modalities.EnumerateArray().Where(word => word.ValueKind is JsonValueKind.String).Select(word => word.GetString()).ToList();
        if (words.Contains("audio"))
        {
            _dropped.Add("modalities");
        }

        if (words.Contains("image"))
        {
            _json.WriteStartArray("responseModalities");
            _json.WriteStringValue("TEXT");
            _json.WriteStringValue("IMAGE");
            _json.WriteEndArray();
        }
    }

    private void WriteNumber(string name, double? value)
    {
        if (value is { } number)
        {
            _json.WriteNumber(name, number);
        }
    }

    private void ReportOthers()
    {
        if (_request.ToolChoice is not null && _request.Tools.Count == 0 && _request.ToolChoice.Kind is not (ToolChoiceKind.Auto or ToolChoiceKind.None))
        {
            _dropped.Add("tool_choice");
        }

        foreach (var (name, value) in _request.Extensions)
        {
            if (name != _search?.Path && name != "modalities" && !(name is "logprobs" or "top_logprobs" && WantsLogprobs))
            {
                OtherFields.Drop(name, value, _dropped);
            }
        }
    }
}
