using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>Writes the body of a response from the inner form, for clients of other dialects.</summary>
/// <remarks>
/// Nothing is stored at the provider unless the client asked for it, as in the chat dialect. Reasoning is asked for in its encrypted form, so that
/// it can come back on the next turn all the same.
/// </remarks>
internal sealed class OpenAiResponsesRequestWriter(Utf8JsonWriter json, ChatRequest request, Deployment deployment, ICollection<string> dropped)
{
    /// <summary>Fields of the chat dialect that this one has under the same name.</summary>
    private static readonly HashSet<string> Same =
    [
        "metadata", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "truncation",
    ];

    /// <summary>Written elsewhere, or without meaning for an answer.</summary>
    private static readonly HashSet<string> Written = ["store", "logprobs", "top_logprobs", "verbosity"];

    public static void Write(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        CacheMarks.Drop(request, dropped);
        MessageExtras.Drop(request, dropped);
        new OpenAiResponsesRequestWriter(json, request, deployment, dropped).Write(stream);
    }

    private readonly WebSearches? _search = WebSearches.For(request, deployment, ChatDialects.OpenAiResponses);

    private bool WantsLogprobs => request.Extensions.TryGetValue("logprobs", out var wanted) && wanted.ValueKind is JsonValueKind.True;

    private bool Reasons => request.Reasoning is { Effort: not "none" } || deployment.Model.Can(ModelCapabilities.Reasoning);

    private void Write(bool stream)
    {
        json.WriteStartObject();
        json.WriteString("model", deployment.Model.UpstreamModel);
        OpenAiResponsesConversation.Write(json, request.Messages, request.Dialect != ChatDialects.AnthropicMessages, dropped);
        WriteTools();
        WriteSettings();
        WriteText();
        WriteOthers();
        if (stream)
        {
            json.WriteBoolean("stream", true);
        }

        json.WriteEndObject();
        json.Flush();
    }

    private void WriteTools()
    {
        if (request.Tools.Count == 0 && _search is null)
        {
            return;
        }

        json.WriteStartArray("tools");
        for (var i = 0; i < request.Tools.Count; i++)
        {
            if (_search?.Path == $"tools[{i}]")
            {
                continue;   // written below
            }

            // Another maker's own tools mean nothing here.
            if (request.Tools[i].BuiltIn is not null && request.Dialect == ChatDialects.AnthropicMessages)
            {
                dropped.Add($"tools[{i}]");
            }
            else
            {
                WriteTool(request.Tools[i], i);
            }
        }

        _search?.WriteResponses(json, dropped);
        json.WriteEndArray();
        WriteToolChoice();
        if (request.ParallelToolCalls is { } parallel)
        {
            json.WriteBoolean("parallel_tool_calls", parallel);
        }
    }

    private void WriteTool(ToolDefinition tool, int index)
    {
        if (tool.BuiltIn is { } builtIn)
        {
            if (builtIn.TryGetProperty("type", out _))
            {
                builtIn.WriteTo(json);
            }
            else
            {
                dropped.Add($"tools[{index}]");
            }

            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteString("name", tool.Name);
        if (tool.Description is { } description)
        {
            json.WriteString("description", description);
        }

        json.WritePropertyName("parameters");
        if (tool.Parameters is { } parameters)
        {
            parameters.WriteTo(json);
        }
        else
        {
            json.WriteRawValue("""{"type":"object","properties":{}}""");
        }

        // Left out it would mean true here and false in the dialects that the request came from.
        json.WriteBoolean("strict", tool.Strict ?? false);
        json.WriteEndObject();
    }

    private void WriteToolChoice()
    {
        switch (request.ToolChoice)
        {
            case null:
                break;
            case { AllowedFunctions: { Count: > 0 } allowed } choice:
                json.WriteStartObject("tool_choice");
                json.WriteString("type", "allowed_tools");
                json.WriteString("mode", choice.Kind is ToolChoiceKind.Required ? "required" : "auto");
                json.WriteStartArray("tools");
                foreach (var name in allowed)
                {
                    json.WriteStartObject();
                    json.WriteString("type", "function");
                    json.WriteString("name", name);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
                break;
            case { Kind: ToolChoiceKind.Function } choice:
                json.WriteStartObject("tool_choice");
                json.WriteString("type", "function");
                json.WriteString("name", choice.FunctionName);
                json.WriteEndObject();
                break;
            case { Kind: var kind }:
                json.WriteString("tool_choice", kind switch
                {
                    ToolChoiceKind.None => "none",
                    ToolChoiceKind.Required => "required",
                    ToolChoiceKind.Auto or ToolChoiceKind.Function => "auto",
                });
                break;
        }
    }

    private void WriteSettings()
    {
        if (request.MaxOutputTokens is { } max)
        {
            // The API's least value; the chat dialect allows less.
            json.WriteNumber("max_output_tokens", Math.Max(max, 16));
        }

        // Models that reason refuse both.
        var samples = !deployment.Model.CapabilitiesKnown || deployment.Model.Can(ModelCapabilities.Temperature);
        WriteNumber("temperature", samples ? request.Temperature : null);
        WriteNumber("top_p", samples ? request.TopP : null);
        Drop(!samples && request.Temperature is not (null or 1), "temperature");
        Drop(!samples && request.TopP is not (null or 1), "top_p");
        Drop(request.TopK is not null, "top_k");
        Drop(request.FrequencyPenalty is not (null or 0), "frequency_penalty");
        Drop(request.PresencePenalty is not (null or 0), "presence_penalty");
        Drop(request.Seed is not null, "seed");
        Drop(request.Choices > 1, "n");
        Drop(request.StopSequences.Count > 0, "stop");
        if (request.Reasoning is { } reasoning)
        {
            json.WriteStartObject("reasoning");
            json.WriteString("effort", reasoning.Effort ?? reasoning.BudgetTokens switch
            {
                <= 0 => "none",
                <= 2048 => "low",
                <= 10_000 => "medium",
                _ => "high",
            });
            json.WriteEndObject();
        }

        if (request.EndUser is { } user)
        {
            json.WriteString("user", user);
        }

        json.WriteBoolean("store", request.Extensions.TryGetValue("store", out var store) && store.ValueKind is JsonValueKind.True);
        if (!Reasons && !WantsLogprobs)
        {
            return;
        }

        json.WriteStartArray("include");
        if (Reasons)
        {
            json.WriteStringValue("reasoning.encrypted_content");
        }

        if (WantsLogprobs)
        {
            json.WriteStringValue("message.output_text.logprobs");
        }

        json.WriteEndArray();
    }

    private void WriteText()
    {
        var hasVerbosity = request.Extensions.TryGetValue("verbosity", out var verbosity);
        if (request.ResponseFormat is null && !hasVerbosity)
        {
            return;
        }

        json.WriteStartObject("text");
        if (request.ResponseFormat is { } format)
        {
            json.WriteStartObject("format");
            json.WriteString("type", format.Kind switch
            {
                ResponseFormatKind.Text => "text",
                ResponseFormatKind.JsonObject => "json_object",
                ResponseFormatKind.JsonSchema => "json_schema",
            });
            if (format.Kind is ResponseFormatKind.JsonSchema)
            {
                json.WriteString("name", format.Name ?? "answer");
                if (format.Description is { } description)
                {
                    json.WriteString("description", description);
                }

                json.WritePropertyName("schema");
                if (format.Schema is { } schema)
                {
                    schema.WriteTo(json);
                }
                else
                {
                    json.WriteRawValue("{}");
                }

                json.WriteBoolean("strict", format.Strict ?? false);
            }

            json.WriteEndObject();
        }

        if (hasVerbosity)
        {
            json.WritePropertyName("verbosity");
            verbosity.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private void WriteOthers()
    {
        if (WantsLogprobs && request.Extensions.TryGetValue("top_logprobs", out var top))
        {
            json.WritePropertyName("top_logprobs");
            top.WriteTo(json);
        }

        foreach (var (name, value) in request.Extensions)
        {
            if (Same.Contains(name) && (request.Dialect != ChatDialects.AnthropicMessages || name == "service_tier"))
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
            else if (!Written.Contains(name) && name != _search?.Path)
            {
                OtherFields.Drop(name, value, dropped);
            }
        }
    }

    private void WriteNumber(string name, double? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
    }

    private void Drop(bool lost, string path)
    {
        if (lost)
        {
            dropped.Add(path);
        }
    }
}
