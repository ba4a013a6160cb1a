using System.Buffers;

namespace HiWay.Infrastructure.Dialects;

/// <summary>
/// Writes an answer as the events of one client dialect while it comes. Writes nothing before the first meaningful piece, so that the
/// gateway can still fall back, and no end before <see cref="WriteEnding"/>, so that a cut answer never looks whole.
/// </summary>
public abstract class ClientStreamWriter(AnswerDefaults defaults) : ClientAnswer(defaults)
{
    /// <summary>Ends a whole answer with the dialect's terminator. Called once, after <see cref="ClientAnswer.IsEnded"/>.</summary>
    /// <param name="hiwayJson">The <c>_hiway</c> object, compact; rides on the last event that can carry it. Empty for none.</param>
    public abstract void WriteEnding(ReadOnlySpan<byte> hiwayJson);

    /// <summary>Takes over an answer whose beginning, some text, was passed through as bytes. Called before anything else.</summary>
    /// <param name="blocks">How many blocks have begun, where the dialect counts them.</param>
    /// <param name="open">What the last of them holds, when it has not ended.</param>
    /// <returns>False where the dialect's events need more than that to go on.</returns>
    public virtual bool BeginInTheMiddle(int blocks, OpenBlock open) => false;

    /// <summary>Ends an answer that broke off, where the dialect's events of failure belong to the stream's own count and state.</summary>
    /// <returns>False where the dialect's plain error event will do.</returns>
    public virtual bool WriteFailure(string code, string message) => false;
}

/// <summary>What a client's stream was in the middle of.</summary>
public enum OpenBlock { None, Text, Reasoning }

/// <summary>Collects an answer and writes it as one JSON object of one client dialect.</summary>
public abstract class ClientAnswerWriter(AnswerDefaults defaults) : ClientAnswer(defaults)
{
    /// <summary>Writes the whole answer. Called once, after <see cref="ClientAnswer.IsEnded"/>.</summary>
    /// <param name="hiwayJson">The <c>_hiway</c> object, compact; the answer's last member. Empty for none.</param>
    public abstract void WriteTo(IBufferWriter<byte> output, ReadOnlySpan<byte> hiwayJson);
}
