namespace HiWay.Web.Gateway.Wire;

/// <summary>What a client gets, byte for byte in its dialect, kept for those who read it behind the call. Heartbeats may be among it.</summary>
internal sealed class AnswerCopy
{
    /// <summary>What comes after is not copied; whoever reads copies cuts long texts in any case.</summary>
    private const int MostBytes = 4 * 1024 * 1024;

    private MemoryStream? _bytes;

    /// <summary>How much was copied.</summary>
    public int Length => (int)(_bytes?.Length ?? 0);

    /// <summary>Adds a piece of the answer.</summary>
    public void Add(ReadOnlySpan<byte> answer)
    {
        _bytes ??= new();
        _bytes.Write(answer[..Math.Min(answer.Length, MostBytes - Length)]);
    }

    public byte[] ToArray() => _bytes?.ToArray() ?? [];
}
