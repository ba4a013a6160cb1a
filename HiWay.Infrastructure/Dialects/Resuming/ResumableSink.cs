using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Dialects.Resuming;

/// <summary>
/// Stands between an upstream's reader and the client's writer: keeps what is delivered, and when it takes up another upstream's answer
/// skips what the reader has already, as long as the two agree.
/// </summary>
public sealed class ResumableSink : IAnswerSink
{
    private readonly IAnswerSink _writer;
    private readonly DeliveredText _delivered;
    private readonly TextMatch? _match;
    private readonly byte[]? _id;

    /// <summary>For the upstream that begins the answer.</summary>
    public ResumableSink(IAnswerSink writer, DeliveredText delivered) => (_writer, _delivered) = (writer, delivered);

    /// <summary>For one that goes on with it.</summary>
    /// <param name="expected">The text that it says again before anything new; empty after a prefill.</param>
    /// <param name="optional">It may leave <paramref name="expected"/> out.</param>
    /// <param name="idJson">The answer's id as its reader knows it, inside of a JSON string; null keeps what the writer has.</param>
    public ResumableSink(IAnswerSink writer, DeliveredText delivered, string expected, bool optional, byte[]? idJson)
        : this(writer, delivered) => (_match, _id) = (new TextMatch(expected, optional), idJson);

    /// <summary>This upstream has said something, new or not.</summary>
    public bool HasContent { get; private set; }

    /// <summary>Bytes that this upstream has produced, new or not; it bills them all.</summary>
    public long ContentBytes { get; private set; }

    /// <summary>It says something else than what was delivered, or stopped before it came that far.</summary>
    public bool Diverged { get; private set; }

    public void Started(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds) =>
        _writer.Started(_id ?? idJson, modelJson, createdUnixSeconds);

    public void Text(int choice, ReadOnlySpan<byte> json)
    {
        Count(json.Length);
        if (choice > 0)
        {
            _delivered.Other();
        }
        else if (_match is { IsOver: false } match)
        {
            json = match.Take(json);
            Diverged |= match.Failed;
        }

        if (json.Length > 0 && !Diverged)
        {
            if (choice == 0)
            {
                _delivered.Text(json);
            }

            _writer.Text(choice, json);
        }
    }

    public void Reasoning(int choice, ReadOnlySpan<byte> json)
    {
        Count(json.Length);
        if (_match is null)
        {
            _writer.Reasoning(choice, json);   // the thoughts of a second model do not belong to the text of the first
        }
    }

    public void ReasoningSignature(int choice, string format, ReadOnlySpan<byte> json)
    {
        if (_match is null)
        {
            _writer.ReasoningSignature(choice, format, json);
        }
    }

    public void EncryptedReasoning(int choice, string format, ReadOnlySpan<byte> dataJson)
    {
        if (_match is null)
        {
            _writer.EncryptedReasoning(choice, format, dataJson);
        }
    }

    public void Refusal(int choice, ReadOnlySpan<byte> json)
    {
        Count(json.Length);
        if (json.Length > 0 && MayGoOn())
        {
            _delivered.Other();
            _writer.Refusal(choice, json);
        }
    }

    public void ToolCallStarted(int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson)
    {
        Count(nameJson.Length);
        if (MayGoOn())
        {
            _delivered.Other();
            _writer.ToolCallStarted(choice, call, idJson, nameJson);
        }
    }

    public void SignedToolCallStarted(
        int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson, string format, ReadOnlySpan<byte> signatureJson)
    {
        Count(nameJson.Length);
        if (MayGoOn())
        {
            _delivered.Other();
            _writer.SignedToolCallStarted(choice, call, idJson, nameJson, format, signatureJson);
        }
    }

    public void ToolCallArguments(int choice, int call, ReadOnlySpan<byte> json)
    {
        Count(json.Length);
        if (json.Length > 0 && MayGoOn())
        {
            _delivered.Other();
            _writer.ToolCallArguments(choice, call, json);
        }
    }

    public void ToolCallSignature(int choice, int call, string format, ReadOnlySpan<byte> json)
    {
        if (MayGoOn())
        {
            _writer.ToolCallSignature(choice, call, format, json);
        }
    }

    public void Extra(int choice, string kind, ReadOnlySpan<byte> jsonValue)
    {
        switch (kind)
        {
            case ExtraKinds.ServiceTier or ExtraKinds.SystemFingerprint or ExtraKinds.StopSequence:
                _writer.Extra(choice, kind, jsonValue);
                break;
            case ExtraKinds.Image or ExtraKinds.Audio or ExtraKinds.ServerTool when MayGoOn():
                HasContent = true;
                _delivered.Other();
                _writer.Extra(choice, kind, jsonValue);
                break;
            default:
                // Sources and probabilities belong to their text; those of text that is skipped are skipped with it.
                if (_match is not { IsOver: false } && !Diverged)
                {
                    _writer.Extra(choice, kind, jsonValue);
                }

                break;
        }
    }

    public void Finished(int choice, FinishReason reason) => _writer.Finished(choice, reason);

    public void Usage(in TokenUsage usage) => _writer.Usage(usage);

    public void Failed(UpstreamError error) => _writer.Failed(error);

    public void Ended()
    {
        if (MayGoOn())
        {
            _writer.Ended();
        }
    }

    /// <summary>True when all that was expected has come; a tool call or an end before that is another answer.</summary>
    private bool MayGoOn()
    {
        Diverged |= _match is { IsOver: false, Optional: false };
        return !Diverged;
    }

    private void Count(int bytes)
    {
        HasContent |= bytes > 0;
        ContentBytes += bytes;
    }
}
