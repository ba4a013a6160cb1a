using System.Buffers;
using System.Text.Json;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Guardian;

/// <summary>
/// Shortens a conversation by leaving out its oldest turns, in each dialect that has turns: `messages` of chat completions and of Anthropic,
/// `input` items of Responses. Instructions stay; a call of a tool stays with its result, reasoning with what it led to; what is left begins
/// with a question of the user's, so that every provider takes it.
/// </summary>
internal static class ConversationCut
{
    private enum Kind { System, User, Answer, Call, Reasoning, Result }

    /// <summary>Turns that only stay or go together.</summary>
    private sealed record Turn(int First, Kind Kind)
    {
        public int Last { get; set; } = First;

        public int Tokens { get; set; }
    }

    /// <summary>The body with as many of its newest turns as fit; the buffer is the caller's.</summary>
    /// <param name="removed">How many messages or items were left out.</param>
    /// <returns>Null when there is no conversation, or its last turn is too long by itself.</returns>
    public static (byte[] Rented, int Length, int Removed)? Shorten(ChatBody body, int limit)
    {
        var bytes = body.Bytes.Span;
        if (Find(body) is not { } member)
        {
            return null;
        }

        long fixedTokens = 0;
        foreach (var other in body.Members)
        {
            fixedTokens += other != member && PromptParts.IsRead(PromptParts.Name(bytes, other)) ? PromptParts.OfJson(bytes[other.ValueStart..other.End]) : 0;
        }

        var items = Items(bytes[member.ValueStart..member.End], member.ValueStart);
        var turns = Turns(bytes, items);
        if (Keep(turns, limit - fixedTokens) is not { } kept)
        {
            return null;
        }

        var (rented, at, first) = (ArrayPool<byte>.Shared.Rent(bytes.Length), 0, true);
        Write(bytes[..(member.ValueStart + 1)]);
        var removed = items.Count;
        foreach (var turn in turns.Where(kept.Contains))
        {
            for (var i = turn.First; i <= turn.Last; i++)
            {
                Write(first ? default : ","u8);
                Write(bytes[items[i]]);
                (first, removed) = (false, removed - 1);
            }
        }

        Write(bytes[(member.End - 1)..]);
        return (rented, at, removed);

        void Write(ReadOnlySpan<byte> piece)
        {
            piece.CopyTo(rented.AsSpan(at));
            at += piece.Length;
        }
    }

    private static BodyMember? Find(ChatBody body)
    {
        var bytes = body.Bytes.Span;
        foreach (var member in body.Members)
        {
            var name = PromptParts.Name(bytes, member);
            if (bytes[member.ValueStart] == (byte)'[' && (name.SequenceEqual("messages"u8) || name.SequenceEqual("input"u8)))
            {
                return member;
            }
        }

        return null;
    }

    private static List<Range> Items(ReadOnlySpan<byte> array, int offset)
    {
        var items = new List<Range>();
        var json = new Utf8JsonReader(array, new JsonReaderOptions { MaxDepth = 256 });
        json.Read();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)json.TokenStartIndex;
            json.Skip();
            items.Add((offset + start)..(offset + (int)json.BytesConsumed));
        }

        return items;
    }

    private static List<Turn> Turns(ReadOnlySpan<byte> bytes, List<Range> items)
    {
        var turns = new List<Turn>();
        var before = Kind.System;
        for (var i = 0; i < items.Count; i++)
        {
            var item = bytes[items[i]];
            var kind = KindOf(item);
            var open = turns.Count > 0 ? turns[^1] : null;
            var joins = kind switch
            {
                Kind.Result => open is { Kind: Kind.Call or Kind.Reasoning or Kind.Result },
                Kind.Call => before is Kind.Reasoning || (before is Kind.Call && IsItem(item)),
                Kind.Reasoning => before is Kind.Reasoning,
                Kind.Answer => before is Kind.Reasoning,
                _ => false,
            };
            if (!joins)
            {
                turns.Add(open = new Turn(i, kind));
            }

            open!.Last = i;
            open.Tokens += PromptParts.OfJson(item) + Domain.Limits.TokenEstimate.PerMessage;
            before = kind;
        }

        return turns;
    }

    /// <summary>Instructions, the newest turns that fit and, when these do not begin with one, the user's question that they answer.</summary>
    private static HashSet<Turn>? Keep(List<Turn> turns, long room)
    {
        var talk = turns.Where(turn => turn.Kind is not Kind.System).ToList();
        room -= turns.Where(turn => turn.Kind is Kind.System).Sum(turn => (long)turn.Tokens);
        HashSet<Turn>? best = null;
        var tokens = 0L;
        for (var first = talk.Count - 1; first >= 0 && (tokens += talk[first].Tokens) <= room; first--)
        {
            var question = talk[first].Kind is Kind.User ? null : talk.Take(first).LastOrDefault(turn => turn.Kind is Kind.User);
            if (tokens + (question?.Tokens ?? 0) <= room)
            {
                best = [.. turns.Where(turn => turn.Kind is Kind.System), .. question is null ? Array.Empty<Turn>() : [question], .. talk.Skip(first)];
            }
        }

        return best;
    }

    private static Kind KindOf(ReadOnlySpan<byte> item)
    {
        var reader = new Utf8JsonReader(item, new JsonReaderOptions { MaxDepth = 256 });
        using var json = JsonDocument.ParseValue(ref reader);
        var root = json.RootElement;
        var (role, type) = (Text(root, "role"), Text(root, "type"));
        return role switch
        {
            "system" or "developer" => Kind.System,
            "tool" or "function" => Kind.Result,
            "user" => Has(root, "tool_result") ? Kind.Result : Kind.User,
            "assistant" => IsSet(root, "tool_calls") || IsSet(root, "function_call") || Has(root, "tool_use") ? Kind.Call : Kind.Answer,
            _ when type is "reasoning" => Kind.Reasoning,
            _ when type.EndsWith("_output", StringComparison.Ordinal) => Kind.Result,
            _ => Kind.Call,   // an item that a model made: calls of all kinds
        };
    }

    /// <summary>An item of Responses and no message.</summary>
    private static bool IsItem(ReadOnlySpan<byte> item)
    {
        var reader = new Utf8JsonReader(item, new JsonReaderOptions { MaxDepth = 256 });
        using var json = JsonDocument.ParseValue(ref reader);
        return Text(json.RootElement, "role").Length == 0;
    }

    private static bool Has(JsonElement message, string part)
    {
        if (!message.TryGetProperty("content", out var content) || content.ValueKind is not JsonValueKind.Array)
        {
            return false;
        }

        foreach (var one in content.EnumerateArray())
        {
            if (Text(one, "type") == part)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsSet(JsonElement message, string name) => message.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Array or JsonValueKind.Object;

    private static string Text(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : "";
}
