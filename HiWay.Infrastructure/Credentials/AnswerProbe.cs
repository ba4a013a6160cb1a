using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;

namespace HiWay.Infrastructure.Credentials;

/// <summary>Takes an answer and remembers only whether it failed and what it used.</summary>
internal sealed class AnswerProbe : IAnswerSink
{
    public string? Error { get; private set; }

    /// <summary>Null when the answer said nothing of it.</summary>
    public TokenUsage? UsageSoFar { get; private set; }

    public void Failed(UpstreamError error) => Error = error.Message;

    public void Started(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds)
    {
    }

    public void Text(int choice, ReadOnlySpan<byte> json)
    {
    }

    public void Reasoning(int choice, ReadOnlySpan<byte> json)
    {
    }

    public void ReasoningSignature(int choice, string format, ReadOnlySpan<byte> json)
    {
    }

    public void EncryptedReasoning(int choice, string format, ReadOnlySpan<byte> dataJson)
    {
    }

    public void Refusal(int choice, ReadOnlySpan<byte> json)
    {
    }

    public void ToolCallStarted(int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson)
    {
    }

    public void ToolCallArguments(int choice, int call, ReadOnlySpan<byte> json)
    {
    }

    public void ToolCallSignature(int choice, int call, string format, ReadOnlySpan<byte> json)
    {
    }

    public void Extra(int choice, string kind, ReadOnlySpan<byte> jsonValue)
    {
    }

    public void Finished(int choice, FinishReason reason)
    {
    }

    public void Usage(in TokenUsage usage) => UsageSoFar = usage;

    public void Ended()
    {
    }
}
