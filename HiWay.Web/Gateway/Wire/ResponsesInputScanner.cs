using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Walks `input`: who says what where, and which kinds of items and parts there are.</summary>
internal static class ResponsesInputScanner
{
    /// <param name="textBytes">Grows by every byte that counts as prompt text.</param>
    public static GatewayError? Read(ref Utf8JsonReader json, ChatBody body, ref long textBytes)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                AddText(ref json, body, PromptRole.User, ref textBytes);
                body.MessageCount++;
                return null;
            case JsonTokenType.StartArray:
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    if (json.TokenType != JsonTokenType.StartObject)
                    {
                        return ChatBodyScanner.Invalid($"'input[{body.MessageCount}]' must be an object.", $"input[{body.MessageCount}]");
                    }

                    if (ReadItem(ref json, body, ref textBytes) is { } error)
                    {
                        return error;
                    }

                    body.MessageCount++;
                }

                return null;
            default:
                return ChatBodyScanner.Invalid("'input' must be a string or a list of items.", "input");
        }
    }

    public static void AddText(ref Utf8JsonReader json, ChatBody body, PromptRole role, ref long textBytes)
    {
        var length = json.ValueSpan.Length;
        body.AddText(new PromptSpan(role, (int)json.TokenStartIndex + 1, length, body.MessageCount));
        textBytes += length;
    }

    private static GatewayError? ReadItem(ref Utf8JsonReader json, ChatBody body, ref long textBytes)
    {
        var index = body.MessageCount;
        var firstText = body.TextCount;
        var role = PromptRole.User;
        var hasContent = false;
        var hasType = false;
        var isMessage = true;
        var wrongContent = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("role"u8))
            {
                json.Read();
                if (json.TokenType != JsonTokenType.String || Role(ref json) is not { } known)
                {
                    return ChatBodyScanner.Invalid($"'input[{index}].role' must be one of user, assistant, system, developer.", $"input[{index}].role");
                }

                role = known;
            }
            else if (json.ValueTextEquals("type"u8))
            {
                json.Read();
                hasType = true;
                if (json.TokenType == JsonTokenType.String)
                {
                    isMessage = json.ValueTextEquals("message"u8);
                    var output = json.ValueTextEquals("function_call_output"u8) || json.ValueTextEquals("custom_tool_call_output"u8);
                    body.HasToolHistory |= output || json.ValueTextEquals("function_call"u8) || json.ValueTextEquals("custom_tool_call"u8);
                    body.HasItemReferences |= json.ValueTextEquals("item_reference"u8);
                    role = output ? PromptRole.Tool : role;
                }

                json.Skip();
            }
            else if (json.ValueTextEquals("content"u8) || json.ValueTextEquals("output"u8))
            {
                var isContent = json.ValueTextEquals("content"u8);
                json.Read();
                hasContent = true;
                wrongContent |= isContent && json.TokenType is (JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.StartObject);
                if (ReadContent(ref json, body, index, ref textBytes) is { } error)
                {
                    return error;
                }
            }
            else if (json.ValueTextEquals("arguments"u8) || json.ValueTextEquals("input"u8) || json.ValueTextEquals("summary"u8))
            {
                json.Read();
                var start = json.TokenStartIndex;
                json.Skip();
                textBytes += json.BytesConsumed - start;
            }
            else
            {
                json.Read();
                json.Skip();
            }
        }

        // Other items have a member of this name in shapes of their own.
        if (wrongContent && isMessage)
        {
            return ChatBodyScanner.Invalid($"'input[{index}].content' must be a string or a list of parts.", $"input[{index}].content");
        }

        // An id alone is a reference too.
        body.HasItemReferences |= !hasType && !hasContent;

        // The role may stand behind the content, so it is set when the item is over.
        for (var i = firstText; i < body.TextCount; i++)
        {
            body.Texts[i] = body.Texts[i] with { Role = role };
        }

        return null;
    }

    private static PromptRole? Role(ref Utf8JsonReader json) =>
        json.ValueTextEquals("user"u8) ? PromptRole.User
        : json.ValueTextEquals("assistant"u8) ? PromptRole.Assistant
        : json.ValueTextEquals("system"u8) || json.ValueTextEquals("developer"u8) ? PromptRole.System
        : null;

    private static GatewayError? ReadContent(ref Utf8JsonReader json, ChatBody body, int item, ref long textBytes)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.String:
                AddText(ref json, body, PromptRole.User, ref textBytes);
                return null;
            case JsonTokenType.StartArray:
                for (var part = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; part++)
                {
                    if (json.TokenType == JsonTokenType.String)
                    {
                        AddText(ref json, body, PromptRole.User, ref textBytes);
                    }
                    else if (json.TokenType != JsonTokenType.StartObject)
                    {
                        return ChatBodyScanner.Invalid($"'input[{item}].content[{part}]' must be an object with a 'type'.", $"input[{item}].content[{part}]");
                    }
                    else if (!ReadPart(ref json, body, ref textBytes))
                    {
                        return ChatBodyScanner.Invalid($"'input[{item}].content[{part}].text' must be a string.", $"input[{item}].content[{part}].text");
                    }
                }

                return null;
            default:
                // Other items have members of this name in shapes of their own; what is wrong for a model's API is said when it is read.
                json.Skip();
                return null;
        }
    }

    /// <returns>False when its text is none.</returns>
    private static bool ReadPart(ref Utf8JsonReader json, ChatBody body, ref long textBytes)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("text"u8) || json.ValueTextEquals("refusal"u8))
            {
                json.Read();
                if (json.TokenType == JsonTokenType.String)
                {
                    AddText(ref json, body, PromptRole.User, ref textBytes);
                }
                else if (json.TokenType != JsonTokenType.Null)
                {
                    return false;
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
            else if (json.ValueTextEquals("file_data"u8) || json.ValueTextEquals("file_url"u8) || json.ValueTextEquals("file_id"u8))
            {
                body.HasFiles = true;
                json.Read();
                var start = json.TokenStartIndex;
                json.Skip();

                // As in the chat dialect: a page of PDF is some 3 KB of base64 per 100 tokens of text.
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
}
