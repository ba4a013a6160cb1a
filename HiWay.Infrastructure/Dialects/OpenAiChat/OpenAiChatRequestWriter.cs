using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>
/// Writes the body of a chat completion from the inner form, for calls that cannot be relayed as bytes: in the words of the provider, whose
/// differences are its <see cref="OpenAiQuirks"/>.
/// </summary>
internal sealed class OpenAiChatRequestWriter(Utf8JsonWriter json, ChatRequest request, Deployment deployment, ICollection<string> dropped)
{
    private readonly OpenAiQuirks _quirks = deployment.Provider.Quirks;

    public static void Write(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        new OpenAiChatRequestWriter(json, request, deployment, dropped).Write(stream);
    }

    /// <summary>The schema goes into the instructions where the provider, or this model of it, takes none.</summary>
    private bool SchemaAsNote => request.ResponseFormat is { Kind: ResponseFormatKind.JsonSchema, Schema: not null }
        && (!_quirks.JsonSchema || (deployment.Model.CapabilitiesKnown && !_quirks.Lax && !deployment.Model.Can(ModelCapabilities.JsonSchema)));

    /// <summary>Built-in tools and unknown parts are OpenAI's only when the client speaks its dialect.</summary>
    private bool OwnWords => request.Dialect == ChatDialects.OpenAiChat;

    /// <summary>The client speaks another dialect, so what it says was not said with this provider's limits in mind.</summary>
    private bool Translated => !OwnWords;

    private bool Thinks => deployment.Model.CapabilitiesKnown && deployment.Model.Can(ModelCapabilities.Reasoning);

    private void Write(bool stream)
    {
        json.WriteStartObject();
        json.WriteString("model", deployment.Model.UpstreamModel);
        if (!OpenAiChatParts.LaxFor(_quirks, OwnWords))
        {
            CacheMarks.Drop(request, dropped);
        }

        new OpenAiChatConversation(json, dropped, _quirks, OwnWords).Write(request.Messages, SchemaAsNote
            ? $"Answer with one valid JSON value that follows this JSON schema and nothing else, no code fence: {request.ResponseFormat!.Schema!.Value.GetRawText()}"
            : null);
        var search = TakesSearch ? WebSearches.For(request, deployment, ChatDialects.OpenAiChat) : null;
        new OpenAiChatTools(json, request, _quirks, dropped, OwnWords, search).Write();
        search?.WriteChat(json, dropped);
        WriteSettings();
        WriteReasoning();
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

    private void WriteSettings()
    {
        if (request.MaxOutputTokens is { } max)
        {
            // OpenAI has renamed the field and its newer models refuse the old name; the others know only the old one.
            json.WriteNumber(_quirks.StrictAboutModels ? "max_completion_tokens" : "max_tokens", max);
        }

        // Models that think mostly have no temperature to set; 1 is what they take for themselves.
        var free = !(Translated || _quirks.StrictAboutModels) || !deployment.Model.CapabilitiesKnown || deployment.Model.Can(ModelCapabilities.Temperature);
        WriteNumber("temperature", free || request.Temperature is not 1 ? request.Temperature : null, free);
        WriteNumber("top_p", free || request.TopP is not 1 ? request.TopP : null, free);
        WriteNumber("frequency_penalty", request.FrequencyPenalty, !RefusedByThinkers("frequency_penalty"));
        WriteNumber("presence_penalty", request.PresencePenalty, !RefusedByThinkers("presence_penalty"));
        WriteNumber("top_k", request.TopK, true);
        if (request.Seed is { } seed && Name("seed", true) is { } name)
        {
            json.WriteNumber(name, seed);
        }

        WriteNumber("n", request.Choices > 1 ? request.Choices : null, true);
        WriteStop();

        // Who asks steers nothing; a provider that has no place for it loses nothing either.
        if (request.EndUser is { } user && _quirks.Allows("user"))
        {
            json.WriteString("user", user);
        }
    }

    private void WriteStop()
    {
        var stops = request.StopSequences;
        if (RefusedByThinkers("stop"))
        {
            stops = [];
        }
        else if (Translated && _quirks.StrictAboutModels)
        {
            // OpenAI takes four, and its reasoning models none.
            stops = deployment.Model.Can(ModelCapabilities.Reasoning) ? [] : [.. stops.Take(4)];
        }

        if (stops.Count < request.StopSequences.Count)
        {
            dropped.Add("stop");
        }

        if (stops.Count == 0)
        {
            return;
        }

        json.WriteStartArray("stop");
        foreach (var one in stops)
        {
            json.WriteStringValue(one);
        }

        json.WriteEndArray();
    }

    private bool RefusedByThinkers(string name) => Thinks && _quirks.ThinkersRefuse.Contains(name);

    private void WriteReasoning()
    {
        if (request.Reasoning is not { } reasoning)
        {
            return;
        }

        var off = reasoning.Effort == "none" || reasoning is { BudgetTokens: 0 };
        if (deployment is { Provider.NeedsApiKey: true, Model.CapabilitiesKnown: true } && !deployment.Model.Can(ModelCapabilities.Reasoning) && (Translated || !_quirks.Lax))
        {
            // A model that cannot think need not be told not to. (A server at home may run anything.)
            if (!off)
            {
                dropped.Add("reasoning_effort");
            }

            return;
        }

        var effort = reasoning.Effort ?? reasoning.BudgetTokens switch { <= 0 => "none", <= 2048 => "low", <= 10_000 => "medium", _ => "high" };
        switch (_quirks.Wish)
        {
            case ReasoningWish.Effort when WordFor(effort) is { } word:
                WriteEffort(word, effort);
                break;
            case ReasoningWish.Switch:
                WriteSwitch(off, effort);
                break;
            case ReasoningWish.Object:
                json.WriteStartObject("reasoning");
                if (reasoning is { Effort: null, BudgetTokens: > 0 and var budget })
                {
                    json.WriteNumber("max_tokens", budget);
                }
                else
                {
                    json.WriteString("effort", effort is "max" ? "xhigh" : effort);
                }

                json.WriteEndObject();
                break;
            default:
                dropped.Add("reasoning_effort");
                break;
        }
    }

    private void WriteEffort(string word, string wanted)
    {
        json.WriteString("reasoning_effort", word);
        if (word != wanted)
        {
            dropped.Add("reasoning_effort");    // the nearest there is, but not what was asked for
        }
    }

    private void WriteSwitch(bool off, string effort)
    {
        json.WriteStartObject("thinking");
        json.WriteString("type", off ? "disabled" : "enabled");
        json.WriteEndObject();
        if (!off && _quirks.Efforts is not null)
        {
            WriteEffort(WordFor(effort)!, effort);
        }
        else if (!off && effort != "medium")
        {
            dropped.Add("reasoning_effort");    // it can be on or off
        }
    }

    /// <summary>The provider's nearest word for an effort; null when the model knows none at all.</summary>
    private string? WordFor(string effort)
    {
        if (_quirks.EffortsOf(deployment.Model.UpstreamModel) is not { } words)
        {
            // Anthropic's words; few models here know one above "high".
            return effort is "max" || (effort is "xhigh" && request.Dialect == ChatDialects.AnthropicMessages) ? "high"
                : effort is "none" && Translated && _quirks.StrictAboutModels ? LeastEffort()
                : effort;
        }

        if (words.Contains(effort))
        {
            return effort;
        }

        return words.Count == 0 ? null : effort switch
        {
            "none" => words[0],
            "minimal" => words.Contains("low") ? "low" : words[0],
            "low" => words.First(word => word != "none"),
            _ => words.Contains("high") ? "high" : words[^1],
        };
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
            ResponseFormatKind.JsonSchema => SchemaAsNote ? "json_object" : "json_schema",
        });
        if (SchemaAsNote)
        {
            dropped.Add("response_format");
        }
        else if (format.Kind is ResponseFormatKind.JsonSchema)
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

    /// <summary>Who knows <c>web_search_options</c>: OpenAI's own models for it, Perplexity and OpenRouter.</summary>
    private bool TakesSearch => deployment.Provider.Slug is "perplexity" or "openrouter" || deployment.Model.UpstreamModel is { } name && name.Contains("search", StringComparison.Ordinal);

    private void WriteExtensions()
    {
        foreach (var (name, value) in request.Extensions)
        {
            if (_quirks.LogprobsAreACount && name is "logprobs" or "top_logprobs" && OwnWords)
            {
                WriteLogprobs(name, value);
                continue;
            }

            // Fields without a typed place are OpenAI's only when the client speaks one of its dialects; the tier is said in OpenAI's words by all.
            if (Name(name, request.Dialect != ChatDialects.AnthropicMessages || name == "service_tier") is { } member)
            {
                json.WritePropertyName(member);
                value.WriteTo(json);
            }
        }
    }

    private void WriteLogprobs(string name, JsonElement value)
    {
        if (name == "logprobs" && value.ValueKind is JsonValueKind.True)
        {
            json.WriteNumber("logprobs", request.Extensions.TryGetValue("top_logprobs", out var top) && top.ValueKind is JsonValueKind.Number && top.TryGetInt32(out var count) ? Math.Max(1, count) : 1);
        }
    }

    private void WriteNumber(string name, double? number, bool takes)
    {
        if (number is { } value && Name(name, takes) is { } member)
        {
            json.WriteNumber(member, value);
        }
    }

    /// <summary>What the provider calls a member; null, and reported, when it does not take it.</summary>
    private string? Name(string name, bool takes)
    {
        var own = _quirks.Renames.GetValueOrDefault(name, name);
        if (takes && _quirks.Allows(own) && !_quirks.Refuses.Contains(name))
        {
            return own;
        }

        dropped.Add(name);
        return null;
    }
}
