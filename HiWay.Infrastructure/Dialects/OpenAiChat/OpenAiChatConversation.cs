using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>Writes the turns of the inner form as messages of a provider that speaks OpenAI's dialect.</summary>
/// <param name="ownWords">Unknown parts are OpenAI's, because the client speaks its dialect.</param>
internal sealed class OpenAiChatConversation(Utf8JsonWriter json, ICollection<string> dropped, OpenAiQuirks quirks, bool ownWords)
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /// <summary>OpenAI itself refuses fields that it does not know, which most of those that copy its API do not; a client of its own dialect knows what it sends.</summary>
    private readonly bool _lax = quirks.Lax || (ownWords && quirks.StrictAboutModels);

    private ReasoningReturn Return => _lax ? ReasoningReturn.Both : quirks.Return;

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
                WritePart(new TextPart($"Attached to the result of tool call {callId}:"), attachment.Path);
            }

            WritePart(attachment.Part, attachment.Path);
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

        if (message.Parts is [ToolResultPart result])
        {
            json.WriteString("tool_call_id", CallId(result.CallId));
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
                WriteAssistant(message.Parts, content, path);
                if (last && quirks.MarksPrefix)
                {
                    json.WriteBoolean("prefix", true);
                }
            }
            else
            {
                WriteContent(content, path, nullWhenEmpty: false);
            }
        }

        foreach (var (extension, value) in message.Extensions)
        {
            if (_lax)
            {
                json.WritePropertyName(extension);
                value.WriteTo(json);
            }
            else
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

        if (result.IsError && !(texts is [TextPart { Text: var text }, ..] && text.StartsWith("error", StringComparison.OrdinalIgnoreCase)))
        {
            // There is no field for it, so the words must say it.
            texts = [new TextPart($"Error: {(texts is [TextPart first, ..] ? first.Text : "the tool failed.")}"), .. texts.Skip(1)];
        }

        if (texts.Count == 0 && attachments.Exists(one => one.CallId == result.CallId))
        {
            texts.Add(new TextPart("See the attachment below."));
        }

        WriteContent(texts, path, nullWhenEmpty: false);
    }

    private void WriteAssistant(IReadOnlyList<ChatPart> parts, List<ChatPart> content, string path)
    {
        var reasoning = parts.OfType<ReasoningPart>().ToList();
        var refusal = parts.OfType<RefusalPart>().FirstOrDefault();
        if (refusal is not null && !_lax && !quirks.StrictAboutModels)
        {
            content.Add(new TextPart(refusal.Text));    // only OpenAI has a member for it
            refusal = null;
        }

        if (Return is ReasoningReturn.Parts && reasoning.Exists(part => part.Text.Length > 0))
        {
            WriteThinkingParts(reasoning, content, path);
        }
        else
        {
            WriteContent(content, path, nullWhenEmpty: true);
        }

        if (refusal is not null)
        {
            json.WriteString("refusal", refusal.Text);
        }

        var calls = parts.OfType<ToolCallPart>().ToList();
        if (Return is ReasoningReturn.Both || (Return is ReasoningReturn.WithCalls && calls.Count > 0))
        {
            WriteReasoning(reasoning);
        }
        else if (Return is ReasoningReturn.None && reasoning.Count > 0)
        {
            dropped.Add($"{path}.reasoning_content");
        }

        if (calls.Count == 0)
        {
            return;
        }

        json.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("id", CallId(call.Id));
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.Name);
            json.WriteString("arguments", call.ArgumentsJson.Length == 0 ? "{}" : call.ArgumentsJson);
            json.WriteEndObject();
            if (_lax && call is { Signature: { } signature, SignatureFormat: SignatureFormats.Gemini })
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

    /// <summary>Mistral's way: thinking is a part of the content, before the text.</summary>
    private void WriteThinkingParts(List<ReasoningPart> reasoning, List<ChatPart> content, string path)
    {
        json.WriteStartArray("content");
        json.WriteStartObject();
        json.WriteString("type", "thinking");
        json.WriteStartArray("thinking");
        WritePart(new TextPart(string.Concat(reasoning.Select(part => part.Text))), path);
        json.WriteEndArray();
        json.WriteEndObject();
        for (var i = 0; i < content.Count; i++)
        {
            WritePart(content[i], $"{path}.content[{i}]");
        }

        json.WriteEndArray();
    }

    /// <summary>Mistral wants nine letters and digits; an id of another form is respelled, the same way in the call and in its result.</summary>
    private string CallId(string id)
    {
        if (!quirks.NineLetterCallIds || (id.Length == 9 && id.All(char.IsAsciiLetterOrDigit)))
        {
            return id;
        }

        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(id));
        return string.Create(9, digest, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = Alphabet[from[i] % Alphabet.Length];
            }
        });
    }

    private void WriteReasoning(List<ReasoningPart> reasoning)
    {
        var text = string.Concat(reasoning.Select(part => part.Text));
        if (text.Length > 0)
        {
            json.WriteString("reasoning_content", text);
        }

        if (Return is not ReasoningReturn.Both || !reasoning.Exists(part => part.Signature is not null || part.RedactedData is not null))
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

    private void WriteContent(IReadOnlyList<ChatPart> parts, string path, bool nullWhenEmpty)
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

        if (parts is [TextPart only] && (only.CacheControl is null || !_lax))
        {
            // OpenAI caches by itself and takes no marks.
            if (only.CacheControl is not null)
            {
                dropped.Add($"{path}.content[0].cache_control");
            }

            json.WriteString("content", only.Text);
            return;
        }

        json.WriteStartArray("content");
        for (var i = 0; i < parts.Count; i++)
        {
            WritePart(parts[i], $"{path}.content[{i}]");
        }

        json.WriteEndArray();
    }

    private void WritePart(ChatPart part, string path)
    {
        if (part is UnknownPart unknown)
        {
            if (ownWords)
            {
                unknown.Value.WriteTo(json);
            }
            else
            {
                dropped.Add(path);
            }

            return;
        }

        if (part is FilePart { MediaType: { } mediaType, Base64: { } inline } textFile && mediaType.StartsWith("text/", StringComparison.Ordinal))
        {
            // Files are PDFs here.
            part = new TextPart($"{textFile.FileName}\n{Encoding.UTF8.GetString(Convert.FromBase64String(inline))}".TrimStart('\n')) { CacheControl = part.CacheControl };
        }

        if (part is ToolResultPart)
        {
            dropped.Add(path);
            return;
        }

        if (part is FilePart unreachable && !ownWords && (unreachable.FileId is not null || (unreachable.Base64 is null && !_lax && !quirks.DocumentUrls)))
        {
            dropped.Add(path);      // another provider's id means nothing here, and OpenAI fetches no files
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
            case AudioPart audio when quirks.DocumentUrls:
                json.WriteString("type", "input_audio");
                json.WriteString("input_audio", audio.Base64);
                break;
            case FilePart { FileId: null } document when quirks.DocumentUrls:
                json.WriteString("type", "document_url");
                json.WriteString("document_url", document.Base64 is null ? document.Url : $"data:{document.MediaType};base64,{document.Base64}");
                if (document.FileName is { } title)
                {
                    json.WriteString("document_name", title);
                }

                break;
            case FilePart { FileId: { } known } when quirks.DocumentUrls:
                json.WriteString("type", "file");
                json.WriteString("file_id", known);
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
                if ((file.FileName ?? (ownWords ? null : "document.pdf")) is { } name)
                {
                    json.WriteString("filename", name);     // OpenAI insists on one beside inline data
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

        if (part.CacheControl is not null && !_lax)
        {
            dropped.Add($"{path}.cache_control");
        }
        else if (part.CacheControl is { } mark)
        {
            json.WritePropertyName("cache_control");
            mark.WriteTo(json);
        }

        json.WriteEndObject();
    }
}
