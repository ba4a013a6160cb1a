using System.Collections.Frozen;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Guardian;
using HiWay.Domain.Judging;
using HiWay.Domain.Privacy;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Domain.Routing.Mix;
using HiWay.Infrastructure.Budgets;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Snapshots;

/// <summary>
/// Everything a call needs to know of its workspace, immutable. Built from PostgreSQL in the background and swapped whole,
/// so that a warm call reads no database.
/// </summary>
public sealed record WorkspaceSnapshot
{
    private CandidateTable<Deployment>? _candidates;

    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Plan { get; init; }

    /// <summary>The workspace row's version that this was built from; a later snapshot never has a lower one.</summary>
    public required long Version { get; init; }

    public bool Suspended { get; init; }

    public RoutingProfile Profile { get; init; } = RoutingProfile.Balanced;

    public SovereigntyZone Zone
    {
        get;
        init
        {
            field = value;
            _candidates = null;   // a copy under another zone has other candidates
        }
    }

    public RoutingSettings Routing { get; init; } = RoutingSettings.Default;

    public bool PromptCaching { get; init; } = true;

    /// <summary>The workspace's caps.</summary>
    public WorkspaceBudget Budget { get; init; } = WorkspaceBudget.None;

    public GuardianSettings Guardian { get; init; } = GuardianSettings.Default;

    public ShieldSettings Shield { get; init; } = ShieldSettings.Default;

    public IpRules IpRules { get; init; } = IpRules.None;

    public PrivacySettings Privacy { get; init; } = PrivacySettings.Off;

    /// <summary>Prompts and answers are kept for a while.</summary>
    public bool LogContent { get; init; }

    /// <summary>The model that savings are measured against; null when the catalogue has no such model.</summary>
    public ModelEntry? Flagship { get; init; }

    /// <summary>
    /// What the workspace could call now: one deployment per enabled model of each provider with an enabled credential,
    /// with the workspace's tier and price overrides applied, ordered by model id.
    /// </summary>
    public required IReadOnlyList<Deployment> Deployments { get; init; }

    /// <summary>The deployments that converse, prepared for choosing; made on first use and kept as long as the snapshot.</summary>
    public CandidateTable<Deployment> Candidates => _candidates ??=
        new([.. Deployments.Where(static deployment => deployment.Model.Serves(TierPlacement.ChatEndpoint))], static deployment => deployment.Model, Zone, Mix,
            static (deployment, streams) => deployment.Health?.ExpectedMs(streams));

    /// <summary>What the workspace's own scores change in the order of candidates.</summary>
    public LearnedMix Mix { get; init; } = LearnedMix.None;

    /// <summary>How a sample of the workspace's answers is rated; null while nobody wants that.</summary>
    public JudgeSettings? Judge { get; init; }

    /// <summary>Models of the enabled providers that the workspace has switched off; for saying so.</summary>
    public IReadOnlyList<ModelEntry> SwitchedOff { get; init; } = [];

    /// <summary>By catalogue id, by the provider's further names behind the provider's slug (<c>openai/gpt-4o-2024-08-06</c>), ordinal.</summary>
    public required FrozenDictionary<string, Deployment> ByModelId { get; init; }

    /// <summary>Short ids; one with two meanings maps to all of them.</summary>
    public required FrozenDictionary<string, IReadOnlyList<Deployment>> ByShortName { get; init; }

    /// <summary>The workspace's own names.</summary>
    public FrozenDictionary<string, ModelAlias<Deployment>> Aliases { get; init; } = FrozenDictionary<string, ModelAlias<Deployment>>.Empty;

    /// <summary>What a model's name means here.</summary>
    /// <param name="catalogue">The whole catalogue; read only to say what is missing.</param>
    public ResolvedModel<Deployment> Resolve(string name, IReadOnlyList<ModelEntry> catalogue) =>
        ModelNames.Resolve(name, ByModelId, Aliases, ByShortName, static deployment => deployment.Model, catalogue);
}

/// <summary>One key as a call needs it.</summary>
public sealed record WorkspaceKey
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Prefix { get; init; }

    public bool IsTest { get; init; }

    public bool CanInfer { get; init; }

    public bool CanManage { get; init; }

    /// <summary>Requests per rolling minute; null is unlimited (billing off, no limit set).</summary>
    public int? Rpm { get; init; }

    public int? Tpm { get; init; }

    /// <summary>Requests per UTC day.</summary>
    public int? Rpd { get; init; }

    /// <summary>Calls that may run at once.</summary>
    public int? Concurrency { get; init; }

    public decimal? MonthlyCapUsd { get; init; }

    public decimal? DailyCapUsd { get; init; }

    /// <summary>Model ids, short ids, tier names; null allows all.</summary>
    public FrozenSet<string>? AllowedModels { get; init; }

    public bool RouterBypass { get; init; }

    public bool Fallback { get; init; } = true;

    /// <summary>Null takes the workspace's.</summary>
    public RoutingProfile? Profile { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public DateTimeOffset? ExpiresAt { get; init; }

    public bool Suspended { get; init; }

    public string? SuspendedByRule { get; init; }

    /// <summary>Null takes the workspace's.</summary>
    public ShieldMode? SecurityMode { get; init; }

    public string? CreatedByUserId { get; init; }
}

/// <summary>What a shown key stands for.</summary>
/// <param name="ValidUntil">For a secret replaced by rotation: the end of the overlap.</param>
public sealed record KeyGrant(WorkspaceSnapshot Workspace, WorkspaceKey Key, DateTimeOffset? ValidUntil);

/// <summary>The hot path's view of the database.</summary>
public interface ISnapshots
{
    /// <summary>What a key grants; null for unknown and revoked ones. No I/O, no allocation.</summary>
    /// <param name="secretHash">SHA-256 of the shown secret, 32 bytes.</param>
    KeyGrant? Find(ReadOnlySpan<byte> secretHash);

    /// <summary>
    /// As <see cref="Find"/>, and when the key is unknown the database is asked once, at most half a second and a bounded number of
    /// times a second, because another node may have made the key a moment ago. Null also when it could not be asked.
    /// </summary>
    ValueTask<KeyGrant?> FindOrAskAsync(byte[] secretHash, CancellationToken cancellationToken);

    /// <summary>For callers without a key (playground, previews); null for unknown or deleted workspaces.</summary>
    WorkspaceSnapshot? Workspace(string workspaceId);

    /// <summary>The whole catalogue with the operator's overrides, ordered by id.</summary>
    IReadOnlyList<ModelEntry> Catalogue { get; }

    /// <summary>The instant up to which changes in the database are known here; old when it cannot be reached.</summary>
    DateTimeOffset FreshAt { get; }

    /// <summary>Reads one workspace anew and swaps it in; management calls await it after their commit, so the next call sees the change.</summary>
    Task RefreshAsync(string workspaceId, CancellationToken cancellationToken);
}
