using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Walks the `messages` array: who says what where, and which kinds of parts there are.</summary>
internal static class ChatMessagesScanner
{
    /// <summary>Reads from the array's start to its end.</summary>
    /// <param name="textBytes">Grows by every byte that counts as prompt text.</param>
    public static GatewayError? Read(ref Utf8JsonReader json, ChatBody body, ref long textBytes)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            return ChatBodyScanner.Invalid("'messages' must be an array.", "messages");
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                return ChatBodyScanner.Invalid($"'messages[{body.MessageCount}]' must be an object.", $"messages[{body.MessageCount}]");
            }

            if (ReadMessage(ref json, body, ref textBytes) is { } error)
            {
                return error;
            }

            body.MessageCount++;
        }

        return null;
    }

    private static GatewayError? ReadMessage(ref Utf8JsonReader json, ChatBody body, ref long textBytes)
    {
        var index = body.MessageCount;
        var firstText = body.TextCount;
        PromptRole? role = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("role"u8))
            {
                json.Read();
                role = ReadRole(ref json);
                body.HasDeveloper |= role == PromptRole.System && json.ValueTextEquals("developer"u8);
                if (role is null)
                {
                    return ChatBodyScanner.Invalid(
                        $"'messages[{index}].role' must be one of system, developer, user, assistant, tool.", $"messages[{index}].role");
                }
            }
            else if (json.ValueTextEquals("content"u8))
            {
                json.Read();
                if (ReadContent(ref json, body, index, ref textBytes) is { } error)
                {
                    return error;
                }
            }
            else if (json.ValueTextEquals("tool_calls"u8))
            {
                json.Read();
                body.HasToolHistory |= json.TokenType == JsonTokenType.StartArray;
                var start = json.TokenStartIndex;
                json.Skip();
                textBytes += json.BytesConsumed - start;
                body.HasSignatures |= body.Bytes.Span[(int)start..(int)json.BytesConsumed].IndexOf("\"extra_content\""u8) >= 0;
            }
            else
            {
                body.HasSignatures |= json.ValueTextEquals("reasoning_details"u8);
                body.HasThinking |= json.ValueTextEquals("reasoning_content"u8) || json.ValueTextEquals("reasoning"u8);
                json.Read();
                json.Skip();
            }
        }

        if (role is not { } known)
        {
            return ChatBodyScanner.Invalid($"'messages[{index}].role' is missing.", $"messages[{index}].role");
        }

        body.HasToolHistory |= known == PromptRole.Tool;

        // The role may stand behind the content, so it is set when the message is over.
        for (var i = firstText; i < body.TextCount; i++)
        {
            body.Texts[i] = body.Texts[i] with { Role = known };
        }

        return null;
    }

    private static PromptRole? ReadRole(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.String)
        {
            return null;
        }

        return json.ValueTextEquals("user"u8) ? PromptRole.User
            : json.ValueTextEquals("assistant"u8) ? PromptRole.Assistant
            : json.ValueTextEquals("system"u8) || json.ValueTextEquals("developer"u8) ? PromptRole.System
            : json.ValueTextEquals("tool"u8) || json.ValueTextEquals("function"u8) ? PromptRole.Tool
            : null;
    }

    private static GatewayError? ReadContent(ref Utf8JsonReader json, ChatBody body, int message, ref long textBytes)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                AddText(ref json, body, message, ref textBytes);
                return null;
            case JsonTokenType.StartArray:
                for (var part = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; part++)
                {
                    if (json.TokenType == JsonTokenType.String)
                    {
                        AddText(ref json, body, message, ref textBytes);
                    }
                    else if (json.TokenType != JsonTokenType.StartObject)
                    {
                        return ChatBodyScanner.Invalid(
                            $"'messages[{message}].content[{part}]' must be an object with a 'type'.", $"messages[{message}].content[{part}]");
                    }
                    else if (!ReadPart(ref json, body, message, ref textBytes))
                    {
                        return ChatBodyScanner.Invalid($"'messages[{message}].content[{part}].text' must be a string.", $"messages[{message}].content[{part}].text");
                    }
                }

                return null;
            default:
                return ChatBodyScanner.Invalid(
                    $"'messages[{message}].content' must be a string or an array of parts.", $"messages[{message}].content");
        }
    }

    /// <returns>False when its text is none.</returns>
    private static bool ReadPart(ref Utf8JsonReader json, ChatBody body, int message, ref long textBytes)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            // Parts are known by the member that carries them, so the order of `type` does not matter.
            if (json.ValueTextEquals("text"u8) || json.ValueTextEquals("refusal"u8))
            {
                json.Read();
                if (json.TokenType == JsonTokenType.String)
                {
                    AddText(ref json, body, message, ref textBytes);
                }
                else if (json.TokenType != JsonTokenType.Null)
                {
                    return false;   // nothing is what clients write beside a picture
                }
            }
            else if (json.ValueTextEquals("image_url"u8))
            {
                body.ImageCount++;
                json.Read();
            }
            else if (json.ValueTextEquals("input_audio"u8))
            {
                body.HasAudio = true;
                json.Read();
                textBytes += json.TokenType == JsonTokenType.StartObject ? 3_000 : 0;
            }
            else if (json.ValueTextEquals("file"u8))
            {
                body.HasFiles = true;
                json.Read();
                var start = json.TokenStartIndex;
                json.Skip();

                // A page of PDF is some 3 KB of base64 per 100 tokens of text; counted by a tenth of its bytes.
                textBytes += (json.BytesConsumed - start) / 10;
            }
            else
            {
                json.Read();
            }

            json.Skip();
        }

        return true;
    }

    private static void AddText(ref Utf8JsonReader json, ChatBody body, int message, ref long textBytes)
    {
        var length = json.ValueSpan.Length;
        body.AddText(new PromptSpan(PromptRole.User, (int)json.TokenStartIndex + 1, length, message));
        textBytes += length;
    }
}
