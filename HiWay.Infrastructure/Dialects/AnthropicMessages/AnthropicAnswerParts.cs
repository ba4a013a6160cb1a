using System.Buffers;
using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>What a buffered and a streamed answer of Anthropic's dialect have in common.</summary>
internal static class AnthropicAnswerParts
{
    /// <summary>
    /// <c>"id":"msg_…","type":"message","role":"assistant","model":"…"</c>. An id of another provider keeps its text behind Anthropic's prefix.
    /// </summary>
    public static void AddHead(ref Utf8Appender to, AnswerDefaults defaults, scoped ReadOnlySpan<byte> idJson, scoped ReadOnlySpan<byte> modelJson)
    {
        var id = idJson.Length > 0 ? idJson : JsonText.Encode(defaults.Id);
        to.Add("\"id\":\""u8);
        if (!id.StartsWith("msg_"u8))
        {
            to.Add("msg_"u8);
        }

        to.Add(id);
        to.Add("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\""u8);
        to.Add(modelJson.Length > 0 ? modelJson : JsonText.Encode(defaults.Model));
        to.Add((byte)'"');
    }

    /// <summary>The usage object of a message: input without what the cache gave or took, output with thinking.</summary>
    /// <param name="tier">Who served it, as a JSON value of this dialect.</param>
    public static void AddUsage(ref Utf8Appender to, in TokenUsage usage, scoped ReadOnlySpan<byte> tier)
    {
        AddCounts(ref to, usage);
        to.Add(",\"cache_creation\":{\"ephemeral_5m_input_tokens\":"u8);
        to.Add(usage.CacheWrite5m);
        to.Add(",\"ephemeral_1h_input_tokens\":"u8);
        to.Add(usage.CacheWrite1h);
        to.Add("},\"server_tool_use\":"u8);
        if (usage.Units.WebSearches > 0)
        {
            AddServerTools(ref to, usage);
        }
        else
        {
            to.Add("null"u8);
        }

        to.Add(",\"service_tier\":"u8);
        to.Add(tier);
        to.Add(",\"inference_geo\":null}"u8);
    }

    /// <summary>OpenAI's word for the tier in this dialect; null for those that it has no word for.</summary>
    public static ReadOnlySpan<byte> Tier(ReadOnlySpan<byte> tierJson) =>
        tierJson.SequenceEqual("\"default\""u8) ? "\"standard\""u8
        : tierJson.SequenceEqual("\"priority\""u8) || tierJson.SequenceEqual("\"batch\""u8) ? tierJson
        : "null"u8;

    /// <summary>The shorter usage object of a stream's <c>message_delta</c>.</summary>
    public static void AddDeltaUsage(ref Utf8Appender to, in TokenUsage usage)
    {
        AddCounts(ref to, usage);
        if (usage.CacheWrite1h > 0)
        {
            to.Add(",\"cache_creation\":{\"ephemeral_5m_input_tokens\":"u8);
            to.Add(usage.CacheWrite5m);
            to.Add(",\"ephemeral_1h_input_tokens\":"u8);
            to.Add(usage.CacheWrite1h);
            to.Add((byte)'}');
        }

        if (usage.Units.WebSearches > 0)
        {
            to.Add(",\"server_tool_use\":"u8);
            AddServerTools(ref to, usage);
        }

        to.Add((byte)'}');
    }

    private static void AddServerTools(ref Utf8Appender to, in TokenUsage usage)
    {
        to.Add("{\"web_search_requests\":"u8);
        to.Add((long)usage.Units.WebSearches);
        to.Add(",\"web_fetch_requests\":0}"u8);
    }

    private static void AddCounts(ref Utf8Appender to, in TokenUsage usage)
    {
        to.Add("{\"input_tokens\":"u8);
        to.Add(usage.Input + usage.AudioInput + usage.ImageInput);
        to.Add(",\"cache_creation_input_tokens\":"u8);
        to.Add(usage.CacheWrite5m + usage.CacheWrite1h);
        to.Add(",\"cache_read_input_tokens\":"u8);
        to.Add(usage.CacheRead);
        to.Add(",\"output_tokens\":"u8);
        to.Add(usage.TotalOutput);
        if (usage.Reasoning > 0)
        {
            to.Add(",\"output_tokens_details\":{\"thinking_tokens\":"u8);
            to.Add(usage.Reasoning);
            to.Add((byte)'}');
        }
    }

    /// <summary><c>"stop_reason":"…","stop_sequence":…,"stop_details":…</c>.</summary>
    /// <param name="stopSequence">The sequence that ended it, a JSON string; null when one did and it is not known which, empty when none did.</param>
    /// <param name="refusal">What the model said when it declined, the inside of a JSON string; empty when it did not.</param>
    public static void AddStop(ref Utf8Appender to, FinishReason finish, ReadOnlySpan<byte> stopSequence, ReadOnlySpan<byte> refusal)
    {
        // OpenAI's own refusals end with "stop" and say in words that they are one.
        var refused = finish is FinishReason.ContentFilter or FinishReason.Refusal || (refusal.Length > 0 && finish is FinishReason.Stop);
        to.Add("\"stop_reason\":\""u8);
        to.Add(refused ? "refusal"u8 : finish switch
        {
            FinishReason.Length => "max_tokens"u8,
            FinishReason.ToolCalls => "tool_use"u8,
            _ => stopSequence.Length > 0 ? "stop_sequence"u8 : "end_turn"u8,
        });
        to.Add("\",\"stop_sequence\":"u8);
        to.Add(stopSequence.Length > 0 ? stopSequence : "null"u8);
        to.Add(",\"stop_details\":"u8);
        if (!refused)
        {
            to.Add("null"u8);
            return;
        }

        to.Add("{\"type\":\"refusal\",\"category\":null,\"explanation\":"u8);
        if (refusal.Length > 0)
        {
            to.Add((byte)'"');
            to.Add(refusal);
            to.Add("\"}"u8);
        }
        else
        {
            to.Add("null}"u8);
        }
    }

    /// <summary>The start of a block, up to and with its closing brace; text and arguments are still to come.</summary>
    /// <param name="input">The whole input of a tool as JSON; <c>{}</c> in streams.</param>
    public static void AddToolStart(ref Utf8Appender to, AnthropicOutBlock block, ReadOnlySpan<byte> input)
    {
        to.Add("{\"type\":\"tool_use\",\"id\":\""u8);
        AddId(ref to, block.Id);
        to.Add("\",\"name\":\""u8);
        to.Add(block.Name);
        to.Add("\",\"input\":"u8);
        to.Add(input);
        to.Add(",\"caller\":{\"type\":\"direct\"}}"u8);
    }

    /// <summary>The API's ids are letters, digits, _ and -; those that other providers made (<c>functions.get:0</c>) are respelled, the same way everywhere.</summary>
    private static void AddId(ref Utf8Appender to, ReadOnlySpan<byte> id)
    {
        foreach (var one in id)
        {
            to.Add(char.IsAsciiLetterOrDigit((char)one) || one is (byte)'_' or (byte)'-' ? one : (byte)'_');
        }
    }

    /// <summary>The arguments of a call as the object that Anthropic's clients expect; those that are none are kept under one name.</summary>
    /// <param name="inside">The inside of the JSON string that holds the arguments.</param>
    public static byte[] InputOf(ReadOnlySpan<byte> inside)
    {
        var to = new ArrayBufferWriter<byte>(inside.Length + 32);
        using (var json = new Utf8JsonWriter(to, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            ToolArguments.WriteObject(json, JsonText.DecodeAnyway(inside));
        }

        return to.WrittenSpan.ToArray();
    }

    /// <summary>A source in the form of this dialect; null for those that it has no form for.</summary>
    public static byte[]? Citation(string kind, ReadOnlySpan<byte> value)
    {
        if (kind == ExtraKinds.UrlCitation)
        {
            return UrlCitation(value);
        }

        // Places in documents are passed on when they are written in Anthropic's own words.
        var json = new Utf8JsonReader(value);
        return json.Read() && json.TokenType is JsonTokenType.StartObject && TypeOf(ref json) is { } type && type.EndsWith("_location", StringComparison.Ordinal)
            ? Compact(value)
            : null;
    }

    private static string? TypeOf(ref Utf8JsonReader json)
    {
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var found = json.ValueTextEquals("type"u8);
            json.Read();
            if (found)
            {
                return json.TokenType is JsonTokenType.String ? json.GetString() : null;
            }

            json.Skip();
        }

        return null;
    }

    private static byte[] Compact(ReadOnlySpan<byte> value)
    {
        var buffer = new ArrayBufferWriter<byte>(value.Length + 1);
        var to = new Utf8Appender(buffer, value.Length);
        to.AddCompact(value);
        to.Done();
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] UrlCitation(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> url = default, title = default, content = default;
        var json = new Utf8JsonReader(value);
        while (json.Read())
        {
            if (json.TokenType is not JsonTokenType.PropertyName)
            {
                continue;
            }

            // One level down, beside its type; the names are unique.
            if (json.ValueTextEquals("url"u8))
            {
                json.Read();
                url = JsonText.InsideOrEmpty(ref json);
            }
            else if (json.ValueTextEquals("title"u8))
            {
                json.Read();
                title = JsonText.InsideOrEmpty(ref json);
            }
            else if (json.ValueTextEquals("content"u8))
            {
                json.Read();
                content = JsonText.InsideOrEmpty(ref json);
            }
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        var to = new Utf8Appender(buffer, url.Length + title.Length + content.Length + 128);
        to.Add("{\"type\":\"web_search_result_location\",\"url\":\""u8);
        to.Add(url);
        to.Add("\",\"title\":"u8);
        to.Add(title.Length > 0 ? "\""u8 : "null"u8);
        to.Add(title);
        to.Add(title.Length > 0 ? "\",\"encrypted_index\":\"\",\"cited_text\":\""u8 : ",\"encrypted_index\":\"\",\"cited_text\":\""u8);
        to.Add(content);
        to.Add("\"}"u8);
        to.Done();
        return buffer.WrittenSpan.ToArray();
    }
}
