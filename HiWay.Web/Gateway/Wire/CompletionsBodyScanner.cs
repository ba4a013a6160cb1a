using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Domain.Limits;
using HiWay.Domain.Routing;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Finds what decisions need in the body of <c>POST /v1/completions</c>.</summary>
internal static class CompletionsBodyScanner
{
    public static (ChatBody? Body, GatewayError? Error) Scan(byte[] rented, int length) => ChatBodyScanner.Scan(rented, length, Read);

    private static GatewayError? Read(ChatBody body, ReadOnlySpan<byte> bytes)
    {
        const KnownMembers Both = KnownMembers.Model | KnownMembers.Stream | KnownMembers.StreamOptions | KnownMembers.MaxTokens | KnownMembers.N
            | KnownMembers.User | KnownMembers.HiWay | KnownMembers.Cache;
        var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = ChatBodyScanner.MaxDepth });
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            return new GatewayError(GatewayErrorKind.InvalidRequest, "The body must be a JSON object with 'model' and 'prompt'.");
        }

        var seen = KnownMembers.None;
        long textBytes = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var nameStart = (int)json.TokenStartIndex;
            var isPrompt = json.ValueTextEquals("prompt"u8);
            var (member, name) = isPrompt ? (KnownMembers.Messages, "prompt") : KnownMembersTable.Read(ref json);
            member = isPrompt || (member & Both) == member ? member : KnownMembers.None;
            if (member != KnownMembers.None && (seen & member) != 0)
            {
                return ChatBodyScanner.Invalid($"'{name}' is given twice.", name);
            }

            seen |= member;
            json.Read();
            var valueStart = (int)json.TokenStartIndex;
            var error = isPrompt ? ReadPrompt(ref json, body, ref textBytes) : ChatBodyScanner.ReadMember(ref json, body, member, ref textBytes);
            if (error is not null)
            {
                return error;
            }

            var span = new BodyMember(nameStart, valueStart, (int)json.BytesConsumed);
            body.Members.Add(span);
            ChatBodyScanner.Remember(body, member, span);
        }

        json.Read();
        if ((seen & KnownMembers.Model) == 0)
        {
            return ChatBodyScanner.Invalid("'model' is missing. Use a model id such as 'openai/gpt-4o', a tier such as 'light', or 'auto'.", "model");
        }

        if (body.MessageCount == 0)
        {
            return ChatBodyScanner.Invalid("'prompt' is missing; it must be a string, or a list of one string: several prompts are several calls.", "prompt");
        }

        body.PromptTokens = TokenEstimate.OfBytes(textBytes) + TokenEstimate.PerMessage;
        return null;
    }

    private static GatewayError? ReadPrompt(ref Utf8JsonReader json, ChatBody body, ref long textBytes)
    {
        var listed = json.TokenType == JsonTokenType.StartArray;
        while (!listed || (json.Read() && json.TokenType != JsonTokenType.EndArray))
        {
            if (json.TokenType != JsonTokenType.String || body.MessageCount == 1)
            {
                return ChatBodyScanner.Invalid(
                    "'prompt' must be a string, or a list of one string: several prompts are several calls, and tokens of one model mean nothing to another.", "prompt");
            }

            ResponsesInputScanner.AddText(ref json, body, PromptRole.User, ref textBytes);
            body.MessageCount = 1;
            if (!listed)
            {
                break;
            }
        }

        return null;
    }
}
