using HiWay.Domain.Metering;

namespace HiWay.Infrastructure.Metering.Traces;

/// <summary>How a call went, as the log keeps it beside the columns that it is searched by.</summary>
/// <param name="Dropped">Parameters that the model's dialect has no place for.</param>
internal sealed record CallTrace(IReadOnlyList<string> Dropped, IReadOnlyList<StageRecord> Stages, IReadOnlyList<AttemptRecord> Attempts)
{
    /// <summary>The model that was tried first; null where none was.</summary>
    public string? FirstModel => Attempts.Count > 0 ? Attempts[0].Model : null;
}
