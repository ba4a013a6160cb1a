using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>Writes the body of a chat completion from the inner form, for calls that cannot be relayed as bytes.</summary>
internal sealed class OpenAiChatRequestWriter(Utf8JsonWriter json, ChatRequest request, Deployment deployment, ICollection<string> dropped)
{
    /// <summary>The client speaks another dialect, so what it says was not said with this provider's limits in mind.</summary>
    private bool Translated => request.Dialect != ChatDialects.OpenAiChat;

    private bool IsOpenAi => deployment.Provider.Slug is "openai" or "azure";

    public static void Write(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        new OpenAiChatRequestWriter(json, request, deployment, dropped).Write(stream);
    }

    private void Write(bool stream)
    {
        json.WriteStartObject();
        json.WriteString("model", deployment.Model.UpstreamModel);
        new OpenAiChatConversation(json, dropped, deployment.Provider, request.Dialect == ChatDialects.OpenAiChat).Write(request.Messages);
        WriteTools();
        WriteSettings();
        WriteFormat();
        WriteExtensions();

        if (stream)
        {
            json.WriteBoolean("stream", true);
            if (deployment.Provider.TakesStreamOptions)
            {
                json.WriteStartObject("stream_options");
                json.WriteBoolean("include_usage", true);
                json.WriteEndObject();
            }
        }

        json.WriteEndObject();
        json.Flush();
    }

    /// <summary>Fields without a typed place are OpenAI's only when the client speaks one of its dialects; the tier is said in OpenAI's words by all.</summary>
    private void WriteExtensions()
    {
        foreach (var (name, value) in request.Extensions)
        {
            if (request.Dialect != ChatDialects.AnthropicMessages || name == "service_tier")
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
            else
            {
                dropped.Add(name);
            }
        }
    }

    private void WriteTools()
    {
        var ownTools = request.Dialect == ChatDialects.OpenAiChat;
        for (var i = 0; i < request.Tools.Count; i++)
        {
            if (request.Tools[i].BuiltIn is not null && !ownTools)
            {
                dropped.Add($"tools[{i}]");
            }
        }

        if (request.Tools.All(tool => tool.BuiltIn is not null && !ownTools))
        {
            return;
        }

        json.WriteStartArray("tools");
        foreach (var tool in request.Tools)
        {
            if (tool.BuiltIn is { } builtIn)
            {
                if (ownTools)
                {
                    builtIn.WriteTo(json);
                }

                continue;
            }

            json.WriteStartObject();
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", tool.Name);
            if (tool.Description is { } description)
            {
                json.WriteString("description", description);
            }

            if (tool.Parameters is { } parameters)
            {
                json.WritePropertyName("parameters");
                parameters.WriteTo(json);
            }

            if (tool.Strict is { } strict)
            {
                json.WriteBoolean("strict", strict);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteToolChoice();
        if (request.ParallelToolCalls is { } parallel)
        {
            json.WriteBoolean("parallel_tool_calls", parallel);
        }
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
                json.WriteStartObject("allowed_tools");
                json.WriteString("mode", choice.Kind is ToolChoiceKind.Required ? "required" : "auto");
                json.WriteStartArray("tools");
                foreach (var name in allowed)
                {
                    WriteFunctionName(null, name);
                }

                json.WriteEndArray();
                json.WriteEndObject();
                json.WriteEndObject();
                break;
            case { Kind: ToolChoiceKind.Function } choice:
                WriteFunctionName("tool_choice", choice.FunctionName!);
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

    private void WriteFunctionName(string? member, string name)
    {
        if (member is not null)
        {
            json.WritePropertyName(member);
        }

        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteSettings()
    {
        if (request.MaxOutputTokens is { } max)
        {
            // OpenAI has renamed the field and its newer models refuse the old name; the others know only the old one.
            json.WriteNumber(IsOpenAi ? "max_completion_tokens" : "max_tokens", max);
        }

        if (Translated && deployment.Model is { CapabilitiesKnown: true } model && !model.Can(ModelCapabilities.Temperature))
        {
            Drop(request.Temperature is 1 ? null : request.Temperature, "temperature");
            Drop(request.TopP is 1 ? null : request.TopP, "top_p");
        }
        else
        {
            WriteNumber("temperature", request.Temperature);
            WriteNumber("top_p", request.TopP);
        }

        WriteNumber("frequency_penalty", request.FrequencyPenalty);
        WriteNumber("presence_penalty", request.PresencePenalty);
        if (request.TopK is { } topK)
        {
            // Not OpenAI's own; servers of open models take it, the others refuse what they do not know.
            if (deployment.Provider.Slug is "openai" or "azure" or "groq" or "xai" or "mistral" or "deepseek" or "moonshot")
            {
                dropped.Add("top_k");
            }
            else
            {
                json.WriteNumber("top_k", topK);
            }
        }

        if (request.Seed is { } seed)
        {
            json.WriteNumber("seed", seed);
        }

        if (request.Choices > 1)
        {
            json.WriteNumber("n", request.Choices);
        }

        WriteStop();
        WriteReasoning();
        if (request.EndUser is { } user)
        {
            json.WriteString("user", user);
        }
    }

    private void WriteStop()
    {
        var stops = request.StopSequences;
        if (Translated && IsOpenAi && stops.Count > 0)
        {
            // OpenAI takes four, and its reasoning models none.
            var taken = deployment.Model.Can(ModelCapabilities.Reasoning) ? [] : stops.Take(4).ToList();
            Drop(taken.Count < stops.Count ? stops : null, "stop");
            stops = taken;
        }

        if (stops.Count == 0)
        {
            return;
        }

        json.WriteStartArray("stop");
        foreach (var stop in stops)
        {
            json.WriteStringValue(stop);
        }

        json.WriteEndArray();
    }

    private void WriteReasoning()
    {
        if (request.Reasoning is not { } reasoning)
        {
            return;
        }

        var effort = reasoning.Effort switch
        {
            "max" => "high",    // Anthropic's words; few models here know one above "high"
            "xhigh" when request.Dialect == ChatDialects.AnthropicMessages => "high",
            { } said => said,
            null => reasoning.BudgetTokens switch
            {
                <= 0 => "none",
                <= 2048 => "low",
                <= 10_000 => "medium",
                _ => "high",
            },
        };
        if (Translated && deployment is { Provider.NeedsApiKey: true, Model.CapabilitiesKnown: true } && !deployment.Model.Can(ModelCapabilities.Reasoning))
        {
            // A model that cannot think need not be told not to. (A server at home may run anything.)
            Drop(effort == "none" ? null : effort, "reasoning_effort");
            return;
        }

        json.WriteString("reasoning_effort", Translated && IsOpenAi && effort == "none" ? LeastEffort() : effort);
    }

    /// <summary>The nearest to none that a model of OpenAI takes: its first reasoning models always think.</summary>
    private string LeastEffort()
    {
        var name = deployment.Model.UpstreamModel;
        return name.Length > 1 && name[0] == 'o' && char.IsAsciiDigit(name[1]) ? "low"
            : name.StartsWith("gpt-5", StringComparison.Ordinal) && !name.StartsWith("gpt-5.", StringComparison.Ordinal) ? "minimal"
            : "none";
    }

    private void WriteFormat()
    {
        if (request.ResponseFormat is not { } format)
        {
            return;
        }

        json.WriteStartObject("response_format");
        json.WriteString("type", format.Kind switch
        {
            ResponseFormatKind.Text => "text",
            ResponseFormatKind.JsonObject => "json_object",
            ResponseFormatKind.JsonSchema => "json_schema",
        });
        if (format.Kind is ResponseFormatKind.JsonSchema)
        {
            json.WriteStartObject("json_schema");
            json.WriteString("name", format.Name ?? "answer");
            if (format.Description is { } description)
            {
                json.WriteString("description", description);
            }

            if (format.Schema is { } schema)
            {
                json.WritePropertyName("schema");
                schema.WriteTo(json);
            }

            if (format.Strict is { } strict)
            {
                json.WriteBoolean("strict", strict);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void Drop(object? value, string path)
    {
        if (value is not null)
        {
            dropped.Add(path);
        }
    }

    private void WriteNumber(string name, double? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
    }
}
