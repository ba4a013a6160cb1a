using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>Writes the turns of the inner form as OpenAI's messages.</summary>
internal static class OpenAiChatConversation
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<ChatMessage> messages, ICollection<string> dropped)
    {
        json.WriteStartArray("messages");
        for (var i = 0; i < messages.Count; i++)
        {
            WriteMessage(json, messages[i], $"messages[{i}]", dropped);
        }

        json.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter json, ChatMessage message, string path, ICollection<string> dropped)
    {
        json.WriteStartObject();
        json.WriteString("role", message.Role switch
        {
            ChatRole.System => "system",
            ChatRole.Developer => "developer",
            ChatRole.User => "user",
            ChatRole.Assistant => "assistant",
            ChatRole.Tool => "tool",
        });
        if (message.Name is { } name)
        {
            json.WriteString("name", name);
        }

        if (message.Parts is [ToolResultPart result])
        {
            json.WriteString("tool_call_id", result.CallId);
            WriteContent(json, result.Parts, path, dropped, nullWhenEmpty: false);
        }
        else
        {
            var content = message.Parts.Where(part => part is not (ToolCallPart or ReasoningPart or RefusalPart)).ToList();
            WriteContent(json, content, path, dropped, nullWhenEmpty: message.Role is ChatRole.Assistant);
            if (message.Role is ChatRole.Assistant)
            {
                WriteAssistant(json, message.Parts);
            }
        }

        foreach (var (extension, value) in message.Extensions)
        {
            json.WritePropertyName(extension);
            value.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private static void WriteAssistant(Utf8JsonWriter json, IReadOnlyList<ChatPart> parts)
    {
        if (parts.OfType<RefusalPart>().FirstOrDefault() is { } refusal)
        {
            json.WriteString("refusal", refusal.Text);
        }

        var reasoning = parts.OfType<ReasoningPart>().ToList();
        if (reasoning.Count > 0)
        {
            WriteReasoning(json, reasoning);
        }

        var calls = parts.OfType<ToolCallPart>().ToList();
        if (calls.Count == 0)
        {
            return;
        }

        json.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("id", call.Id);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.Name);
            json.WriteString("arguments", call.ArgumentsJson.Length == 0 ? "{}" : call.ArgumentsJson);
            json.WriteEndObject();
            if (call is { Signature: { } signature, SignatureFormat: SignatureFormats.Gemini })
            {
                json.WriteStartObject("extra_content");
                json.WriteStartObject("google");
                json.WriteString("thought_signature", signature);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteReasoning(Utf8JsonWriter json, List<ReasoningPart> reasoning)
    {
        var text = string.Concat(reasoning.Select(part => part.Text));
        if (text.Length > 0)
        {
            json.WriteString("reasoning_content", text);
        }

        if (!reasoning.Exists(part => part.Signature is not null || part.RedactedData is not null))
        {
            return;
        }

        json.WriteStartArray("reasoning_details");
        for (var i = 0; i < reasoning.Count; i++)
        {
            var part = reasoning[i];
            json.WriteStartObject();
            json.WriteString("type", part.RedactedData is null ? "reasoning.text" : "reasoning.encrypted");
            json.WriteNumber("index", i);
            if (part.Format is { } format)
            {
                json.WriteString("format", format);
            }

            if (part.RedactedData is { } data)
            {
                json.WriteString("data", data);
            }
            else
            {
                json.WriteString("text", part.Text);
                if (part.Signature is { } signature)
                {
                    json.WriteString("signature", signature);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteContent(
        Utf8JsonWriter json, IReadOnlyList<ChatPart> parts, string path, ICollection<string> dropped, bool nullWhenEmpty)
    {
        if (parts.Count == 0)
        {
            if (nullWhenEmpty)
            {
                json.WriteNull("content");
            }
            else
            {
                json.WriteString("content", "");
            }

            return;
        }

        if (parts is [TextPart { CacheControl: null } only])
        {
            json.WriteString("content", only.Text);
            return;
        }

        json.WriteStartArray("content");
        for (var i = 0; i < parts.Count; i++)
        {
            WritePart(json, parts[i], $"{path}.content[{i}]", dropped);
        }

        json.WriteEndArray();
    }

    private static void WritePart(Utf8JsonWriter json, ChatPart part, string path, ICollection<string> dropped)
    {
        if (part is UnknownPart unknown)
        {
            unknown.Value.WriteTo(json);
            return;
        }

        if (part is ToolResultPart)
        {
            dropped.Add(path);
            return;
        }

        json.WriteStartObject();
        switch (part)
        {
            case TextPart text:
                json.WriteString("type", "text");
                json.WriteString("text", text.Text);
                break;
            case ImagePart image:
                json.WriteString("type", "image_url");
                json.WriteStartObject("image_url");
                json.WriteString("url", image.Base64 is null ? image.Url : $"data:{image.MediaType};base64,{image.Base64}");
                if (image.Detail is { } detail)
                {
                    json.WriteString("detail", detail);
                }

                json.WriteEndObject();
                break;
            case AudioPart audio:
                json.WriteString("type", "input_audio");
                json.WriteStartObject("input_audio");
                json.WriteString("data", audio.Base64);
                json.WriteString("format", audio.Format);
                json.WriteEndObject();
                break;
            case FilePart file:
                json.WriteString("type", "file");
                json.WriteStartObject("file");
                if (file.FileName is { } name)
                {
                    json.WriteString("filename", name);
                }

                if (file.FileId is { } id)
                {
                    json.WriteString("file_id", id);
                }
                else
                {
                    json.WriteString("file_data", file.Base64 is null ? file.Url : $"data:{file.MediaType};base64,{file.Base64}");
                }

                json.WriteEndObject();
                break;
        }

        if (part.CacheControl is { } mark)
        {
            json.WritePropertyName("cache_control");
            mark.WriteTo(json);
        }

        json.WriteEndObject();
    }
}
