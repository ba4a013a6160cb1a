using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>Writes a message's content and its parts.</summary>
/// <param name="ownWords">Unknown parts are OpenAI's, because the client speaks its dialect.</param>
internal sealed class OpenAiChatParts(Utf8JsonWriter json, ICollection<string> dropped, OpenAiQuirks quirks, bool ownWords)
{
    /// <summary>OpenAI itself refuses fields that it does not know, which most of those that copy its API do not; a client of its own dialect knows what it sends.</summary>
    public bool IsLax { get; } = LaxFor(quirks, ownWords);

    public static bool LaxFor(OpenAiQuirks quirks, bool ownWords) => quirks.Lax || (ownWords && quirks.StrictAboutModels);

    public void WriteContent(IReadOnlyList<ChatPart> parts, string path, bool nullWhenEmpty)
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

        if (parts is [TextPart only] && (only.CacheControl is null || !IsLax))
        {
            json.WriteString("content", only.Text);
            return;
        }

        json.WriteStartArray("content");
        var before = LeftOut.Written(json);
        for (var i = 0; i < parts.Count; i++)
        {
            Write(parts[i], $"{path}.content[{i}]");
        }

        if (LeftOut.Written(json) == before)
        {
            Write(new TextPart(LeftOut.Words), path);
        }

        json.WriteEndArray();
    }

    public void Write(ChatPart part, string path)
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

        if (part is FilePart text && FileText.Of(text) is { } words)
        {
            // Files are PDFs here.
            part = new TextPart($"{text.FileName}\n{words}".TrimStart('\n')) { CacheControl = part.CacheControl };
        }

        if (part is ToolResultPart)
        {
            dropped.Add(path);
            return;
        }

        if (part is FilePart unreachable && !ownWords && (unreachable.FileId is not null || (unreachable.Base64 is null && !IsLax && !quirks.DocumentUrls)))
        {
            dropped.Add(path);      // another provider's id means nothing here, and OpenAI fetches no files
            return;
        }

        json.WriteStartObject();
        WriteMembers(part);
        if (IsLax && part.CacheControl is not null && quirks.StrictAboutModels)
        {
            json.WriteStartObject("prompt_cache_breakpoint");   // OpenAI's own mark, the only one that it takes
            json.WriteString("mode", "explicit");
            json.WriteEndObject();
        }
        else if (IsLax && part.CacheControl is { } mark)
        {
            json.WritePropertyName("cache_control");
            mark.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private void WriteMembers(ChatPart part)
    {
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
                WriteFile(file);
                break;
        }
    }

    private void WriteFile(FilePart file)
    {
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
    }
}
