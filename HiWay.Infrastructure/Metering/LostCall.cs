using System.Globalization;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Metering;

/// <summary>
/// A call whose process ended before it did. The provider saw its connection cut, as when a client leaves, so it is billed as such a
/// call is: for what had come of the answer. Where nobody noted how far it had come, the most that it could cost counts.
/// </summary>
internal sealed class LostCall(in OpenCall call, CallProgress? progress)
{
    public OpenCall Call { get; } = call;

    public decimal CostUsd => progress?.CostUsd ?? Call.CostUsd;

    /// <summary>What the provider could bill beyond that, US dollars: an answer that was on its way, or that it went on with. Nobody here can know.</summary>
    public decimal OpenUsd => progress?.Seen is AnswerSeen.All ? 0m : Math.Max(0m, Call.CostUsd - CostUsd);

    public UsageEvent ToRow()
    {
        var usage = progress?.Usage ?? Call.Usage;
        var unpriced = progress?.Unpriced ?? Call.Unpriced;
        return new()
        {
            Id = Call.Id,
            CreatedAt = Call.CreatedAt,
            WorkspaceId = Call.WorkspaceId,
            KeyId = Call.KeyId,
            EndUser = Call.EndUser,
            Dialect = Call.Dialect,
            RequestedModel = Call.RequestedModel,
            Model = Call.Model,
            Provider = Call.Provider,
            Tier = Call.Tier,
            Status = 500,
            Streamed = Call.Streamed,
            EndReason = EndReason.NodeLost,
            Usage = usage,
            CostUsd = CostUsd,
            BaselineUsd = CostUsd,
            OpenUsd = OpenUsd,
            Unpriced = unpriced,
            UsageEstimated = progress?.Seen is not AnswerSeen.All,
            Reason = Reason(),
            Tags = Call.Tags,
            Attempts = [new(Call.Model, Call.Provider, Call.CredentialId, null, "node_lost", "HiWay stopped before the answer was written down.", 0, null, usage, CostUsd, unpriced)],
        };
    }

    private string Reason()
    {
        if (progress is not { } known)
        {
            return "HiWay stopped while this call ran. How far it had come is not known, so the books have the most that it could cost.";
        }

        return known.Seen switch
        {
            AnswerSeen.Nothing => $"HiWay stopped before anything of an answer had come. The books have what such a call costs when its client leaves; the provider may bill up to {Usd} USD more.",
            AnswerSeen.Some => $"HiWay stopped in the middle of the answer. The books have what had come of it; the provider may bill up to {Usd} USD more.",
            AnswerSeen.All => "HiWay stopped when the answer had come and was not written down yet. The books have what the provider counted.",
        };
    }

    private string Usd => OpenUsd.ToString("0.######", CultureInfo.InvariantCulture);
}
