using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>Writes the turns of the inner form as messages of a provider that speaks OpenAI's dialect.</summary>
/// <param name="ownWords">Unknown parts are OpenAI's, because the client speaks its dialect.</param>
internal sealed class OpenAiChatConversation(Utf8JsonWriter json, ICollection<string> dropped, OpenAiQuirks quirks, bool ownWords)
{
    private readonly OpenAiChatParts _parts = new(json, dropped, quirks, ownWords);

    /// <param name="note">A last instruction, behind the others; null for none.</param>
    public void Write(IReadOnlyList<ChatMessage> messages, string? note)
    {
        json.WriteStartArray("messages");
        var attachments = new List<(string CallId, ChatPart Part, string Path)>();
        var instructions = messages.TakeWhile(message => message.Role is ChatRole.System or ChatRole.Developer).Count();
        for (var i = 0; i < messages.Count; i++)
        {
            if (i == instructions)
            {
                WriteNote(note);
            }

            if (messages[i].Role is not ChatRole.Tool)
            {
                WriteAttachments(attachments);
            }

            WriteMessage(messages[i], $"messages[{i}]", attachments, last: i == messages.Count - 1);
        }

        if (instructions == messages.Count)
        {
            WriteNote(note);
        }

        WriteAttachments(attachments);
        json.WriteEndArray();
    }

    private void WriteNote(string? note)
    {
        if (note is not null)
        {
            json.WriteStartObject();
            json.WriteString("role", "system");
            json.WriteString("content", note);
            json.WriteEndObject();
        }
    }

    /// <summary>Results of tools are text here, so pictures and files of theirs come as the user's, once all results are told.</summary>
    private void WriteAttachments(List<(string CallId, ChatPart Part, string Path)> attachments)
    {
        if (attachments.Count == 0)
        {
            return;
        }

        json.WriteStartObject();
        json.WriteString("role", "user");
        json.WriteStartArray("content");
        string? callId = null;
        foreach (var attachment in attachments)
        {
            if (attachment.CallId != callId)
            {
                callId = attachment.CallId;
                _parts.Write(new TextPart($"Attached to the result of tool call {OpenAiChatAssistant.CallId(callId, quirks)}:"), attachment.Path);
            }

            _parts.Write(attachment.Part, attachment.Path);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        attachments.Clear();
    }

    private void WriteMessage(ChatMessage message, string path, List<(string CallId, ChatPart Part, string Path)> attachments, bool last)
    {
        json.WriteStartObject();
        json.WriteString("role", message.Role switch
        {
            ChatRole.System => "system",
            ChatRole.Developer => quirks.DeveloperRole ? "developer" : "system",
            ChatRole.User => "user",
            ChatRole.Assistant => "assistant",
            ChatRole.Tool => "tool",
        });
        if (message.Name is { } name && quirks.Names)
        {
            json.WriteString("name", name);
        }
        else if (message is { Name.Length: > 0, Role: not ChatRole.User })
        {
            dropped.Add($"{path}.name");    // a user's is said in the user's words below
        }

        if (message.Parts is [ToolResultPart result])
        {
            json.WriteString("tool_call_id", OpenAiChatAssistant.CallId(result.CallId, quirks));
            WriteResult(result, path, attachments);
        }
        else
        {
            var content = message.Parts.Where(part => part is not (ToolCallPart or ReasoningPart or RefusalPart)).ToList();
            if (message is { Role: ChatRole.User, Name: { Length: > 0 } speaker } && !quirks.Names && content is [TextPart first, ..])
            {
                content[0] = first with { Text = $"{speaker}: {first.Text}" };   // the words themselves must say who speaks
            }

            if (message.Role is ChatRole.Assistant)
            {
                new OpenAiChatAssistant(json, dropped, quirks, _parts).Write(message.Parts, content, path);
                if (last && quirks.MarksPrefix)
                {
                    json.WriteBoolean("prefix", true);
                }
            }
            else
            {
                _parts.WriteContent(content, path, nullWhenEmpty: false);
            }
        }

        foreach (var (extension, value) in message.Extensions)
        {
            if (_parts.IsLax)
            {
                json.WritePropertyName(extension);
                value.WriteTo(json);
            }
            else if (MessageExtras.Says(extension, value))
            {
                dropped.Add($"{path}.{extension}");
            }
        }

        json.WriteEndObject();
    }

    private void WriteResult(ToolResultPart result, string path, List<(string CallId, ChatPart Part, string Path)> attachments)
    {
        var texts = new List<ChatPart>();
        for (var i = 0; i < result.Parts.Count; i++)
        {
            if (result.Parts[i] is ImagePart or FilePart or AudioPart)
            {
                attachments.Add((result.CallId, result.Parts[i], $"{path}.content[{i}]"));
            }
            else
            {
                texts.Add(result.Parts[i]);
            }
        }

        if (result.IsError)
        {
            texts = [.. Turns.Told(result with { Parts = texts })];
        }

        if (texts.Count == 0 && attachments.Exists(one => one.CallId == result.CallId))
        {
            texts.Add(new TextPart("See the attachment below."));
        }

        _parts.WriteContent(texts, path, nullWhenEmpty: false);
    }
}
