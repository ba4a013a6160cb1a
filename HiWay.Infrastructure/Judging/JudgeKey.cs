using HiWay.Domain.Judging;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Infrastructure.Judging;

/// <summary>Stands for the key that a judge has not got: ratings are counted, capped and booked under it.</summary>
public static class JudgeKey
{
    public const string Name = "Judge";

    /// <summary>What ratings carry in the books beside the key.</summary>
    public const string Tag = "purpose:judge";

    private const string Prefix = "judge/";

    public static string IdOf(string workspaceId) => Prefix + workspaceId;

    /// <summary>For people: what books that name this key call it; null for all other keys.</summary>
    public static string? NameOf(string? keyId) => keyId?.StartsWith(Prefix, StringComparison.Ordinal) is true ? Name : null;

    public static WorkspaceKey Of(string workspaceId, JudgeSettings settings) => new()
    {
        Id = IdOf(workspaceId), Name = Name, Prefix = "", CanInfer = true, Fallback = false, DailyCapUsd = settings.DailyLimitUsd, Tags = [Tag],
    };
}
