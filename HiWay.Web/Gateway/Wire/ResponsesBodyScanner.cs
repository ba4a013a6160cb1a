using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Domain.Limits;
using HiWay.Domain.Routing;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Finds what decisions need in the body of <c>POST /v1/responses</c>, in one forward pass and without turning it into objects.</summary>
internal static class ResponsesBodyScanner
{
    /// <summary>Members that only this dialect has and HiWay decides on.</summary>
    [Flags]
    private enum Own
    {
        None = 0,
        Input = 1,
        Instructions = 2,
        MaxOutputTokens = 4,
        Text = 8,
        Reasoning = 16,
        PreviousResponseId = 32,
        Store = 64,
    }

    public static (ChatBody? Body, GatewayError? Error) Scan(byte[] rented, int length) => ChatBodyScanner.Scan(rented, length, Read);

    private static GatewayError? Read(ChatBody body, ReadOnlySpan<byte> bytes)
    {
        var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = ChatBodyScanner.MaxDepth });
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            return new GatewayError(GatewayErrorKind.InvalidRequest, "The body must be a JSON object with 'model' and 'input'.");
        }

        var seen = KnownMembers.None;
        var seenOwn = Own.None;
        long textBytes = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var nameStart = (int)json.TokenStartIndex;
            var (own, ownName) = Named(ref json);
            var (member, name) = own == Own.None ? Shared(ref json) : (KnownMembers.None, ownName);
            if ((member != KnownMembers.None && (seen & member) != 0) || (own != Own.None && (seenOwn & own) != 0))
            {
                return ChatBodyScanner.Invalid($"'{name}' is given twice.", name);
            }

            seen |= member;
            seenOwn |= own;
            json.Read();
            var valueStart = (int)json.TokenStartIndex;
            var error = own == Own.None ? ChatBodyScanner.ReadMember(ref json, body, member, ref textBytes) : ReadOwn(ref json, body, own, ref textBytes);
            if (error is not null)
            {
                return error;
            }

            var span = new BodyMember(nameStart, valueStart, (int)json.BytesConsumed);
            body.Members.Add(span);
            ChatBodyScanner.Remember(body, member, span);
            if (own == Own.Input)
            {
                body.InputMember = span;
            }
        }

        json.Read();
        if ((seen & KnownMembers.Model) == 0)
        {
            return ChatBodyScanner.Invalid("'model' is missing. Use a model id such as 'openai/gpt-5', a tier such as 'light', or 'auto'.", "model");
        }

        if (body.MessageCount == 0 && body.PreviousResponseId is null && (seenOwn & Own.Input) == 0 && !NamesPrompt(body, bytes))
        {
            return ChatBodyScanner.Invalid("'input' is missing; it must be a string or a list of items.", "input");
        }

        body.PromptTokens = TokenEstimate.OfBytes(textBytes)
            + body.MessageCount * TokenEstimate.PerMessage + body.ImageCount * TokenEstimate.PerImage;
        return null;
    }

    /// <summary>A prompt kept at OpenAI, or a conversation there, may stand in for the input.</summary>
    private static bool NamesPrompt(ChatBody body, ReadOnlySpan<byte> bytes)
    {
        foreach (var member in body.Members)
        {
            var name = bytes[member.NameStart..member.ValueStart];
            if (name.StartsWith("\"prompt\""u8) || name.StartsWith("\"conversation\""u8))
            {
                return true;
            }
        }

        return false;
    }

    private static (Own Member, string Name) Named(ref Utf8JsonReader json) =>
        json.ValueTextEquals("input"u8) ? (Own.Input, "input")
        : json.ValueTextEquals("instructions"u8) ? (Own.Instructions, "instructions")
        : json.ValueTextEquals("max_output_tokens"u8) ? (Own.MaxOutputTokens, "max_output_tokens")
        : json.ValueTextEquals("text"u8) ? (Own.Text, "text")
        : json.ValueTextEquals("reasoning"u8) ? (Own.Reasoning, "reasoning")
        : json.ValueTextEquals("previous_response_id"u8) ? (Own.PreviousResponseId, "previous_response_id")
        : json.ValueTextEquals("store"u8) ? (Own.Store, "store")
        : (Own.None, "");

    /// <summary>What both of OpenAI's dialects call by one name; the chat dialect's other names mean nothing here.</summary>
    private static (KnownMembers Member, string Name) Shared(ref Utf8JsonReader json)
    {
        const KnownMembers Both = KnownMembers.Model | KnownMembers.Stream | KnownMembers.Tools | KnownMembers.ToolChoice | KnownMembers.User
            | KnownMembers.HiWay | KnownMembers.Cache | KnownMembers.ServiceTier;
        var found = KnownMembersTable.Read(ref json);
        return (found.Member & Both) == found.Member ? found : (KnownMembers.None, "");
    }

    private static GatewayError? ReadOwn(ref Utf8JsonReader json, ChatBody body, Own member, ref long textBytes)
    {
        switch (member)
        {
            case Own.Input:
                return ResponsesInputScanner.Read(ref json, body, ref textBytes);
            case Own.Instructions:
                if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
                {
                    return ChatBodyScanner.Invalid("'instructions' must be a string.", "instructions");
                }

                if (json.TokenType == JsonTokenType.String)
                {
                    ResponsesInputScanner.AddText(ref json, body, PromptRole.System, ref textBytes);
                }

                return null;
            case Own.MaxOutputTokens:
                if (json.TokenType == JsonTokenType.Null)
                {
                    return null;
                }

                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var limit) || limit < 1)
                {
                    return ChatBodyScanner.Invalid("'max_output_tokens' must be a whole number of tokens from 1 on.", "max_output_tokens");
                }

                body.MaxOutputTokens = limit;
                return null;
            case Own.Text:
                return ReadText(ref json, body);
            case Own.Reasoning:
                return ReadReasoning(ref json, body);
            case Own.PreviousResponseId:
                if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
                {
                    return ChatBodyScanner.Invalid("'previous_response_id' must be a string.", "previous_response_id");
                }

                body.PreviousResponseId = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                return null;
            default:
                if (json.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
                {
                    return ChatBodyScanner.Invalid("'store' must be true or false.", "store");
                }

                body.Store = json.TokenType != JsonTokenType.False;
                return null;
        }
    }

    private static GatewayError? ReadText(ref Utf8JsonReader json, ChatBody body)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.StartObject)
        {
            return ChatBodyScanner.Invalid("'text' must be an object.", "text");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var format = json.ValueTextEquals("format"u8);
            json.Read();
            if (format && json.TokenType == JsonTokenType.StartObject)
            {
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
            }
            else
            {
                json.Skip();
            }
        }

        return null;
    }

    private static GatewayError? ReadReasoning(ref Utf8JsonReader json, ChatBody body)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.StartObject)
        {
            return ChatBodyScanner.Invalid("'reasoning' must be an object.", "reasoning");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var effort = json.ValueTextEquals("effort"u8);
            json.Read();
            if (effort)
            {
                body.WantsReasoning = json.TokenType == JsonTokenType.String && !json.ValueTextEquals("none"u8) && !json.ValueTextEquals("minimal"u8);
            }

            json.Skip();
        }

        return null;
    }
}
