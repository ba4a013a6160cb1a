using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.Ollama;

/// <summary>Writes the body of <c>POST /api/chat</c> from the inner form. One instance per body.</summary>
internal sealed class OllamaRequestWriter
{
    /// <summary>Ollama's own fields, which clients may set in OpenAI's body.</summary>
    private static readonly HashSet<string> Own = ["keep_alive", "logprobs", "top_logprobs"];

    private readonly ChatRequest _request;
    private readonly Deployment _deployment;
    private readonly ICollection<string> _dropped;
    private readonly Utf8JsonWriter _json;
    private readonly Dictionary<string, string> _toolNames = new(StringComparer.Ordinal);

    private OllamaRequestWriter(ChatRequest request, Deployment deployment, Utf8JsonWriter json, ICollection<string> dropped) =>
        (_request, _deployment, _json, _dropped) = (request, deployment, json, dropped);

    public static void Write(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        CacheMarks.Drop(request, dropped);
        MessageExtras.Drop(request, dropped);
        MessageExtras.DropNames(request, dropped);
        MessageExtras.DropDetails(request, dropped);
        MessageExtras.DropEncrypted(request, dropped);
        new OllamaRequestWriter(request, deployment, json, dropped).Write(stream);
    }

    private void Write(bool stream)
    {
        _json.WriteStartObject();
        _json.WriteString("model", _deployment.Model.UpstreamModel);
        _json.WriteBoolean("stream", stream);
        _json.WriteStartArray("messages");
        for (var i = 0; i < _request.Messages.Count; i++)
        {
            WriteMessage(_request.Messages[i], $"messages[{i}]");
        }

        _json.WriteEndArray();
        WriteTools();
        WriteFormat();
        WriteThinking();
        WriteOptions();
        WriteOthers();
        _json.WriteEndObject();
        _json.Flush();
    }

    private void WriteMessage(ChatMessage message, string path)
    {
        var parts = message.Parts;
        _json.WriteStartObject();
        _json.WriteString("role", message.Role switch
        {
            ChatRole.System or ChatRole.Developer => "system",
            ChatRole.User => "user",
            ChatRole.Assistant => "assistant",
            ChatRole.Tool => "tool",
        });
        if (parts is [ToolResultPart result])
        {
            parts = Turns.Told(result);
            if (_toolNames.TryGetValue(result.CallId, out var name))
            {
                _json.WriteString("tool_name", name);
            }
        }

        WriteContent(parts, message.Role is ChatRole.User && message.Name is { Length: > 0 } speaker ? $"{speaker}: " : "", path);
        WriteThoughtsAndCalls(parts);
        _json.WriteEndObject();
    }

    /// <summary>One text and a list of pictures; where in the text a picture stood cannot be said.</summary>
    private void WriteContent(IReadOnlyList<ChatPart> parts, string prefix, string path)
    {
        var texts = new List<string>();
        var images = new List<string>();
        var content = 0;
        foreach (var part in parts)
        {
            if (part is ToolCallPart or ReasoningPart)
            {
                continue;
            }

            var at = $"{path}.content[{content++}]";
            switch (part)
            {
                case TextPart text:
                    texts.Add(text.Text);
                    break;
                case RefusalPart refusal:
                    texts.Add(refusal.Text);
                    break;
                case FilePart file when FileText.Of(file) is { } words:
                    texts.Add(file.FileName is { Length: > 0 } name ? $"{name}:\n{words}" : words);
                    break;
                case ImagePart { Base64: { } bytes }:
                    images.Add(bytes);
                    break;
                default:
                    _dropped.Add(at);
                    break;
            }
        }

        if (texts.Count == 0 && images.Count == 0 && content > 0)
        {
            texts.Add(LeftOut.Words);
        }

        _json.WriteString("content", prefix + string.Join("\n\n", texts));
        if (images.Count > 0)
        {
            _json.WriteStartArray("images");
            images.ForEach(_json.WriteStringValue);
            _json.WriteEndArray();
        }
    }

    private void WriteThoughtsAndCalls(IReadOnlyList<ChatPart> parts)
    {
        var thoughts = string.Concat(parts.OfType<ReasoningPart>().Where(part => part.RedactedData is null).Select(part => part.Text));
        if (thoughts.Length > 0)
        {
            _json.WriteString("thinking", thoughts);
        }

        var calls = parts.OfType<ToolCallPart>().ToList();
        if (calls.Count == 0)
        {
            return;
        }

        _json.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            _toolNames[call.Id] = call.Name;
            _json.WriteStartObject();
            _json.WriteStartObject("function");
            _json.WriteString("name", call.Name);
            _json.WritePropertyName("arguments");
            ToolArguments.WriteObject(_json, call.ArgumentsJson);
            _json.WriteEndObject();
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteTools()
    {
        var allowed = _request.ToolChoice is { Kind: ToolChoiceKind.Function } one ? [one.FunctionName!] : _request.ToolChoice?.AllowedFunctions ?? [];
        if (_request.ToolChoice?.Kind is ToolChoiceKind.None)
        {
            return;
        }

        var written = 0;
        for (var i = 0; i < _request.Tools.Count; i++)
        {
            var tool = _request.Tools[i];
            if (tool.BuiltIn is not null)
            {
                _dropped.Add($"tools[{i}]");
            }
            else if (allowed.Count == 0 || allowed.Contains(tool.Name))
            {
                if (written++ == 0)
                {
                    _json.WriteStartArray("tools");
                }

                if (tool.Strict == true)
                {
                    _dropped.Add($"tools[{i}].function.strict");
                }

                WriteTool(tool);
            }
        }

        if (written == 0)
        {
            return;
        }

        _json.WriteEndArray();
        if (_request.ToolChoice?.Kind is ToolChoiceKind.Required or ToolChoiceKind.Function)
        {
            _dropped.Add("tool_choice");    // tools can be offered, not forced
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
        _json.WriteString("description", tool.Description ?? "");
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
        switch (_request.ResponseFormat)
        {
            case { Kind: ResponseFormatKind.JsonSchema, Schema: { } schema }:
                _json.WritePropertyName("format");
                WriteDescribed(schema, _request.ResponseFormat.Description);
                break;
            case { Kind: ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema }:
                _json.WriteString("format", "json");
                break;
        }
    }

    /// <summary>The format has no field of its own for a description; in the schema the model reads it all the same.</summary>
    private void WriteDescribed(JsonElement schema, string? description)
    {
        if (description is null || schema.ValueKind is not JsonValueKind.Object || schema.TryGetProperty("description", out _))
        {
            schema.WriteTo(_json);
            return;
        }

        _json.WriteStartObject();
        _json.WriteString("description", description);
        foreach (var member in schema.EnumerateObject())
        {
            member.WriteTo(_json);
        }

        _json.WriteEndObject();
    }

    private void WriteThinking()
    {
        if (_request.Reasoning is not { } reasoning)
        {
            return;
        }

        if (reasoning.Effort == "none" || reasoning is { BudgetTokens: 0 })
        {
            _json.WriteBoolean("think", false);
        }
        else if (_deployment.Model.UpstreamModel.StartsWith("gpt-oss", StringComparison.Ordinal))
        {
            // The only models that know how much; others refuse the words.
            _json.WriteString("think", reasoning.Effort switch { "minimal" or "low" => "low", "medium" => "medium", _ => "high" });
        }
        else
        {
            _json.WriteBoolean("think", true);
        }
    }

    private void WriteOptions()
    {
        _json.WriteStartObject("options");
        WriteNumber("num_predict", _request.MaxOutputTokens);
        WriteNumber("temperature", _request.Temperature);
        WriteNumber("top_p", _request.TopP);
        WriteNumber("top_k", _request.TopK);
        if (_request.Seed is { } seed)
        {
            _json.WriteNumber("seed", seed);
        }

        WriteNumber("frequency_penalty", _request.FrequencyPenalty);
        WriteNumber("presence_penalty", _request.PresencePenalty);
        if (_request.StopSequences.Count > 0)
        {
            _json.WriteStartArray("stop");
            foreach (var stop in _request.StopSequences)
            {
                _json.WriteStringValue(stop);
            }

            _json.WriteEndArray();
        }

        _json.WriteEndObject();
        if (_request.Choices > 1)
        {
            _dropped.Add("n");
        }
    }

    private void WriteOthers()
    {
        foreach (var (name, value) in _request.Extensions)
        {
            if (Own.Contains(name))
            {
                _json.WritePropertyName(name);
                value.WriteTo(_json);
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
