using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects.Cohere;

/// <summary>Writes the turns of the inner form as Cohere's messages, which look like OpenAI's with fewer kinds of parts.</summary>
internal static class CohereConversation
{
    /// <param name="note">A last instruction; null for none.</param>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<ChatMessage> messages, string? note, ICollection<string> dropped)
    {
        json.WriteStartArray("messages");
        for (var i = 0; i < messages.Count; i++)
        {
            WriteMessage(json, messages[i], $"messages[{i}]", dropped);
        }

        if (note is not null)
        {
            json.WriteStartObject();
            json.WriteString("role", "system");
            json.WriteString("content", note);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter json, ChatMessage message, string path, ICollection<string> dropped)
    {
        json.WriteStartObject();
        json.WriteString("role", message.Role switch
        {
            ChatRole.System or ChatRole.Developer => "system",
            ChatRole.User => "user",
            ChatRole.Assistant => "assistant",
            ChatRole.Tool => "tool",
        });
        if (message.Parts is [ToolResultPart result])
        {
            json.WriteString("tool_call_id", result.CallId);
            WriteContent(json, Turns.Told(result), path, dropped, empty: "");
        }
        else if (message.Role is ChatRole.Assistant)
        {
            WriteAssistant(json, message, path, dropped);
        }
        else
        {
            WriteContent(json, Named(message), path, dropped, empty: "");
        }

        json.WriteEndObject();
    }

    /// <summary>There is no field for a participant's name; the words themselves must say who speaks.</summary>
    private static IReadOnlyList<ChatPart> Named(ChatMessage message) =>
        message is { Role: ChatRole.User, Name: { Length: > 0 } name, Parts: [TextPart first, ..] }
            ? [first with { Text = $"{name}: {first.Text}" }, .. message.Parts.Skip(1)]
            : message.Parts;

    private static void WriteAssistant(Utf8JsonWriter json, ChatMessage message, string path, ICollection<string> dropped)
    {
        var calls = message.Parts.OfType<ToolCallPart>().ToList();

        // What another provider signed or encrypted is of no use here, but thinking in plain words is taken back as it was given.
        var thoughts = string.Concat(message.Parts.OfType<ReasoningPart>().Where(part => part.RedactedData is null).Select(part => part.Text));
        var rest = message.Parts.Where(part => part is not (ToolCallPart or ReasoningPart)).ToList();
        if (calls.Count > 0)
        {
            if (thoughts.Length > 0)
            {
                json.WriteString("tool_plan", thoughts);
            }

            WriteCalls(json, calls);
            if (rest.Count > 0)
            {
                WriteContent(json, rest, path, dropped, empty: null);
            }

            return;
        }

        if (thoughts.Length == 0)
        {
            WriteContent(json, rest, path, dropped, empty: "");
            return;
        }

        json.WriteStartArray("content");
        json.WriteStartObject();
        json.WriteString("type", "thinking");
        json.WriteString("thinking", thoughts);
        json.WriteEndObject();
        WriteParts(json, rest, path, dropped);
        json.WriteEndArray();
    }

    private static void WriteCalls(Utf8JsonWriter json, List<ToolCallPart> calls)
    {
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
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteContent(Utf8JsonWriter json, IReadOnlyList<ChatPart> parts, string path, ICollection<string> dropped, string? empty)
    {
        if (parts.Count == 0)
        {
            json.WriteString("content", empty);
        }
        else if (parts is [TextPart only])
        {
            json.WriteString("content", only.Text);
        }
        else
        {
            json.WriteStartArray("content");
            var before = LeftOut.Written(json);
            WriteParts(json, parts, path, dropped);
            if (LeftOut.Written(json) == before)
            {
                WriteText(json, LeftOut.Words);
            }

            json.WriteEndArray();
        }
    }

    private static void WriteParts(Utf8JsonWriter json, IReadOnlyList<ChatPart> parts, string path, ICollection<string> dropped)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            switch (parts[i])
            {
                case TextPart text:
                    WriteText(json, text.Text);
                    break;
                case RefusalPart refusal:
                    WriteText(json, refusal.Text);
                    break;
                case FilePart file when FileText.Of(file) is { } words:
                    WriteText(json, file.FileName is { Length: > 0 } name ? $"{name}:\n{words}" : words);
                    break;
                case ImagePart image:
                    WriteImage(json, image);
                    break;
                case UnknownPart { Kind: "document" or "thinking" } own:
                    own.Value.WriteTo(json);
                    break;
                default:
                    dropped.Add($"{path}.content[{i}]");
                    break;
            }
        }
    }

    private static void WriteText(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static void WriteImage(Utf8JsonWriter json, ImagePart image)
    {
        json.WriteStartObject();
        json.WriteString("type", "image_url");
        json.WriteStartObject("image_url");
        json.WriteString("url", image.Base64 is null ? image.Url : $"data:{image.MediaType};base64,{image.Base64}");
        if (image.Detail is { } detail)
        {
            json.WriteString("detail", detail);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
