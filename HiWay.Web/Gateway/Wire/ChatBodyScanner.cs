using System.Text.Json;
using System.Text.Unicode;
using HiWay.Domain.Errors;
using HiWay.Domain.Limits;
using HiWay.Domain.Pricing;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Finds what decisions need in an OpenAI chat body, in one forward pass and without turning it into objects.</summary>
internal static class ChatBodyScanner
{
    internal const int MaxDepth = 64;

    /// <summary>Scans a body. The buffer belongs to the result from here on, or is left to the caller when refused.</summary>
    /// <returns>The body, or the refusal with the field or position at fault.</returns>
    public static (ChatBody? Body, GatewayError? Error) Scan(byte[] rented, int length) => Scan(rented, length, Read);

    /// <summary>A dialect's pass over a body that is known to be text.</summary>
    internal delegate GatewayError? Pass(ChatBody body, ReadOnlySpan<byte> bytes);

    /// <summary>As <see cref="Scan(byte[], int)"/>, for another dialect's pass.</summary>
    internal static (ChatBody? Body, GatewayError? Error) Scan(byte[] rented, int length, Pass read)
    {
        var body = new ChatBody(rented, length);
        try
        {
            var error = !Utf8.IsValid(rented.AsSpan(0, length))
                ? new GatewayError(GatewayErrorKind.InvalidRequest, "The body is not valid UTF-8.")
                : read(body, rented.AsSpan(0, length));
            return error is null ? (body, null) : (null, error);
        }
        catch (JsonException broken)
        {
            return (null, NotJson(broken));
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader.GetString refuses lone surrogates (\ud800) this way.
            return (null, new GatewayError(GatewayErrorKind.InvalidRequest, "A string in the body holds an incomplete Unicode escape."));
        }
    }

    internal static GatewayError NotJson(JsonException broken) => new(
        GatewayErrorKind.InvalidRequest,
        $"The body is not valid JSON at line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}: {Reason(broken)}");

    private static string Reason(JsonException broken)
    {
        // Behind its first sentence the framework repeats the position, which ours has already, and speaks of its own options.
        var cut = broken.Message.IndexOf(". ", StringComparison.Ordinal);
        return cut > 0 ? broken.Message[..(cut + 1)] : broken.Message;
    }

    private static GatewayError? Read(ChatBody body, ReadOnlySpan<byte> bytes)
    {
        var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            return new GatewayError(GatewayErrorKind.InvalidRequest, "The body must be a JSON object.");
        }

        var seen = KnownMembers.None;
        long textBytes = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var nameStart = (int)json.TokenStartIndex;
            var (member, name) = KnownMembersTable.Read(ref json);

            // A second "model" is refused: we would decide on one of them and the provider might read the other.
            if (member != KnownMembers.None && (seen & member) != 0)
            {
                return Invalid($"'{name}' is given twice.", name);
            }

            seen |= member;
            json.Read();
            var valueStart = (int)json.TokenStartIndex;
            var error = ReadMember(ref json, body, member, ref textBytes);
            if (error is not null)
            {
                return error;
            }

            var span = new BodyMember(nameStart, valueStart, (int)json.BytesConsumed);
            body.Members.Add(span);
            Remember(body, member, span);
        }

        // Nothing but white space may follow the object.
        json.Read();

        if ((seen & KnownMembers.Model) == 0)
        {
            return Invalid("'model' is missing. Use a model id such as 'openai/gpt-4o', a tier such as 'light', or 'auto'.", "model");
        }

        if ((seen & KnownMembers.Messages) == 0 || body.MessageCount == 0)
        {
            return Invalid("'messages' must be an array with at least one message.", "messages");
        }

        body.PromptTokens = TokenEstimate.OfBytes(textBytes)
            + body.MessageCount * TokenEstimate.PerMessage + body.ImageCount * TokenEstimate.PerImage;
        return null;
    }

    internal static void Remember(ChatBody body, KnownMembers member, BodyMember span)
    {
        if (member == KnownMembers.Model)
        {
            body.ModelMember = span;
        }
        else if (member == KnownMembers.StreamOptions)
        {
            body.StreamOptionsMember = span;
        }
        else if (member is KnownMembers.HiWay or KnownMembers.Cache)
        {
            body.OwnMembers.Add(span);
        }
    }

    internal static GatewayError? ReadMember(ref Utf8JsonReader json, ChatBody body, KnownMembers member, ref long textBytes)
    {
        switch (member)
        {
            case KnownMembers.Model:
                if (json.TokenType != JsonTokenType.String || json.ValueSpan.IsEmpty)
                {
                    return Invalid("'model' must be a string.", "model");
                }

                body.Model = json.GetString()!;
                return null;
            case KnownMembers.Stream:
                if (json.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
                {
                    return Invalid("'stream' must be true or false.", "stream");
                }

                body.Stream = json.TokenType == JsonTokenType.True;
                return null;
            case KnownMembers.StreamOptions:
                return ReadStreamOptions(ref json, body);
            case KnownMembers.Messages:
                return ChatMessagesScanner.Read(ref json, body, ref textBytes);
            case KnownMembers.Tools:
                return ReadTools(ref json, body, ref textBytes);
            case KnownMembers.ToolChoice:
                // "required" or an object that names a function; "auto" and "none" leave the model free.
                body.ToolForced = json.TokenType == JsonTokenType.StartObject
                    || (json.TokenType == JsonTokenType.String && json.ValueTextEquals("required"u8));
                json.Skip();
                return null;
            case KnownMembers.ResponseFormat:
                return ReadResponseFormat(ref json, body);
            case KnownMembers.MaxTokens or KnownMembers.MaxCompletionTokens:
                var name = member == KnownMembers.MaxTokens ? "max_tokens" : "max_completion_tokens";
                if (json.TokenType == JsonTokenType.Null)
                {
                    return null;
                }

                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var limit) || limit < 0)
                {
                    return Invalid($"'{name}' must be a whole number of tokens.", name);
                }

                body.MaxOutputTokens = Math.Max(limit, body.MaxOutputTokens ?? 0);
                return null;
            case KnownMembers.N:
                if (json.TokenType == JsonTokenType.Null)
                {
                    return null;
                }

                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var choices) || choices is < 1 or > 128)
                {
                    return Invalid("'n' must be a whole number from 1 to 128.", "n");
                }

                body.Choices = choices;
                return null;
            case KnownMembers.ReasoningEffort:
                body.WantsReasoning = json.TokenType == JsonTokenType.String
                    && !json.ValueTextEquals("none"u8) && !json.ValueTextEquals("minimal"u8);
                json.Skip();
                return null;
            case KnownMembers.User:
                if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
                {
                    return Invalid("'user' must be a string.", "user");
                }

                body.EndUser = json.GetString();
                return null;
            case KnownMembers.ServiceTier:
                body.Lane = json.TokenType == JsonTokenType.String ? ServiceLanes.Parse(json.ValueSpan) : null;
                json.Skip();
                return null;
            case KnownMembers.HiWay:
                return HiWayExtrasReader.Read(ref json, body);
            case KnownMembers.Cache:
                return ReadCache(ref json, body);
            default:
                json.Skip();
                return null;
        }
    }

    internal static GatewayError? ReadCache(ref Utf8JsonReader json, ChatBody body)
    {
        if (json.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
        {
            return Invalid("'cache' must be true or false.", "cache");
        }

        body.Extras = body.Extras with { Cache = json.TokenType == JsonTokenType.Null ? null : json.TokenType == JsonTokenType.True };
        return null;
    }

    private static GatewayError? ReadStreamOptions(ref Utf8JsonReader json, ChatBody body)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.StartObject)
        {
            return Invalid("'stream_options' must be an object.", "stream_options");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var includeUsage = json.ValueTextEquals("include_usage"u8);
            json.Read();
            if (includeUsage)
            {
                body.IncludeUsage = json.TokenType == JsonTokenType.True;
            }

            json.Skip();
        }

        return null;
    }

    private static GatewayError? ReadTools(ref Utf8JsonReader json, ChatBody body, ref long textBytes)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.StartArray)
        {
            return Invalid("'tools' must be an array.", "tools");
        }

        var start = json.TokenStartIndex;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            body.ToolCount++;
            json.Skip();
        }

        textBytes += json.BytesConsumed - start;
        return null;
    }

    private static GatewayError? ReadResponseFormat(ref Utf8JsonReader json, ChatBody body)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.StartObject)
        {
            return Invalid("'response_format' must be an object.", "response_format");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var type = json.ValueTextEquals("type"u8);
            json.Read();
            if (type && json.TokenType == JsonTokenType.String)
            {
                body.WantsJsonSchema = json.ValueTextEquals("json_schema"u8);
                body.WantsJson = body.WantsJsonSchema || json.ValueTextEquals("json_object"u8);
            }

            json.Skip();
        }

        return null;
    }

    internal static GatewayError Invalid(string message, string param) => new(GatewayErrorKind.InvalidRequest, message, param);
}
