using System.Collections.Frozen;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects;

/// <summary>What a client dialect's writer needs for fields that the upstream may leave out.</summary>
/// <param name="Id">Used when the upstream gives no id.</param>
/// <param name="Model">Used when the upstream names no model.</param>
/// <param name="CreatedUnixSeconds">Used when the upstream states no time.</param>
public sealed record AnswerDefaults(string Id, string Model, long CreatedUnixSeconds)
{
    /// <summary>The client asked with OpenAI's old <c>functions</c> and expects <c>function_call</c> in the answer.</summary>
    public bool LegacyFunctions { get; init; }

    /// <summary>The client asked for usage in a stream, where its dialect leaves the choice.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>Receives what of the answer the client's dialect cannot show (<c>answer.logprobs</c>), each once; null when nobody asks.</summary>
    public ICollection<string>? Dropped { get; init; }

    /// <summary>Reports an <see cref="IAnswerSink.Extra"/> that the dialect has no place for.</summary>
    public void Drop(string kind)
    {
        if (ExtraKinds.DroppedName(kind) is { } name)
        {
            DropNamed(name);
        }
    }

    /// <param name="what">As it is reported: <c>answer.choices</c>.</param>
    public void DropNamed(string what)
    {
        if (Dropped is { } dropped && !dropped.Contains(what))
        {
            dropped.Add(what);
        }
    }

    /// <summary>Tokens of the prompt by HiWay's own estimate, for dialects that state them before the upstream has told.</summary>
    public int PromptTokens { get; init; }

    /// <summary>What the answer repeats of its request, as JSON members without braces; for dialects that do (OpenAI Responses).</summary>
    public ReadOnlyMemory<byte> Echo { get; init; }

    /// <summary>Names of the client's tools that take words and were offered as functions, for dialects that know such tools (<see cref="Inner.ToolDefinition.IsCustom"/>).</summary>
    public IReadOnlySet<string> CustomTools { get; init; } = FrozenSet<string>.Empty;
}

/// <summary>
/// The half that the writers of all client dialects share: it keeps the facts that the gateway ends, meters and judges an answer by, drops
/// empty pieces and brings the finish reason in line with what was produced. Subclasses only say how things look on the wire.
/// </summary>
public abstract class ClientAnswer(AnswerDefaults defaults) : IAnswerSink
{
    private readonly List<ChoiceFacts> _choices = [];
    private bool _started;
    private bool _goesOn;

    /// <summary>The last usage that the upstream stated; the gateway may set an estimate when there is none, before the answer is ended.</summary>
    public TokenUsage? Usage { get; set; }

    /// <summary>True from the first piece that means something to the client; role and preamble events do not.</summary>
    public bool HasContent { get; private set; }

    /// <summary>Bytes of text, reasoning and tool arguments so far, as escaped on the wire; for estimating tokens of a cut answer.</summary>
    public long ProducedBytes { get; private set; }

    /// <summary>Set when the upstream said that the answer broke.</summary>
    public UpstreamError? Error { get; private set; }

    /// <summary>The upstream's own terminal event was seen: the answer is whole.</summary>
    public bool IsEnded { get; private set; }

    protected AnswerDefaults Defaults => defaults;

    /// <summary>How many choices have begun.</summary>
    public int Choices => _choices.Count;

    /// <summary>
    /// Why a choice stopped, derived from its content: calls make it <see cref="FinishReason.ToolCalls"/> whatever word the upstream
    /// used for a normal end (Gemini says STOP), and no call makes it none.
    /// </summary>
    public FinishReason FinishOf(int choice)
    {
        var facts = choice < _choices.Count ? _choices[choice] : null;
        return facts?.Finish switch
        {
            null or FinishReason.Stop or FinishReason.ToolCalls => facts is { ToolCalls: > 0 } ? FinishReason.ToolCalls : FinishReason.Stop,
            { } said => said,
        };
    }

    void IAnswerSink.Started(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds)
    {
        // Some servers send their first event twice.
        if (!_started)
        {
            _started = true;
            OnStarted(idJson, modelJson, createdUnixSeconds);
        }
        else if (_goesOn)
        {
            _goesOn = false;
            OnResumed(modelJson);
        }
    }

    /// <summary>The upstream broke off, and another one goes on with the same answer: what the first said of its end is forgotten.</summary>
    public void GoOn()
    {
        (_goesOn, Error, Usage, IsEnded) = (true, null, null, false);
        foreach (var choice in _choices)
        {
            choice.Finish = null;
        }
    }

    void IAnswerSink.Text(int choice, ReadOnlySpan<byte> json)
    {
        if (json.Length > 0)
        {
            OnText(Produce(choice, json.Length), choice, json);
        }
    }

    void IAnswerSink.Reasoning(int choice, ReadOnlySpan<byte> json)
    {
        if (json.Length > 0)
        {
            OnReasoning(Produce(choice, json.Length), choice, json);
        }
    }

    void IAnswerSink.ReasoningSignature(int choice, string format, ReadOnlySpan<byte> json)
    {
        var facts = Produce(choice, 0);
        OnReasoningSignature(facts, choice, format, json);
        facts.ReasoningBlocks++;
    }

    void IAnswerSink.EncryptedReasoning(int choice, string format, ReadOnlySpan<byte> dataJson)
    {
        var facts = Produce(choice, 0);
        OnEncryptedReasoning(facts, choice, format, dataJson);
        facts.ReasoningBlocks++;
    }

    void IAnswerSink.Refusal(int choice, ReadOnlySpan<byte> json)
    {
        if (json.Length > 0)
        {
            OnRefusal(Produce(choice, json.Length), choice, json);
        }
    }

    void IAnswerSink.ToolCallStarted(int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson)
    {
        var facts = Produce(choice, nameJson.Length);
        facts.ToolCalls = Math.Max(facts.ToolCalls, call + 1);
        OnToolCallStarted(facts, choice, call, IdOf(idJson, choice, call), nameJson);
    }

    void IAnswerSink.SignedToolCallStarted(int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson, string format, ReadOnlySpan<byte> signatureJson)
    {
        var facts = Produce(choice, nameJson.Length);
        facts.ToolCalls = Math.Max(facts.ToolCalls, call + 1);
        OnSignedToolCallStarted(facts, choice, call, IdOf(idJson, choice, call), nameJson, format, signatureJson);
    }

    void IAnswerSink.ToolCallArguments(int choice, int call, ReadOnlySpan<byte> json)
    {
        if (json.Length > 0)
        {
            OnToolCallArguments(Produce(choice, json.Length), choice, call, json);
        }
    }

    void IAnswerSink.ToolCallSignature(int choice, int call, string format, ReadOnlySpan<byte> json) =>
        OnToolCallSignature(Produce(choice, 0), choice, call, format, json);

    void IAnswerSink.Extra(int choice, string kind, ReadOnlySpan<byte> jsonValue) => OnExtra(Facts(choice), choice, kind, jsonValue);

    void IAnswerSink.Finished(int choice, FinishReason reason)
    {
        // A refusal without a word is an answer all the same: asking another model would be shopping for one that obeys.
        HasContent |= reason is FinishReason.ContentFilter or FinishReason.Refusal;
        Facts(choice).Finish = reason;
    }

    void IAnswerSink.Usage(in TokenUsage usage) => Usage = usage;

    void IAnswerSink.Failed(UpstreamError error) => Error ??= error;

    void IAnswerSink.Ended() => IsEnded = true;

    protected abstract void OnStarted(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds);

    /// <summary>Another upstream goes on with the answer; the dialect may name its model from here on.</summary>
    protected virtual void OnResumed(ReadOnlySpan<byte> modelJson)
    {
    }

    protected abstract void OnText(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json);

    protected abstract void OnReasoning(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json);

    protected abstract void OnReasoningSignature(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> json);

    protected abstract void OnEncryptedReasoning(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> dataJson);

    protected abstract void OnRefusal(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json);

    protected abstract void OnToolCallStarted(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson);

    protected abstract void OnToolCallArguments(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> json);

    protected abstract void OnToolCallSignature(ChoiceFacts facts, int choice, int call, string format, ReadOnlySpan<byte> json);

    protected virtual void OnSignedToolCallStarted(
        ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson, string format, ReadOnlySpan<byte> signatureJson)
    {
        OnToolCallStarted(facts, choice, call, idJson, nameJson);
        OnToolCallSignature(facts, choice, call, format, signatureJson);
    }

    protected abstract void OnExtra(ChoiceFacts facts, int choice, string kind, ReadOnlySpan<byte> jsonValue);

    /// <summary>Called by <see cref="OnExtra"/> for kinds that are content (a picture, speech).</summary>
    protected void MarkContent() => HasContent = true;

    protected ChoiceFacts FactsOf(int choice) => Facts(choice);

    private ChoiceFacts Produce(int choice, int bytes)
    {
        HasContent = true;
        ProducedBytes += bytes;
        return Facts(choice);
    }

    /// <summary>A call's id; where the provider names neither calls nor answers, one of this answer, as ids must differ between the turns of a conversation.</summary>
    private ReadOnlySpan<byte> IdOf(ReadOnlySpan<byte> idJson, int choice, int call) =>
        idJson.Length > 0 ? idJson : CallIds.Make(JsonText.Encode(defaults.Id[(defaults.Id.IndexOfAny(['-', '_']) + 1)..]), choice, call);

    private ChoiceFacts Facts(int choice)
    {
        // An upstream must not make us hold a thousand choices by naming the thousandth.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(choice, MaxChoices);
        while (_choices.Count <= choice)
        {
            _choices.Add(new());
        }

        return _choices[choice];
    }

    /// <summary>OpenAI allows 128 answers to one request; nobody allows more.</summary>
    public const int MaxChoices = 128;

    /// <summary>What is known of one choice.</summary>
    protected sealed class ChoiceFacts
    {
        /// <summary>For streams: the first delta, which carries the role, is out.</summary>
        public bool RoleWritten { get; set; }

        public int ToolCalls { get; set; }

        /// <summary>Finished blocks of reasoning; the index of the one being written.</summary>
        public int ReasoningBlocks { get; set; }

        public FinishReason? Finish { get; set; }

        /// <summary>The sequence that ended it, a JSON string; <c>null</c> when one did and it is not known which, empty when none did.</summary>
        public byte[] StopSequence { get; set; } = [];
    }
}
