using System.Text.Json;
using HiWay.Domain.Guardian;
using HiWay.Domain.Limits;
using HiWay.Web.Gateway.Operations;
using HiWay.Web.Gateway.Operations.Providers;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Guardian;

/// <summary>The parts of a body that are its prompt, in every dialect: what a call is known by, and how long it is.</summary>
internal static class PromptParts
{
    /// <summary>The end of a prompt by which it is told from others.</summary>
    private const int TailBytes = 160;

    /// <summary>Of the prompt and the model; 0 for calls without a prompt. What else a body says (temperature, user) makes no other prompt of it.</summary>
    /// <param name="seed">What nothing has been added to.</param>
    public static ulong Hash(GatewayCall call, ulong seed)
    {
        var body = call.Body;
        var bytes = body.Bytes.Span;
        switch (call.Operation)
        {
            case CountTokensOperation:
                return 0;   // costs nothing, and agents ask again and again
            case { FormPrompt: { } prompt }:
                // The pictures of a form pass by unread; their size stands for them.
                return PromptHash.Add(PromptHash.Add(seed, JsonEncodedText.Encode(prompt).EncodedUtf8Bytes), BitConverter.GetBytes(call.Http.Request.ContentLength ?? 0));
        }

        if (bytes.Length == 0)
        {
            return 0;
        }

        if (call.Operation is ProviderOperation)
        {
            var path = System.Text.Encoding.UTF8.GetBytes(call.Http.Request.Path.ToString());
            return PromptHash.Add(PromptHash.Add(seed, path), bytes);
        }

        var (hash, any) = (seed, false);
        foreach (var member in body.Members)
        {
            var isPrompt = IsPrompt(Name(bytes, member));
            any |= isPrompt;
            if (isPrompt || member == body.ModelMember)
            {
                hash = PromptHash.Add(hash, bytes[member.ValueStart..member.End]);
            }
        }

        return any ? hash : PromptHash.Add(hash, bytes);
    }

    /// <summary>The end of the prompt's last text, for telling loops from work; null where there is none.</summary>
    public static byte[]? Tail(GatewayCall call)
    {
        var body = call.Body;
        if (call.Operation is ProviderOperation { CostsNothing: false })
        {
            return AnswerWords.Last(body.Bytes.Span) is { IsEmpty: false } text ? text[^Math.Min(text.Length, TailBytes)..].ToArray() : null;
        }

        if (call.Operation is not null || body.TextCount == 0)
        {
            return null;
        }

        var last = body.Texts[body.TextCount - 1];
        var length = Math.Min(last.Length, TailBytes);
        return body.Bytes.Span.Slice(last.Start + last.Length - length, length).ToArray();
    }

    /// <summary>
    /// Tokens of the prompt, or the cheap estimate where that is at most <paramref name="limit"/>: it leans high, so such a prompt is certainly no longer.
    /// Of embeddings the longest text, since each is a prompt by itself.
    /// </summary>
    public static int Tokens(GatewayCall call, int limit)
    {
        var (body, estimate) = (call.Body, call.PromptTokens);
        if (estimate <= limit || body.Bytes.Length == 0 || call.Operation is CountTokensOperation)
        {
            return Math.Min(estimate, limit);
        }

        var bytes = body.Bytes.Span;
        if (call.Operation is EmbeddingsOperation)
        {
            var longest = 0;
            for (var i = 0; i < body.TextCount; i++)
            {
                longest = Math.Max(longest, TokenEstimate.OfText(bytes.Slice(body.Texts[i].Start, body.Texts[i].Length)));
            }

            return longest;
        }

        // The estimate takes 3 bytes for a token; no text has more than 8, so this one is over in any case and needs no counting.
        return (long)estimate * 3 / 8 > limit ? (int)((long)estimate * 3 / 4) : Count(call);
    }

    /// <summary>Counts tokens in one JSON value: its texts and names, and pictures at their usual price.</summary>
    public static int OfJson(ReadOnlySpan<byte> value)
    {
        var json = new Utf8JsonReader(value, new JsonReaderOptions { MaxDepth = 256 });
        var (tokens, isData) = (0L, false);
        while (json.Read())
        {
            switch (json.TokenType)
            {
                case JsonTokenType.PropertyName:
                    isData = json.ValueTextEquals("data"u8) || json.ValueTextEquals("file_data"u8);
                    tokens++;
                    continue;
                case JsonTokenType.String:
                    tokens += isData || json.ValueSpan.StartsWith("data:"u8) ? TokenEstimate.PerImage : TokenEstimate.OfText(json.ValueSpan);
                    break;
                case JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                    tokens++;
                    break;
                default:
                    break;
            }

            isData = false;
        }

        return (int)Math.Min(int.MaxValue, tokens);
    }

    /// <summary>The name of a member as it stands in the body.</summary>
    public static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> bytes, BodyMember member)
    {
        var name = bytes[(member.NameStart + 1)..member.ValueStart];
        var end = name.IndexOf((byte)'"');
        return end < 0 ? default : name[..end];
    }

    /// <summary>A member that the model reads.</summary>
    public static bool IsRead(ReadOnlySpan<byte> name) => IsPrompt(name) || name.SequenceEqual("tools"u8) || name.SequenceEqual("functions"u8);

    private static int Count(GatewayCall call)
    {
        var (body, tokens) = (call.Body, 0L);
        var bytes = body.Bytes.Span;
        if (body.Members.Count == 0)
        {
            return OfJson(bytes);   // a provider's own API
        }

        foreach (var member in body.Members)
        {
            tokens += IsRead(Name(bytes, member)) ? OfJson(bytes[member.ValueStart..member.End]) : 0;
        }

        return (int)Math.Min(int.MaxValue, tokens);
    }

    private static bool IsPrompt(ReadOnlySpan<byte> name) => name.Length switch
    {
        8 => name.SequenceEqual("messages"u8),
        5 => name.SequenceEqual("input"u8),
        6 => name.SequenceEqual("prompt"u8) || name.SequenceEqual("system"u8),
        12 => name.SequenceEqual("instructions"u8),
        20 => name.SequenceEqual("previous_response_id"u8),
        _ => false,
    };
}
