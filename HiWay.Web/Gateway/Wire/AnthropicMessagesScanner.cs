using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;
using HiWay.Infrastructure.Dialects.AnthropicMessages;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Walks `system` and `messages` of an Anthropic body: who says what where, which kinds of blocks there are, and which an upstream would refuse.</summary>
internal readonly struct AnthropicMessagesScanner(ChatBody body)
{
    public GatewayError? ReadSystem(ref Utf8JsonReader json, ref long textBytes)
    {
        var prefix = body.Prefix!;
        var before = textBytes;
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                AddText(ref json, PromptRole.System, ref textBytes);
                break;
            case JsonTokenType.StartArray:
                for (var block = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; block++)
                {
                    if (json.TokenType != JsonTokenType.StartObject)
                    {
                        return ChatBodyScanner.Invalid("'system' must be a string or hold text blocks.", "system");
                    }

                    var length = textBytes;
                    if (ReadBlock(ref json, PromptRole.System, ref textBytes, out _) is { } member)
                    {
                        return NoText($"system[{block}].{member}");
                    }

                    prefix.LastSystemBlockEnd = textBytes > length ? (int)json.BytesConsumed : prefix.LastSystemBlockEnd;
                }

                break;
            default:
                return ChatBodyScanner.Invalid("'system' must be a string or hold text blocks.", "system");
        }

        prefix.HasSystem = true;
        prefix.Bytes += textBytes - before;
        body.MessageCount++;
        return null;
    }

    public GatewayError? ReadMessages(ref Utf8JsonReader json, ref long textBytes)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            return ChatBodyScanner.Invalid("'messages' must be an array.", "messages");
        }

        var cuts = new ArrayCuts(body.Cuts);
        for (var index = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; index++)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                return ChatBodyScanner.Invalid($"'messages[{index}]' must be an object.", $"messages[{index}]");
            }

            cuts.Begin((int)json.TokenStartIndex);
            if (ReadMessage(ref json, index, ref textBytes, out var empty) is { } error)
            {
                return error;
            }

            cuts.End((int)json.BytesConsumed, empty);
            body.MessageCount++;
        }

        cuts.Close();
        return null;
    }

    private GatewayError? ReadMessage(ref Utf8JsonReader json, int index, ref long textBytes, out bool empty)
    {
        var firstText = body.TextCount;
        PromptRole? role = null;
        var hasContent = false;
        empty = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("role"u8))
            {
                json.Read();
                role = json.TokenType != JsonTokenType.String ? null
                    : json.ValueTextEquals("user"u8) ? PromptRole.User
                    : json.ValueTextEquals("assistant"u8) ? PromptRole.Assistant
                    : json.ValueTextEquals("system"u8) ? PromptRole.System
                    : null;
                if (role is null)
                {
                    return ChatBodyScanner.Invalid(
                        $"'messages[{index}].role' must be 'user' or 'assistant'; instructions go to 'system'.", $"messages[{index}].role");
                }
            }
            else if (json.ValueTextEquals("content"u8))
            {
                json.Read();
                hasContent = true;
                if (ReadContent(ref json, index, ref textBytes, out empty) is { } error)
                {
                    return error;
                }
            }
            else
            {
                json.Read();
                json.Skip();
            }
        }

        if (role is not { } known)
        {
            return ChatBodyScanner.Invalid($"'messages[{index}].role' is missing.", $"messages[{index}].role");
        }

        if (!hasContent)
        {
            return ChatBodyScanner.Invalid($"'messages[{index}].content' is missing.", $"messages[{index}].content");
        }

        // The role may stand behind the content, so it is set when the message is over; what a tool said stays a tool's.
        for (var i = firstText; i < body.TextCount; i++)
        {
            body.Texts[i] = body.Texts[i].Role == PromptRole.Tool ? body.Texts[i] : body.Texts[i] with { Role = known };
        }

        return null;
    }

    private GatewayError? ReadContent(ref Utf8JsonReader json, int message, ref long textBytes, out bool empty)
    {
        empty = false;
        if (json.TokenType == JsonTokenType.String)
        {
            AddText(ref json, PromptRole.User, ref textBytes);
            return null;
        }

        if (json.TokenType != JsonTokenType.StartArray)
        {
            return ChatBodyScanner.Invalid($"'messages[{message}].content' must be a string or an array of blocks.", $"messages[{message}].content");
        }

        var before = body.Cuts.Count;
        var cuts = new ArrayCuts(body.Cuts);
        var (blocks, kept) = (0, 0);
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; blocks++)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                return ChatBodyScanner.Invalid($"'messages[{message}].content[{blocks}]' must be an object with a 'type'.", $"messages[{message}].content[{blocks}]");
            }

            cuts.Begin((int)json.TokenStartIndex);
            if (ReadBlock(ref json, PromptRole.User, ref textBytes, out var foreign) is { } member)
            {
                return NoText($"messages[{message}].content[{blocks}].{member}");
            }

            cuts.End((int)json.BytesConsumed, foreign);
            kept += foreign ? 0 : 1;
            if (foreign)
            {
                body.CutPaths.Add($"messages[{message}].content[{blocks}]");
            }
        }

        cuts.Close();
        empty = blocks > 0 && kept == 0;
        if (empty)
        {
            body.Cuts.RemoveRange(before, body.Cuts.Count - before);     // the whole message goes instead
        }

        return null;
    }

    private static GatewayError NoText(string path) => ChatBodyScanner.Invalid($"'{path}' must be a string.", path);

    /// <param name="foreign">It is thinking that Anthropic did not sign.</param>
    /// <returns>The member that should be a text and is none; null when all is well.</returns>
    private string? ReadBlock(ref Utf8JsonReader json, PromptRole role, ref long textBytes, out bool foreign)
    {
        var firstText = body.TextCount;
        long sourceBytes = 0;
        var kind = Kind.Other;
        var ownProof = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("type"u8))
            {
                json.Read();
                if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
                {
                    foreign = false;
                    return "type";
                }

                kind = KindOf(json);
            }
            else if (json.ValueTextEquals("text"u8))
            {
                json.Read();
                if (json.TokenType == JsonTokenType.String)
                {
                    AddText(ref json, role, ref textBytes);
                }
                else if (json.TokenType != JsonTokenType.Null)
                {
                    foreign = false;
                    return "text";
                }
            }
            else if (json.ValueTextEquals("content"u8))
            {
                json.Read();
                if (ReadInner(ref json, ref textBytes) is { } inner)
                {
                    foreign = false;
                    return inner;
                }
            }
            else if (json.ValueTextEquals("source"u8))
            {
                json.Read();
                var start = json.TokenStartIndex;
                json.Skip();
                sourceBytes = json.BytesConsumed - start;
            }
            else if (json.ValueTextEquals("signature"u8) || json.ValueTextEquals("data"u8))
            {
                json.Read();
                ownProof |= json.TokenType == JsonTokenType.String && !AnthropicSignatures.IsForeign(json.ValueSpan);
            }
            else if (json.ValueTextEquals("thinking"u8) || json.ValueTextEquals("input"u8))
            {
                json.Read();
                var start = json.TokenStartIndex;
                json.Skip();
                textBytes += json.BytesConsumed - start;
            }
            else
            {
                var isMark = json.ValueTextEquals("cache_control"u8);
                json.Read();
                body.Prefix!.HasMarks |= isMark && json.TokenType != JsonTokenType.Null;
            }

            json.Skip();
        }

        foreign = kind == Kind.Thinking && !ownProof;
        Count(kind, sourceBytes, firstText, ref textBytes);
        return null;
    }

    private void Count(Kind kind, long sourceBytes, int firstText, ref long textBytes)
    {
        switch (kind)
        {
            case Kind.Image:
                body.ImageCount++;
                break;
            case Kind.Document:
                body.HasFiles = true;
                textBytes += sourceBytes / 10;      // as OpenAI's files: a page of PDF is some 3 KB of base64 per 100 tokens of text
                break;
            case Kind.ToolUse:
                body.HasToolHistory = true;
                break;
            case Kind.ToolResult:
                body.HasToolHistory = true;
                for (var i = firstText; i < body.TextCount; i++)
                {
                    body.Texts[i] = body.Texts[i] with { Role = PromptRole.Tool };
                }

                break;
        }
    }

    /// <summary>What a tool result or a search result holds: a text or blocks.</summary>
    private string? ReadInner(ref Utf8JsonReader json, ref long textBytes)
    {
        if (json.TokenType == JsonTokenType.String)
        {
            AddText(ref json, PromptRole.Tool, ref textBytes);
        }
        else if (json.TokenType == JsonTokenType.StartArray)
        {
            for (var block = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; block++)
            {
                if (json.TokenType != JsonTokenType.StartObject)
                {
                    json.Skip();
                }
                else if (ReadBlock(ref json, PromptRole.User, ref textBytes, out _) is { } member)
                {
                    return $"content[{block}].{member}";
                }
            }
        }

        return null;
    }

    private void AddText(ref Utf8JsonReader json, PromptRole role, ref long textBytes)
    {
        var length = json.ValueSpan.Length;
        body.AddText(new PromptSpan(role, (int)json.TokenStartIndex + 1, length, body.MessageCount));
        textBytes += length;
    }

    private static Kind KindOf(in Utf8JsonReader json) =>
        json.TokenType != JsonTokenType.String ? Kind.Other
        : json.ValueTextEquals("image"u8) ? Kind.Image
        : json.ValueTextEquals("document"u8) ? Kind.Document
        : json.ValueTextEquals("tool_use"u8) ? Kind.ToolUse
        : json.ValueTextEquals("tool_result"u8) ? Kind.ToolResult
        : json.ValueTextEquals("thinking"u8) || json.ValueTextEquals("redacted_thinking"u8) ? Kind.Thinking
        : Kind.Other;

    private enum Kind { Other, Image, Document, ToolUse, ToolResult, Thinking }
}

/// <summary>Which bytes of a JSON array must go when some of its elements do, with the commas that belong to them.</summary>
internal struct ArrayCuts(List<Range> cuts)
{
    private int _start;
    private int _previousEnd;
    private int _headStart = -1;
    private bool _kept;

    public void Begin(int start)
    {
        _start = start;
        CloseHead(start);
    }

    public void End(int end, bool cut)
    {
        if (!cut)
        {
            _kept = true;
        }
        else if (_kept)
        {
            cuts.Add(_previousEnd..end);
        }
        else
        {
            // Nothing stands before it yet, so it goes up to the next element.
            _headStart = _start;
        }

        _previousEnd = end;
    }

    public void Close() => CloseHead(_previousEnd);

    private void CloseHead(int end)
    {
        if (_headStart >= 0)
        {
            cuts.Add(_headStart..end);
            _headStart = -1;
        }
    }
}
