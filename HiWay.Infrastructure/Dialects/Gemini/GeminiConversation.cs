using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using Piece = HiWay.Infrastructure.Dialects.Turns.Piece;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>
/// Writes <c>systemInstruction</c> and <c>contents</c>: instructions at the start go first, those between turns stay in their place as marked user
/// text; turns of one side are merged, except that results of functions stand alone, right behind the turn that called them.
/// </summary>
internal sealed class GeminiConversation(Utf8JsonWriter json, GeminiModel model, ICollection<string> dropped)
{
    /// <summary>Google's word for a call whose signature is not there to be sent (ai.google.dev/gemini-api/docs/thought-signatures).</summary>
    private const string NoSignature = "skip_thought_signature_validator";

    private enum Side { User, Model, Function }

    private sealed record Turn(Side Side, List<Piece> Pieces);

    private readonly Dictionary<string, string> _functionOfCall = [];

    /// <param name="note">A last sentence for the system instruction; null for none.</param>
    public void Write(IReadOnlyList<ChatMessage> messages, string? note)
    {
        var (system, turns) = Arrange(messages);
        WriteSystem(system, note);
        json.WriteStartArray("contents");
        if (turns.Count == 0 || turns[0].Side is not Side.User)
        {
            WriteTurn(new(Side.User, [new(new TextPart("Continue."), "")]));
        }

        turns.ForEach(WriteTurn);
        json.WriteEndArray();
    }

    private (List<Piece> System, List<Turn> Turns) Arrange(IReadOnlyList<ChatMessage> messages)
    {
        var system = new List<Piece>();
        var turns = new List<Turn>();
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            var instruction = message.Role is ChatRole.System or ChatRole.Developer;
            if (instruction && turns.Count == 0)
            {
                system.AddRange(Pieces(message, i));
                continue;
            }

            var pieces = instruction
                ? Pieces(message, i).Select(piece =>
                    piece.Part is TextPart text ? piece with { Part = text with { Text = $"<system>\n{text.Text}\n</system>" } } : piece)
                : message is { Role: ChatRole.User, Name.Length: > 0 } ? Turns.Named(Pieces(message, i), message.Name)
                : Pieces(message, i);
            Add(turns, message.Role switch
            {
                ChatRole.Assistant => Side.Model,
                ChatRole.Tool => Side.Function,
                _ => Side.User,
            }, pieces);
        }

        if (turns.Count == 0)
        {
            // Only instructions: the last of them is the question.
            Add(turns, Side.User, system);
            system = [];
        }

        return (system, turns);
    }

    private static void Add(List<Turn> turns, Side side, IEnumerable<Piece> pieces)
    {
        // Of a message without a word nothing may stay: the turns around it are one.
        var said = pieces.ToList();
        if (said.Count > 0 && (turns is not [.., { Side: var last }] || last != side))
        {
            turns.Add(new(side, []));
        }

        if (said.Count > 0)
        {
            turns[^1].Pieces.AddRange(said);
        }
    }

    private IEnumerable<Piece> Pieces(ChatMessage message, int index)
    {
        var content = 0;
        foreach (var part in message.Parts)
        {
            var path = part switch
            {
                ReasoningPart => $"messages[{index}].reasoning_content",
                ToolCallPart or ToolResultPart => $"messages[{index}]",
                _ => $"messages[{index}].content[{content++}]",
            };
            if (part is ToolCallPart call)
            {
                _functionOfCall[call.Id] = call.Name;
            }

            if (part is not TextPart { Text.Length: 0 })
            {
                yield return new(part, path);
            }
        }
    }

    private void WriteSystem(List<Piece> system, string? note)
    {
        if (system.Count == 0 && note is null)
        {
            return;
        }

        json.WriteStartObject("systemInstruction");
        json.WriteStartArray("parts");
        foreach (var (part, path) in system)
        {
            if (part is TextPart text)
            {
                WriteText(text.Text);
            }
            else
            {
                dropped.Add(path);
            }
        }

        if (note is not null)
        {
            WriteText(note);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteTurn(Turn turn)
    {
        json.WriteStartObject();
        json.WriteString("role", turn.Side is Side.Model ? "model" : "user");
        json.WriteStartArray("parts");
        var written = 0;
        var calls = 0;
        var loose = LooseSignature(turn);
        foreach (var piece in turn.Pieces)
        {
            if (piece.Part is ToolCallPart call)
            {
                var first = calls++ == 0;
                WriteCall(first && loose is not null ? call with { Signature = call.Signature ?? loose.Signature } : call, first);
                written++;
            }
            else if (ReferenceEquals(piece.Part, loose))
            {
                continue;
            }
            else
            {
                written += WritePart(piece.Part, piece.Path) ? 1 : 0;
            }
        }

        if (written == 0)
        {
            WriteText(" ");     // a turn of which nothing could be said must not vanish: the order of turns carries meaning
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A signature that a client keeps on the message without saying whose or what it signs: beside calls it belongs to the first of them.</summary>
    private static ReasoningPart? LooseSignature(Turn turn) => turn.Pieces.Exists(piece => piece.Part is ToolCallPart)
        ? turn.Pieces.Select(piece => piece.Part).OfType<ReasoningPart>()
            .FirstOrDefault(part => part is { Text.Length: 0, Format: null, Signature: not null, RedactedData: null })
        : null;

    /// <returns>False when nothing was written.</returns>
    private bool WritePart(ChatPart part, string path)
    {
        switch (part)
        {
            case TextPart text:
                WriteText(text.Text);
                return true;
            case RefusalPart refusal:
                WriteText(refusal.Text);
                return true;
            case ImagePart image:
                WriteBlob(image.Url, image.MediaType ?? MediaTypes.FromName(image.Url) ?? "image/jpeg", image.Base64);
                return true;
            case AudioPart audio:
                WriteBlob(null, $"audio/{audio.Format}", audio.Base64);
                return true;
            case FilePart { Base64: not null } or FilePart { Url: not null }:
                var file = (FilePart)part;
                WriteBlob(file.Url, file.MediaType ?? MediaTypes.FromName(file.FileName) ?? "application/pdf", file.Base64);
                return true;
            case FilePart { FileId: { } id } when id.StartsWith("files/", StringComparison.Ordinal) || id.Contains("://", StringComparison.Ordinal):
                WriteBlob(id, MediaTypes.FromName(((FilePart)part).FileName) ?? "application/pdf", null);
                return true;
            case ToolResultPart result:
                WriteResult(result, path);
                return true;
            case ReasoningPart { Format: null or SignatureFormats.Gemini, Signature: { } signature } reasoning:
                WriteThought(reasoning, signature);
                return true;
            case ReasoningPart { Signature: null, RedactedData: null }:
                return false;   // thoughts are not wanted back; only their signatures are
            default:
                dropped.Add(path);
                return false;
        }
    }

    private void WriteText(string text)
    {
        json.WriteStartObject();
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private void WriteThought(ReasoningPart reasoning, string signature)
    {
        json.WriteStartObject();
        json.WriteString("text", reasoning.Text);
        if (reasoning.Text.Length > 0)
        {
            json.WriteBoolean("thought", true);
        }

        json.WriteString("thoughtSignature", signature);
        json.WriteEndObject();
    }

    private void WriteBlob(string? url, string mediaType, string? base64)
    {
        json.WriteStartObject();
        if (base64 is not null)
        {
            json.WriteStartObject("inlineData");
            json.WriteString("mimeType", mediaType);
            json.WriteString("data", base64);
        }
        else
        {
            json.WriteStartObject("fileData");
            json.WriteString("mimeType", mediaType);
            json.WriteString("fileUri", url);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteCall(ToolCallPart call, bool first)
    {
        json.WriteStartObject();
        json.WriteStartObject("functionCall");
        json.WriteString("name", call.Name);
        json.WritePropertyName("args");
        ToolArguments.WriteObject(json, call.ArgumentsJson);
        json.WriteEndObject();
        if (call is { Signature: { } signature, SignatureFormat: null or SignatureFormats.Gemini })
        {
            json.WriteString("thoughtSignature", signature);
        }
        else if (first && model.WantsSignatures)
        {
            json.WriteString("thoughtSignature", NoSignature);
        }

        json.WriteEndObject();
    }

    /// <summary>The API knows results by the function's name; the client knows the call's id.</summary>
    private void WriteResult(ToolResultPart result, string path)
    {
        var texts = result.Parts.OfType<TextPart>().Select(part => part.Text).ToList();
        json.WriteStartObject();
        json.WriteStartObject("functionResponse");
        json.WriteString("name", _functionOfCall.GetValueOrDefault(result.CallId, result.CallId));
        json.WriteStartObject("response");
        json.WritePropertyName(result.IsError ? "error" : "output");
        WriteOutput(texts.Count == 1 ? texts[0] : string.Join('\n', texts));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        for (var i = 0; i < result.Parts.Count; i++)
        {
            if (result.Parts[i] is not TextPart)
            {
                WritePart(result.Parts[i], $"{path}.content[{i}]");
            }
        }
    }

    /// <summary>JSON stays JSON, so that the model sees the structure that the function gave.</summary>
    private void WriteOutput(string text)
    {
        if (text.AsSpan().TrimStart() is ['{' or '[', ..])
        {
            try
            {
                JsonElement.Parse(text).WriteTo(json);
                return;
            }
            catch (JsonException)
            {
                // Only looked like it.
            }
        }

        json.WriteStringValue(text);
    }
}
