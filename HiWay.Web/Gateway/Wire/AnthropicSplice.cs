using System.Buffers;
using HiWay.Infrastructure.Dialects.AnthropicMessages;

namespace HiWay.Web.Gateway.Wire;

/// <summary>
/// The body for an upstream that speaks Anthropic's dialect too: the client's bytes with the model replaced, HiWay's own members and other providers'
/// thinking cut out and, when the caller leaves caching to HiWay, marks for the prompt cache. Everything else goes through as it came.
/// </summary>
internal static class AnthropicSplice
{
    public static void Write(ChatBody body, string upstreamModel, IBufferWriter<byte> to)
    {
        var bytes = body.Bytes.Span;
        var edits = Edits(body, upstreamModel, bytes);
        var separator = "{"u8;
        var edit = 0;
        foreach (var member in body.Members)
        {
            if (body.OwnMembers.Contains(member))
            {
                continue;
            }

            to.Write(separator);
            separator = ","u8;
            if (member == body.ModelMember)
            {
                to.Write(bytes[member.NameStart..member.ValueStart]);
                BodySplice.WriteString(upstreamModel, to);
                continue;
            }

            var at = member.NameStart;
            for (; edit < edits.Count && edits[edit].End <= member.End; edit++)
            {
                if (edits[edit].Start >= at)
                {
                    to.Write(bytes[at..edits[edit].Start]);
                    to.Write(edits[edit].Text);
                    at = edits[edit].End;
                }
            }

            to.Write(bytes[at..member.End]);
        }

        to.Write("}"u8);
    }

    private static List<Edit> Edits(ChatBody body, string upstreamModel, ReadOnlySpan<byte> bytes)
    {
        var edits = new List<Edit>(body.Cuts.Count + 3);
        foreach (var cut in body.Cuts)
        {
            edits.Add(new(cut.Start.Value, cut.End.Value, []));
        }

        if (body.Prefix is { HasMarks: false } prefix && body.PromptCaching && AnthropicPromptCache.Reaches(upstreamModel, prefix.Bytes))
        {
            byte[] mark = [(byte)',', .. AnthropicPromptCache.Mark];
            if (prefix.LastToolEnd > 0)
            {
                edits.Add(Insert(prefix.LastToolEnd - 1, mark));
            }

            if (prefix.LastSystemBlockEnd > 0)
            {
                edits.Add(Insert(prefix.LastSystemBlockEnd - 1, mark));
            }
            else if (prefix.System is { } system && bytes[system.ValueStart] == (byte)'"' && system.End - system.ValueStart > 2)
            {
                edits.Add(Insert(system.ValueStart, [.. "[{\"type\":\"text\",\"text\":"u8]));
                edits.Add(Insert(system.End, [.. mark, .. "}]"u8]));
            }
        }

        // In the order of the body; two at one place stay as they were added.
        return [.. edits.OrderBy(edit => edit.Start)];
    }

    private static Edit Insert(int at, byte[] text) => new(at, at, text);

    /// <summary>Bytes that go and bytes that come in their place.</summary>
    private readonly record struct Edit(int Start, int End, byte[] Text);
}
