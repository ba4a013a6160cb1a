using System.Text.Json;
using System.Text.Unicode;
using HiWay.Domain.Errors;
using HiWay.Domain.Limits;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Finds what decisions need in the body of an Anthropic message call, in one forward pass and without turning it into objects.</summary>
internal static class AnthropicBodyScanner
{
    private const int MaxDepth = 64;

    /// <summary>
    /// A thread lives at one provider, and its turns carry the new messages alone: neither another model nor a cap could take it up. Anthropic's clients
    /// know this refusal by its <c>details</c> and send the whole conversation instead (@anthropic-ai/sdk 1.14, <c>ThreadState.recoversFrom</c>).
    /// </summary>
    private static GatewayError ThreadUnsupported { get; } = new(GatewayErrorKind.InvalidRequest, "'thread' is not served here; send the whole conversation in 'messages'.", "thread")
    {
        Details = [new("details", new KeyValuePair<string, object?>[] { new("error_code", "thread_unsupported_request"), new("unsupported", new[] { "thread" }) })],
    };

    /// <summary>Top-level members that HiWay decides on; given twice they are refused.</summary>
    private static readonly string[] Known =
    [
        "model", "messages", "system", "max_tokens", "stream", "tools", "tool_choice", "output_config", "output_format", "thinking", "metadata", "hiway", "cache",
        "cache_control", "thread",
    ];

    /// <summary>Scans a body. The buffer belongs to the result from here on, or is left to the caller when refused.</summary>
    /// <param name="countsOnly">The body of <c>count_tokens</c>, which needs no <c>max_tokens</c>.</param>
    public static (ChatBody? Body, GatewayError? Error) Scan(byte[] rented, int length, bool countsOnly = false)
    {
        var body = new ChatBody(rented, length);
        try
        {
            var error = !Utf8.IsValid(rented.AsSpan(0, length))
                ? new GatewayError(GatewayErrorKind.InvalidRequest, "The body is not valid UTF-8.")
                : Read(body, rented.AsSpan(0, length), countsOnly);
            return error is null ? (body, null) : (null, error);
        }
        catch (JsonException broken)
        {
            return (null, ChatBodyScanner.NotJson(broken));
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader.GetString refuses lone surrogates (\ud800) this way.
            return (null, new GatewayError(GatewayErrorKind.InvalidRequest, "A string in the body holds an incomplete Unicode escape."));
        }
    }

    private static GatewayError? Read(ChatBody body, ReadOnlySpan<byte> bytes, bool countsOnly)
    {
        var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            return new GatewayError(GatewayErrorKind.InvalidRequest, "The body must be a JSON object.");
        }

        var seen = 0;
        long textBytes = 0;
        body.Prefix = new PromptPrefix();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var nameStart = (int)json.TokenStartIndex;
            var member = NameOf(ref json);
            if (member >= 0)
            {
                if ((seen & (1 << member)) != 0)
                {
                    return ChatBodyScanner.Invalid($"'{Known[member]}' is given twice.", Known[member]);
                }

                seen |= 1 << member;
            }

            json.Read();
            var valueStart = (int)json.TokenStartIndex;
            if (ReadMember(ref json, body, member < 0 ? "" : Known[member], ref textBytes) is { } error)
            {
                return error;
            }

            var span = new BodyMember(nameStart, valueStart, (int)json.BytesConsumed);
            body.Members.Add(span);
            Remember(body, member < 0 ? "" : Known[member], span);
        }

        // Nothing but white space may follow the object.
        json.Read();
        return Missing(body, countsOnly, textBytes);
    }

    private static int NameOf(ref Utf8JsonReader json)
    {
        for (var i = 0; i < Known.Length; i++)
        {
            // The escaped spelling of a name means the same member, so ValueTextEquals, which unescapes, decides.
            if (json.ValueTextEquals(Known[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static GatewayError? Missing(ChatBody body, bool countsOnly, long textBytes)
    {
        if (body.ModelMember is null)
        {
            return ChatBodyScanner.Invalid("'model' is missing. Use a model id such as 'anthropic/claude-sonnet-4-6', a tier such as 'light', or 'auto'.", "model");
        }

        if (body.MessageCount == (body.Prefix!.HasSystem ? 1 : 0))
        {
            return ChatBodyScanner.Invalid("'messages' must be an array with at least one message.", "messages");
        }

        if (body.MaxOutputTokens is null && !countsOnly)
        {
            return ChatBodyScanner.Invalid("'max_tokens' is missing; it must be a whole number of tokens from 1 on.", "max_tokens");
        }

        body.PromptTokens = TokenEstimate.OfBytes(textBytes)
            + (body.MessageCount * TokenEstimate.PerMessage) + (body.ImageCount * TokenEstimate.PerImage);
        return null;
    }

    private static void Remember(ChatBody body, string member, BodyMember span)
    {
        switch (member)
        {
            case "model":
                body.ModelMember = span;
                break;
            case "system":
                body.Prefix!.System = span;
                break;
            case "hiway" or "cache":
                body.OwnMembers.Add(span);
                break;
        }
    }

    private static GatewayError? ReadMember(ref Utf8JsonReader json, ChatBody body, string member, ref long textBytes)
    {
        switch (member)
        {
            case "model":
                if (json.TokenType != JsonTokenType.String || json.ValueSpan.IsEmpty)
                {
                    return ChatBodyScanner.Invalid("'model' must be a string.", "model");
                }

                body.Model = json.GetString()!;
                return null;
            case "stream":
                if (json.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
                {
                    return ChatBodyScanner.Invalid("'stream' must be true or false.", "stream");
                }

                body.Stream = json.TokenType == JsonTokenType.True;
                return null;
            case "max_tokens":
                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var limit) || limit < 1)
                {
                    return ChatBodyScanner.Invalid("'max_tokens' must be a whole number of tokens from 1 on.", "max_tokens");
                }

                body.MaxOutputTokens = limit;
                return null;
            case "messages":
                return new AnthropicMessagesScanner(body).ReadMessages(ref json, ref textBytes);
            case "system":
                return new AnthropicMessagesScanner(body).ReadSystem(ref json, ref textBytes);
            case "tools":
                return AnthropicToolsScanner.Read(ref json, body, ref textBytes);
            case "tool_choice":
                body.ToolForced = TypeOf(json) is "any" or "tool";
                json.Skip();
                return null;
            case "output_config":
                ReadOutput(ref json, body);
                return null;
            case "output_format":
                body.WantsJson = body.WantsJsonSchema |= json.TokenType == JsonTokenType.StartObject;
                json.Skip();
                return null;
            case "thinking":
                body.WantsReasoning |= TypeOf(json) is "enabled" or "adaptive";
                json.Skip();
                return null;
            case "metadata":
                ReadMetadata(ref json, body);
                return null;
            case "cache_control":
                body.Prefix!.HasMarks |= json.TokenType != JsonTokenType.Null;
                json.Skip();
                return null;
            case "thread":
                var threaded = json.TokenType != JsonTokenType.Null;
                json.Skip();
                return threaded ? ThreadUnsupported : null;
            case "hiway":
                return HiWayExtrasReader.Read(ref json, body);
            case "cache":
                return ChatBodyScanner.ReadCache(ref json, body);
            default:
                json.Skip();
                return null;
        }
    }

    /// <summary>The `type` of the object that the reader, taken by value, stands on; null when it has none.</summary>
    private static string? TypeOf(Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isType = json.ValueTextEquals("type"u8);
            json.Read();
            if (isType)
            {
                return json.TokenType == JsonTokenType.String ? json.GetString() : null;
            }

            json.Skip();
        }

        return null;
    }

    private static void ReadOutput(ref Utf8JsonReader json, ChatBody body)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isFormat = json.ValueTextEquals("format"u8);
            var isEffort = json.ValueTextEquals("effort"u8);
            json.Read();
            if (isFormat)
            {
                body.WantsJson = body.WantsJsonSchema |= json.TokenType == JsonTokenType.StartObject;
            }
            else if (isEffort)
            {
                // The API knows effort without thinking; "low" asks for less of everything.
                body.WantsReasoning |= json.TokenType == JsonTokenType.String && !json.ValueTextEquals("low"u8);
            }

            json.Skip();
        }
    }

    private static void ReadMetadata(ref Utf8JsonReader json, ChatBody body)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isUser = json.ValueTextEquals("user_id"u8);
            json.Read();
            if (isUser && json.TokenType == JsonTokenType.String)
            {
                body.EndUser = json.GetString();
            }

            json.Skip();
        }
    }
}

/// <summary>Counts tools and finds where a mark for the provider's cache may stand.</summary>
internal static class AnthropicToolsScanner
{
    public static GatewayError? Read(ref Utf8JsonReader json, ChatBody body, ref long textBytes)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.StartArray)
        {
            return ChatBodyScanner.Invalid("'tools' must be an array.", "tools");
        }

        var prefix = body.Prefix!;
        var start = json.TokenStartIndex;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                return ChatBodyScanner.Invalid($"'tools[{body.ToolCount}]' must be an object.", $"tools[{body.ToolCount}]");
            }

            body.ToolCount++;
            var (deferred, members) = (false, 0);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isMark = json.ValueTextEquals("cache_control"u8);
                var isDeferred = json.ValueTextEquals("defer_loading"u8);
                json.Read();
                prefix.HasMarks |= isMark && json.TokenType != JsonTokenType.Null;
                deferred |= isDeferred && json.TokenType == JsonTokenType.True;
                members++;
                json.Skip();
            }

            // A tool that is loaded later is no part of the prefix, and the API refuses a mark on it.
            prefix.LastToolEnd = deferred || members == 0 ? prefix.LastToolEnd : (int)json.BytesConsumed;
        }

        prefix.Bytes += json.BytesConsumed - start;
        textBytes += json.BytesConsumed - start;
        return null;
    }
}
