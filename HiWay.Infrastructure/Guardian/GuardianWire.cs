using System.Runtime.InteropServices;
using HiWay.Domain.Guardian;

namespace HiWay.Infrastructure.Guardian;

/// <summary>What nodes tell each other of keys, as texts that fit a notification of PostgreSQL (8,000 bytes). Times go as ages, since clocks differ.</summary>
internal static class GuardianWire
{
    private const byte Version = 1;

    /// <summary>Before base64 makes four of three.</summary>
    private const int MostBytes = 5_700;

    private const int PromptBytes = sizeof(ulong) + sizeof(int);

    /// <summary>A key's names, its counts and its ages.</summary>
    private const int KeyBytes = 160;

    private static readonly int s_stepBytes = 2 * Marshal.SizeOf<TextPrint>() + sizeof(int);

    public static IEnumerable<string> Write(string nodeId, IReadOnlyList<(string WorkspaceId, string? KeyId, KeyNews News)> keys, long nowMs)
    {
        var (bytes, writer) = Begin(nodeId);
        var empty = bytes.Length;
        foreach (var (workspaceId, keyId, news) in keys)
        {
            var (prompts, steps, first) = (0, 0, true);
            while (first || prompts < news.Prompts.Count || steps < news.Steps.Count)
            {
                var room = MostBytes - (int)bytes.Length - KeyBytes;
                var stepsNow = Math.Min(news.Steps.Count - steps, Math.Max(0, room) / s_stepBytes);
                var promptsNow = Math.Min(news.Prompts.Count - prompts, Math.Max(0, room - stepsNow * s_stepBytes) / PromptBytes);
                if (room < 0 || (stepsNow == 0 && promptsNow == 0 && (prompts < news.Prompts.Count || steps < news.Steps.Count)))
                {
                    yield return Text(bytes, writer);
                    (bytes, writer) = Begin(nodeId);
                    continue;
                }

                writer.Write(workspaceId);
                writer.Write(keyId ?? "");
                writer.Write(first && news.AdmittedMs is { } admitted ? Age(admitted) : -1);
                writer.Write((ushort)promptsNow);
                for (var i = 0; i < promptsNow; i++)
                {
                    var prompt = news.Prompts[prompts++];
                    writer.Write(prompt.Hash);
                    writer.Write(Age(prompt.AtMs));
                }

                writer.Write((ushort)stepsNow);
                for (var i = 0; i < stepsNow; i++)
                {
                    var step = news.Steps[steps++];
                    var (asked, answer) = (step.Prompt, step.Answer);
                    writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<TextPrint>(in asked)));
                    writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<TextPrint>(in answer)));
                    writer.Write(Age(step.AtMs));
                }

                first = false;
            }
        }

        if (bytes.Length > empty)
        {
            yield return Text(bytes, writer);
        }

        int Age(long atMs) => (int)Math.Clamp(nowMs - atMs, 0, int.MaxValue);
    }

    /// <summary>Nothing when the text is this node's own, or of a version that this program does not know.</summary>
    /// <exception cref="IOException">The text ends too early.</exception>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static List<(string WorkspaceId, string? KeyId, KeyNews News)> Read(string text, string nodeId, long nowMs)
    {
        using var bytes = new MemoryStream(Convert.FromBase64String(text));
        using var reader = new BinaryReader(bytes);
        var keys = new List<(string, string?, KeyNews)>();
        if (reader.ReadByte() != Version || reader.ReadString() == nodeId)
        {
            return keys;
        }

        while (bytes.Position < bytes.Length)
        {
            var (workspaceId, keyId, admitted) = (reader.ReadString(), reader.ReadString(), reader.ReadInt32());
            var prompts = new PromptSeen[reader.ReadUInt16()];
            for (var i = 0; i < prompts.Length; i++)
            {
                prompts[i] = new(reader.ReadUInt64(), nowMs - reader.ReadInt32());
            }

            var steps = new StepSeen[reader.ReadUInt16()];
            for (var i = 0; i < steps.Length; i++)
            {
                steps[i] = new(Print(reader), Print(reader), nowMs - reader.ReadInt32());
            }

            keys.Add((workspaceId, keyId.Length > 0 ? keyId : null, new(prompts, steps, admitted < 0 ? null : nowMs - admitted)));
        }

        return keys;
    }

    private static TextPrint Print(BinaryReader reader)
    {
        var print = default(TextPrint);
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(new Span<TextPrint>(ref print)));
        return print;
    }

    private static (MemoryStream Bytes, BinaryWriter Writer) Begin(string nodeId)
    {
        var bytes = new MemoryStream(MostBytes);
        var writer = new BinaryWriter(bytes);
        writer.Write(Version);
        writer.Write(nodeId);
        return (bytes, writer);
    }

    private static string Text(MemoryStream bytes, BinaryWriter writer)
    {
        writer.Flush();
        return Convert.ToBase64String(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
