using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>What Dispatch hands to Deliver: an upstream that has begun to answer with content.</summary>
internal abstract class UpstreamAnswer(Attempt attempt, Watch watch) : IDisposable
{
    public Attempt Attempt { get; } = attempt;

    public Watch Watch { get; } = watch;

    public virtual void Dispose() => Watch.Dispose();
}

/// <summary>An answer that is here whole.</summary>
internal sealed class WholeAnswer(Attempt attempt, Watch watch, RentedBuffer body, IAnswerRelay relay) : UpstreamAnswer(attempt, watch)
{
    public RentedBuffer Body { get; } = body;

    public IAnswerRelay Relay { get; } = relay;

    public override void Dispose()
    {
        Body.Dispose();
        base.Dispose();
    }
}

/// <summary>A stream past its preamble, with the client's bytes so far.</summary>
/// <param name="held">What was relayed before the commit point.</param>
/// <param name="ended">The upstream stream is already at its end.</param>
internal sealed class StreamAnswer(Attempt attempt, Watch watch, UpstreamBody body, IStreamRelay relay, RentedBuffer held, bool ended)
    : UpstreamAnswer(attempt, watch)
{
    public UpstreamBody Body { get; } = body;

    public IStreamRelay Relay { get; } = relay;

    public RentedBuffer Held { get; } = held;

    public bool Ended { get; } = ended;

    public override void Dispose()
    {
        Held.Dispose();
        Relay.Dispose();
        Body.Dispose();
        base.Dispose();
    }
}
