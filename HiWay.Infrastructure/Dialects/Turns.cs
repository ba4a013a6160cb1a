using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects;

/// <summary>
/// A conversation as the APIs with a system prompt of its own and strictly alternating sides want it (Anthropic, Bedrock): instructions at the start
/// apart, those between turns in their place as marked user text, turns of one side merged, empty text left out.
/// </summary>
/// <param name="System">What stands before the first turn.</param>
internal sealed record Turns(List<Turns.Piece> System, List<Turns.Turn> List)
{
    /// <param name="Path">Where it stands in the client's body.</param>
    public readonly record struct Piece(ChatPart Part, string Path);

    public sealed record Turn(bool FromUser, List<Piece> Pieces);

    public static Turns Arrange(IReadOnlyList<ChatMessage> messages)
    {
        var system = new List<Piece>();
        var turns = new List<Turn>();
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            if (message.Role is ChatRole.System or ChatRole.Developer && turns.Count == 0)
            {
                system.AddRange(Pieces(message, i));
                continue;
            }

            var pieces = message.Role switch
            {
                ChatRole.System or ChatRole.Developer => Pieces(message, i).Select(piece =>
                    piece.Part is TextPart text ? piece with { Part = text with { Text = $"<system>\n{text.Text}\n</system>" } } : piece),
                ChatRole.User when message.Name is { Length: > 0 } name => Named(Pieces(message, i), name),
                _ => Pieces(message, i),
            };
            Add(turns, message.Role is not ChatRole.Assistant, pieces);
        }

        if (turns.Count == 0)
        {
            // Only instructions: the last of them is the question.
            Add(turns, true, system);
            system = [];
        }

        return new(system, turns);
    }

    /// <summary>A result's parts for an API without a field for a failure, so that the words say it.</summary>
    public static IReadOnlyList<ChatPart> Told(ToolResultPart result) =>
        !result.IsError || (result.Parts is [TextPart { Text: var text }, ..] && text.StartsWith("error", StringComparison.OrdinalIgnoreCase)) ? result.Parts
        : result.Parts is [TextPart first, ..] ? [first with { Text = $"Error: {first.Text}" }, .. result.Parts.Skip(1)]
        : [new TextPart("Error: the tool failed."), .. result.Parts];

    private static void Add(List<Turn> turns, bool fromUser, IEnumerable<Piece> pieces)
    {
        // Of a message without a word nothing may stay: the turns around it are one.
        var said = pieces.ToList();
        if (said.Count > 0 && (turns is not [.., { FromUser: var side }] || side != fromUser))
        {
            turns.Add(new(fromUser, []));
        }

        if (said.Count > 0)
        {
            turns[^1].Pieces.AddRange(said);
        }
    }

    /// <summary>The parts that the APIs take: empty text is refused there.</summary>
    private static IEnumerable<Piece> Pieces(ChatMessage message, int index)
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
            if (part is not TextPart { Text: var text } || !string.IsNullOrWhiteSpace(text))
            {
                yield return new(part, path);
            }
        }
    }

    internal static IEnumerable<Piece> Named(IEnumerable<Piece> pieces, string name)
    {
        // There is no field for it; the words themselves must say who speaks.
        var first = true;
        foreach (var piece in pieces)
        {
            yield return first && piece.Part is TextPart text ? piece with { Part = text with { Text = $"{name}: {text.Text}" } } : piece;
            first = false;
        }
    }
}
