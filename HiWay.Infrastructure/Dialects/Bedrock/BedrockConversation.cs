using System.Text.Json;
using HiWay.Infrastructure.Dialects.AnthropicMessages;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>Writes <c>system</c> and <c>messages</c> of Converse. A cache mark becomes a <c>cachePoint</c> behind the piece that carries it.</summary>
/// <param name="endsWithUser">The model refuses a conversation that ends with the assistant's turn.</param>
internal sealed class BedrockConversation(Utf8JsonWriter json, BedrockModel model, ICollection<string> dropped, bool endsWithUser)
{
    private readonly HashSet<string> _documents = [];

    /// <param name="note">A last sentence for the system prompt; null for none.</param>
    public void Write(IReadOnlyList<ChatMessage> messages, string? note)
    {
        var (system, turns) = Turns.Arrange(messages);
        WriteSystem(system, note);
        json.WriteStartArray("messages");
        if (turns.Count == 0 || !turns[0].FromUser)
        {
            WriteTextTurn("Continue.");   // the API wants the user to speak first
        }

        for (var i = 0; i < turns.Count; i++)
        {
            WriteTurn(turns[i], last: i == turns.Count - 1);
        }

        if (endsWithUser && turns is [.., { FromUser: false }])
        {
            WriteTextTurn("Continue.");
        }

        json.WriteEndArray();
    }

    public static void WriteCachePoint(Utf8JsonWriter json, JsonElement? mark)
    {
        if (mark is not { } value)
        {
            return;
        }

        json.WriteStartObject();
        json.WriteStartObject("cachePoint");
        json.WriteString("type", "default");
        if (value.ValueKind is JsonValueKind.Object && value.TryGetProperty("ttl", out var ttl) && ttl.ValueKind is JsonValueKind.String && ttl.ValueEquals("1h"u8))
        {
            json.WriteString("ttl", "1h");   // five minutes are what says nothing
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteSystem(List<Turns.Piece> system, string? note)
    {
        if (system.Count == 0 && note is null)
        {
            return;
        }

        json.WriteStartArray("system");
        foreach (var (part, path) in system)
        {
            if (part is TextPart text)
            {
                WriteText(text.Text, text.CacheControl);
            }
            else
            {
                dropped.Add(path);
            }
        }

        if (note is not null)
        {
            WriteText(note, null);
        }

        json.WriteEndArray();
    }

    private void WriteTurn(Turns.Turn turn, bool last)
    {
        json.WriteStartObject();
        json.WriteString("role", turn.FromUser ? "user" : "assistant");
        json.WriteStartArray("content");
        var before = LeftOut.Written(json);
        var pieces = turn.FromUser ? [.. turn.Pieces.OrderBy(piece => piece.Part is not ToolResultPart)] : turn.Pieces;
        foreach (var piece in pieces)
        {
            // A last turn of the assistant is continued, and may not end with white space.
            var part = last && !turn.FromUser && piece == pieces[^1] && piece.Part is TextPart text ? text with { Text = text.Text.TrimEnd() } : piece.Part;
            WritePart(part, piece.Path, turn.FromUser);
        }

        if (LeftOut.Written(json) == before)
        {
            WriteText(LeftOut.Words, null);
        }

        if (turn.FromUser && pieces.Exists(piece => piece.Part is FilePart) && !pieces.Exists(piece => piece.Part is TextPart))
        {
            WriteText("The document is attached.", null);   // a document is refused without words beside it
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteTextTurn(string text)
    {
        json.WriteStartObject();
        json.WriteString("role", "user");
        json.WriteStartArray("content");
        WriteText(text, null);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WritePart(ChatPart part, string path, bool fromUser)
    {
        switch (part)
        {
            case TextPart text:
                WriteText(text.Text, text.CacheControl);
                return;
            case RefusalPart refusal:
                WriteText(refusal.Text, refusal.CacheControl);
                return;
            case ImagePart image when fromUser && BedrockMedia.Image(image) is { } format:
                WriteMedia("image", format, image.Base64, image.Url, image.CacheControl);
                return;
            case AudioPart audio when fromUser:
                WriteMedia("audio", audio.Format, audio.Base64, null, audio.CacheControl);
                return;
            case FilePart file when fromUser && WriteFile(file):
                return;
            case ToolCallPart call:
                WriteCall(call);
                return;
            case ToolResultPart result:
                WriteResult(result, path);
                return;
            case ReasoningPart reasoning when model.IsClaude && AnthropicConversation.IsOwn(reasoning):
                WriteReasoning(reasoning);
                return;
            case UnknownPart unknown when fromUser && BedrockMedia.IsOwnBlock(unknown.Value):
                unknown.Value.WriteTo(json);
                return;
            default:
                dropped.Add(part is ImagePart ? $"{path}.image_url" : path);
                return;
        }
    }

    private void WriteText(string text, JsonElement? cacheControl)
    {
        json.WriteStartObject();
        json.WriteString("text", text);
        json.WriteEndObject();
        WriteCachePoint(json, cacheControl);
    }

    private void WriteMedia(string kind, string format, string? base64, string? s3Uri, JsonElement? cacheControl)
    {
        json.WriteStartObject();
        json.WriteStartObject(kind);
        json.WriteString("format", format);
        WriteSource(base64, s3Uri);
        json.WriteEndObject();
        json.WriteEndObject();
        WriteCachePoint(json, cacheControl);
    }

    private void WriteSource(string? base64, string? s3Uri)
    {
        json.WriteStartObject("source");
        if (base64 is not null)
        {
            json.WriteString("bytes", base64);
        }
        else
        {
            json.WriteStartObject("s3Location");
            json.WriteString("uri", s3Uri);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <returns>False when the API takes no such file.</returns>
    private bool WriteFile(FilePart file)
    {
        var (kind, format) = BedrockMedia.File(file);
        if (kind.Length == 0 || !BedrockMedia.IsReachable(file.Base64, file.Url))
        {
            return false;
        }

        if (kind != "document")
        {
            WriteMedia(kind, format, file.Base64, file.Url, file.CacheControl);
            return true;
        }

        json.WriteStartObject();
        json.WriteStartObject("document");
        json.WriteString("format", format);
        json.WriteString("name", BedrockNames.Document(file.FileName, _documents));
        WriteSource(file.Base64, file.Url);
        json.WriteEndObject();
        json.WriteEndObject();
        WriteCachePoint(json, file.CacheControl);
        return true;
    }

    private void WriteCall(ToolCallPart call)
    {
        json.WriteStartObject();
        json.WriteStartObject("toolUse");
        json.WriteString("toolUseId", BedrockNames.CallId(call.Id));
        json.WriteString("name", call.Name);
        json.WritePropertyName("input");
        ToolArguments.WriteObject(json, call.ArgumentsJson);
        json.WriteEndObject();
        json.WriteEndObject();
        WriteCachePoint(json, call.CacheControl);
    }

    private void WriteResult(ToolResultPart result, string path)
    {
        json.WriteStartObject();
        json.WriteStartObject("toolResult");
        json.WriteString("toolUseId", BedrockNames.CallId(result.CallId));
        json.WriteStartArray("content");
        var mark = result.CacheControl;
        var written = 0;
        for (var i = 0; i < result.Parts.Count; i++)
        {
            var part = result.Parts[i];
            mark ??= part.CacheControl;
            if (part is TextPart { Text: var text } && string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            written++;
            WritePart(part with { CacheControl = null }, $"{path}.content[{i}]", fromUser: true);
        }

        if (written == 0)
        {
            WriteText("(no output)", null);   // blank text is refused
        }

        json.WriteEndArray();
        if (result.IsError)
        {
            json.WriteString("status", "error");
        }

        json.WriteEndObject();
        json.WriteEndObject();
        WriteCachePoint(json, mark);
    }

    private void WriteReasoning(ReasoningPart reasoning)
    {
        json.WriteStartObject();
        json.WriteStartObject("reasoningContent");
        if (reasoning.RedactedData is { } data)
        {
            json.WriteString("redactedContent", data);
        }
        else
        {
            json.WriteStartObject("reasoningText");
            json.WriteString("text", reasoning.Text);
            json.WriteString("signature", reasoning.Signature);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
