using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>Writes <c>input</c>: turns become items, and what a turn of the assistant holds becomes one item each, in its order.</summary>
internal static class OpenAiResponsesConversation
{
    /// <param name="ownIds">Ids of files are OpenAI's, because the client speaks one of its dialects.</param>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<ChatMessage> messages, bool ownIds, ICollection<string> dropped)
    {
        json.WriteStartArray("input");
        for (var i = 0; i < messages.Count; i++)
        {
            WriteMessage(json, ownIds ? messages[i] : WithoutFileIds(messages[i]), $"messages[{i}]", dropped);
        }

        json.WriteEndArray();
    }

    /// <summary>Another provider's id of a file means nothing here; the part is then one that cannot be said.</summary>
    private static ChatMessage WithoutFileIds(ChatMessage message) => !message.Parts.Any(part => part is FilePart { FileId: not null }) ? message
        : message with { Parts = [.. message.Parts.Select(part => part is FilePart { FileId: not null } ? new UnknownPart("file", default) : part)] };

    private static void WriteMessage(Utf8JsonWriter json, ChatMessage message, string path, ICollection<string> dropped)
    {
        if (!string.IsNullOrEmpty(message.Name))
        {
            dropped.Add($"{path}.name");
        }

        if (message.Role is ChatRole.Assistant)
        {
            WriteAssistant(json, message.Parts, path, dropped);
            return;
        }

        var content = new List<ChatPart>();
        foreach (var part in message.Parts)
        {
            if (part is ToolResultPart result)
            {
                WriteResult(json, result, path, dropped);
            }
            else
            {
                content.Add(part);
            }
        }

        if (content.Count > 0 || message.Role is not ChatRole.Tool)
        {
            BeginMessage(json, message.Role switch
            {
                ChatRole.System => "system",
                ChatRole.Developer => "developer",
                _ => "user",
            });
            WriteContent(json, "content", content, path, dropped);
            json.WriteEndObject();
        }
    }

    private static void WriteAssistant(Utf8JsonWriter json, IReadOnlyList<ChatPart> parts, string path, ICollection<string> dropped)
    {
        var words = new List<ChatPart>();
        foreach (var part in parts)
        {
            switch (part)
            {
                case TextPart or RefusalPart:
                    words.Add(part);
                    break;
                case ToolCallPart call:
                    WriteWords(json, words);
                    json.WriteStartObject();
                    json.WriteString("type", "function_call");
                    json.WriteString("call_id", call.Id);
                    json.WriteString("name", call.Name);
                    json.WriteString("arguments", call.ArgumentsJson.Length == 0 ? "{}" : call.ArgumentsJson);
                    json.WriteEndObject();
                    break;
                case ReasoningPart { Format: SignatureFormats.OpenAiResponses } reasoning:
                    WriteWords(json, words);
                    WriteReasoning(json, reasoning);
                    break;
                case ReasoningPart:
                    dropped.Add($"{path}.reasoning_content");
                    break;
                default:
                    dropped.Add(path);
                    break;
            }
        }

        WriteWords(json, words);
    }

    private static void WriteWords(Utf8JsonWriter json, List<ChatPart> words)
    {
        if (words.Count == 0)
        {
            return;
        }

        BeginMessage(json, "assistant");
        if (words is [TextPart only])
        {
            json.WriteString("content", only.Text);
        }
        else
        {
            json.WriteStartArray("content");
            foreach (var part in words)
            {
                json.WriteStartObject();
                if (part is RefusalPart refusal)
                {
                    json.WriteString("type", "refusal");
                    json.WriteString("refusal", refusal.Text);
                }
                else
                {
                    json.WriteString("type", "output_text");
                    json.WriteString("text", ((TextPart)part).Text);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        words.Clear();
    }

    /// <summary>The id is not kept in other dialects; the API looks at its prefix only, and ours is the same for the same state.</summary>
    private static void WriteReasoning(Utf8JsonWriter json, ReasoningPart reasoning)
    {
        if ((reasoning.RedactedData ?? reasoning.Signature) is not { } state)
        {
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "reasoning");
        json.WriteString("id", $"rs_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state)).AsSpan(0, 16))}");
        json.WriteStartArray("summary");
        if (reasoning.Text.Length > 0)
        {
            json.WriteStartObject();
            json.WriteString("type", "summary_text");
            json.WriteString("text", reasoning.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("encrypted_content", state);
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, ToolResultPart result, string path, ICollection<string> dropped)
    {
        json.WriteStartObject();
        json.WriteString("type", "function_call_output");
        json.WriteString("call_id", result.CallId);
        if (result.Parts.All(part => part is TextPart))
        {
            var words = string.Concat(result.Parts.Select(part => ((TextPart)part).Text));

            // There is no field for a failure, so the words must say it.
            json.WriteString("output", !result.IsError || words.StartsWith("error", StringComparison.OrdinalIgnoreCase) ? words
                : $"Error: {(words.Length > 0 ? words : "the tool failed.")}");
        }
        else
        {
            WriteContent(json, "output", result.Parts, path, dropped);
        }

        json.WriteEndObject();
    }

    private static void BeginMessage(Utf8JsonWriter json, string role)
    {
        json.WriteStartObject();
        json.WriteString("type", "message");
        json.WriteString("role", role);
    }

    private static void WriteContent(Utf8JsonWriter json, string member, IReadOnlyList<ChatPart> parts, string path, ICollection<string> dropped)
    {
        if (parts is [TextPart only])
        {
            json.WriteString(member, only.Text);
            return;
        }

        json.WriteStartArray(member);
        var before = LeftOut.Written(json);
        for (var i = 0; i < parts.Count; i++)
        {
            WritePart(json, parts[i], $"{path}.content[{i}]", dropped);
        }

        if (parts.Count > 0 && LeftOut.Written(json) == before)
        {
            WritePart(json, new TextPart(LeftOut.Words), path, dropped);
        }

        json.WriteEndArray();
    }

    private static void WritePart(Utf8JsonWriter json, ChatPart part, string path, ICollection<string> dropped)
    {
        switch (part)
        {
            case TextPart or RefusalPart:
                json.WriteStartObject();
                json.WriteString("type", "input_text");
                json.WriteString("text", part is TextPart text ? text.Text : ((RefusalPart)part).Text);
                json.WriteEndObject();
                break;
            case ImagePart image:
                json.WriteStartObject();
                json.WriteString("type", "input_image");
                json.WriteString("image_url", image.Base64 is null ? image.Url : $"data:{image.MediaType};base64,{image.Base64}");
                json.WriteString("detail", image.Detail ?? "auto");
                json.WriteEndObject();
                break;
            case FilePart file:
                WriteFile(json, file);
                break;
            default:
                dropped.Add(part is AudioPart ? $"{path}.input_audio" : path);
                break;
        }
    }

    private static void WriteFile(Utf8JsonWriter json, FilePart file)
    {
        json.WriteStartObject();
        json.WriteString("type", "input_file");
        if (file.FileId is { } id)
        {
            json.WriteString("file_id", id);
        }
        else if (file.Base64 is { } base64)
        {
            // The API refuses data without a name.
            json.WriteString("filename", file.FileName ?? "document.pdf");
            json.WriteString("file_data", $"data:{file.MediaType ?? "application/pdf"};base64,{base64}");
        }
        else
        {
            json.WriteString("file_url", file.Url);
        }

        json.WriteEndObject();
    }
}
