using System.Text;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>
/// Writes <c>system</c> and <c>messages</c>: instructions at the start become the system prompt, those between turns stay in their place as
/// marked user text, turns of one side are merged, and results come first in the turn after their calls.
/// </summary>
/// <param name="endsWithUser">The model refuses a conversation that ends with the assistant's turn.</param>
internal sealed class AnthropicConversation(Utf8JsonWriter json, ICollection<string> dropped, bool endsWithUser)
{
    /// <summary>Kinds of content that clients write in Anthropic's own form inside OpenAI's messages.</summary>
    private static readonly HashSet<string> OwnKinds = ["document", "image", "search_result", "container_upload"];

    /// <summary>True for thinking that this API has signed itself, as far as the client says; a bare signature of unknown origin is another's.</summary>
    public static bool IsOwn(ReasoningPart reasoning) => reasoning.Format switch
    {
        SignatureFormats.Anthropic => reasoning.Signature is not null || reasoning.RedactedData is not null,
        null => (reasoning.Signature is not null && reasoning.Text.Length > 0) || reasoning.RedactedData is not null,
        _ => false,
    };

    /// <param name="note">A last sentence for the system prompt; null for none.</param>
    /// <param name="markPrefix">The last instruction gets a mark for the prompt cache.</param>
    public void Write(IReadOnlyList<ChatMessage> messages, string? note, bool markPrefix)
    {
        var (system, turns) = Turns.Arrange(messages);
        WriteSystem(system, note, markPrefix);
        json.WriteStartArray("messages");
        if (turns.Count == 0 || !turns[0].FromUser)
        {
            // The API wants the user to speak first.
            WriteTextTurn("Continue.");
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

    private void WriteSystem(List<Turns.Piece> system, string? note, bool markPrefix)
    {
        var texts = new List<TextPart>();
        foreach (var (part, path) in system)
        {
            if (part is TextPart text)
            {
                texts.Add(text);
            }
            else
            {
                dropped.Add(path);
            }
        }

        if (note is not null)
        {
            texts.Add(new(note));
        }

        if (markPrefix && texts.Count > 0)
        {
            texts[^1] = texts[^1] with { CacheControl = AnthropicPromptCache.Ephemeral };
        }

        if (texts is [{ CacheControl: null } only])
        {
            json.WriteString("system", only.Text);
        }
        else if (texts.Count > 0)
        {
            json.WriteStartArray("system");
            texts.ForEach(text => WriteText(text.Text, text.CacheControl));
            json.WriteEndArray();
        }
    }

    private void WriteTurn(Turns.Turn turn, bool last)
    {
        json.WriteStartObject();
        json.WriteString("role", turn.FromUser ? "user" : "assistant");
        if (turn.Pieces is [{ Part: TextPart { CacheControl: null } only }])
        {
            json.WriteString("content", last && !turn.FromUser ? only.Text.TrimEnd() : only.Text);
        }
        else
        {
            json.WriteStartArray("content");
            var before = LeftOut.Written(json);
            var pieces = turn.FromUser ? turn.Pieces.OrderBy(piece => piece.Part is not ToolResultPart) : (IEnumerable<Turns.Piece>)turn.Pieces;
            foreach (var piece in pieces)
            {
                // A last turn of the assistant is continued, and may not end with white space.
                var part = last && !turn.FromUser && piece == turn.Pieces[^1] && piece.Part is TextPart text ? text with { Text = text.Text.TrimEnd() } : piece.Part;
                WritePart(part, piece.Path, turn.FromUser);
            }

            if (LeftOut.Written(json) == before)
            {
                WriteText(LeftOut.Words, null);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private void WriteTextTurn(string text)
    {
        json.WriteStartObject();
        json.WriteString("role", "user");
        json.WriteString("content", text);
        json.WriteEndObject();
    }

    private void WritePart(ChatPart part, string path, bool fromUser)
    {
        switch (part)
        {
            case TextPart text:
                WriteText(text.Text, text.CacheControl);
                break;
            case RefusalPart refusal:
                WriteText(refusal.Text, refusal.CacheControl);
                break;
            case ImagePart image when fromUser:
                WriteImage(image);
                break;
            case FilePart file when fromUser && (file.Base64 ?? file.Url) is not null:
                WriteFile(file, path);
                break;
            case ToolCallPart call:
                WriteCall(call);
                break;
            case ToolResultPart result:
                WriteResult(result, path);
                break;
            case ReasoningPart reasoning when IsOwn(reasoning):
                WriteReasoning(reasoning);
                break;
            case UnknownPart unknown when fromUser && OwnKinds.Contains(unknown.Kind):
                unknown.Value.WriteTo(json);
                break;
            default:
                dropped.Add(part is AudioPart ? $"{path}.input_audio" : path);
                break;
        }
    }

    private void WriteText(string text, JsonElement? cacheControl)
    {
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text);
        End(cacheControl);
    }

    private void WriteImage(ImagePart image)
    {
        json.WriteStartObject();
        json.WriteString("type", "image");
        WriteSource(image.Url, image.MediaType is "image/jpg" ? "image/jpeg" : image.MediaType, image.Base64);
        End(image.CacheControl);
    }

    private void WriteFile(FilePart file, string path)
    {
        var mediaType = file.MediaType ?? "application/pdf";
        if (mediaType.StartsWith("image/", StringComparison.Ordinal))
        {
            WriteImage(new(file.Url, mediaType, file.Base64) { CacheControl = file.CacheControl });
            return;
        }

        var isText = mediaType.StartsWith("text/", StringComparison.Ordinal) || mediaType is "application/json";
        var text = isText && file.Base64 is not null ? DecodeText(file.Base64) : null;
        if (mediaType is not "application/pdf" && text is null)
        {
            dropped.Add($"{path}.file");
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "document");
        if (text is not null)
        {
            json.WriteStartObject("source");
            json.WriteString("type", "text");
            json.WriteString("media_type", "text/plain");
            json.WriteString("data", text);
            json.WriteEndObject();
        }
        else
        {
            WriteSource(file.Url, mediaType, file.Base64);
        }

        if (file.FileName is { Length: > 0 } name)
        {
            json.WriteString("title", name);
        }

        End(file.CacheControl);
    }

    private void WriteSource(string? url, string? mediaType, string? base64)
    {
        json.WriteStartObject("source");
        if (base64 is not null)
        {
            json.WriteString("type", "base64");
            json.WriteString("media_type", mediaType);
            json.WriteString("data", base64);
        }
        else
        {
            json.WriteString("type", "url");
            json.WriteString("url", url);
        }

        json.WriteEndObject();
    }

    private void WriteCall(ToolCallPart call)
    {
        json.WriteStartObject();
        json.WriteString("type", "tool_use");
        json.WriteString("id", SafeId(call.Id));
        json.WriteString("name", call.Name);
        json.WritePropertyName("input");
        ToolArguments.WriteObject(json, call.ArgumentsJson);
        End(call.CacheControl);
    }

    private void WriteResult(ToolResultPart result, string path)
    {
        json.WriteStartObject();
        json.WriteString("type", "tool_result");
        json.WriteString("tool_use_id", SafeId(result.CallId));
        var mark = result.CacheControl;
        if (result.Parts is [TextPart only])
        {
            mark ??= only.CacheControl;
            json.WriteString("content", only.Text);
        }
        else if (result.Parts.Count > 0)
        {
            json.WriteStartArray("content");
            var before = LeftOut.Written(json);
            for (var i = 0; i < result.Parts.Count; i++)
            {
                if (result.Parts[i] is not TextPart { Text.Length: 0 })
                {
                    WritePart(result.Parts[i], $"{path}.content[{i}]", fromUser: true);
                }
            }

            if (LeftOut.Written(json) == before && result.Parts.Any(part => part is not TextPart))
            {
                WriteText(LeftOut.Words, null);
            }

            json.WriteEndArray();
        }

        if (result.IsError)
        {
            json.WriteBoolean("is_error", true);
        }

        End(mark);
    }

    private void WriteReasoning(ReasoningPart reasoning)
    {
        json.WriteStartObject();
        if (reasoning.RedactedData is { } data)
        {
            json.WriteString("type", "redacted_thinking");
            json.WriteString("data", data);
        }
        else
        {
            json.WriteString("type", "thinking");
            json.WriteString("thinking", reasoning.Text);
            json.WriteString("signature", reasoning.Signature);
        }

        json.WriteEndObject();
    }

    private void End(JsonElement? cacheControl)
    {
        if (cacheControl is { } mark)
        {
            json.WritePropertyName("cache_control");
            mark.WriteTo(json);
        }

        json.WriteEndObject();
    }

    /// <summary>The API takes letters, digits, _ and - only; ids that other providers made (<c>functions.get:0</c>) are respelled, the same way everywhere.</summary>
    private static string SafeId(string id) => id.Length > 0 && id.All(IsSafe)
        ? id
        : id.Length == 0 ? "call" : string.Create(id.Length, id, static (span, from) =>
        {
            for (var i = 0; i < from.Length; i++)
            {
                span[i] = IsSafe(from[i]) ? from[i] : '_';
            }
        });

    private static bool IsSafe(char one) => char.IsAsciiLetterOrDigit(one) || one is '_' or '-';

    private static string? DecodeText(string base64)
    {
        try
        {
            return new UTF8Encoding(false, true).GetString(Convert.FromBase64String(base64));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }
}
