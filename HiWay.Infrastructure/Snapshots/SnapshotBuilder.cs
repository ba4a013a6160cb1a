using System.Collections.Frozen;
using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Infrastructure.Budgets;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Catalogue;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Guardian;
using HiWay.Infrastructure.Health;
using HiWay.Infrastructure.Judging;
using HiWay.Infrastructure.Privacy;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Routing;
using HiWay.Infrastructure.Scores;
using HiWay.Infrastructure.Shield;

namespace HiWay.Infrastructure.Snapshots;

/// <summary>One workspace's rows as read from PostgreSQL.</summary>
internal sealed record WorkspaceRows(
    WorkspaceRow Workspace, IReadOnlyList<ApiKeyRow> Keys, IReadOnlyList<CredentialRow> Credentials, IReadOnlyList<WorkspaceModelRow> Models)
{
    /// <summary>Null while the workspace has set nothing.</summary>
    public BudgetRow? Budget { get; init; }

    public IReadOnlyList<EndUserCapRow> EndUserCaps { get; init; } = [];

    public GuardianSettingsRow? Guardian { get; init; }

    public SecuritySettingsRow? Security { get; init; }

    public PrivacySettingsRow? Privacy { get; init; }

    public IReadOnlyList<IpRuleRow> IpRules { get; init; } = [];

    public LearnedMixRow? Mix { get; init; }

    public JudgeSettingsRow? Judge { get; init; }
}

/// <summary>A workspace's snapshot with what each accepted secret of it grants.</summary>
internal sealed record BuiltWorkspace(WorkspaceSnapshot Snapshot, IReadOnlyList<KeyValuePair<KeyHash, KeyGrant>> Grants);

/// <summary>Turns rows into a snapshot. Pure but for the credentials' secrets, which are opened when first used.</summary>
internal sealed class SnapshotBuilder(CredentialVault vault, HealthRegistry health, GuardianDefaults guardian, TimeProvider clock)
{
    public BuiltWorkspace Build(WorkspaceRows rows, CatalogueSnapshot catalogue)
    {
        var row = rows.Workspace;
        var settings = rows.Models.ToDictionary(model => model.ModelId, StringComparer.Ordinal);
        var switchedOff = new SortedDictionary<string, ModelEntry>(StringComparer.Ordinal);
        var callable = OnePerModel(Deploy(rows.Credentials, settings, catalogue, switchedOff)).OrderBy(deployment => deployment.Model.Id, StringComparer.Ordinal).ToList();
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var byId = DeploymentNames.ById(callable);
        var byShortName = DeploymentNames.ByShortName(callable, today);
        var snapshot = new WorkspaceSnapshot
        {
            Id = row.Id,
            Name = row.Name,
            Plan = row.Plan,
            Version = row.Version,
            Suspended = row.SuspendedAt is not null,
            Profile = Enum.TryParse<RoutingProfile>(row.RoutingProfile, ignoreCase: true, out var profile) ? profile : RoutingProfile.Balanced,
            // A zone that this version does not know must not open the workspace to the world.
            Zone = Enum.TryParse<SovereigntyZone>(row.SovereigntyZone, ignoreCase: true, out var zone) ? zone : SovereigntyZone.Strict,
            PromptCaching = row.PromptCaching,
            LogContent = row.LogContent,
            Budget = BudgetShapes.Of(rows.Budget, rows.EndUserCaps),
            Guardian = GuardianShapes.Settings(rows.Guardian, guardian.Settings),
            Shield = ShieldShapes.Settings(rows.Security),
            IpRules = ShieldShapes.Rules(rows.IpRules),
            Privacy = PrivacyShapes.Settings(rows.Privacy),
            Flagship = catalogue.ById.GetValueOrDefault(row.FlagshipModel ?? catalogue.FlagshipId),
            Deployments = [.. callable.Where(deployment => !deployment.Model.IsRetired(today))],
            SwitchedOff = [.. switchedOff.Values.Where(model => !model.IsRetired(today))],
            ByModelId = byId,
            ByShortName = byShortName,
            Aliases = DeploymentNames.Aliases(Aliases(row, rows.Models), byId, byShortName),
            Routing = RoutingShapes.Settings(row),
            Mix = MixStore.MixOf(rows.Mix),
            Judge = JudgeShapes.Settings(rows.Judge),
        };
        return new(snapshot, [.. rows.Keys.SelectMany(key => Grants(key, snapshot))]);
    }

    private IEnumerable<Deployment> Deploy(
        IEnumerable<CredentialRow> credentials, Dictionary<string, WorkspaceModelRow> settings, CatalogueSnapshot catalogue,
        SortedDictionary<string, ModelEntry> switchedOff)
    {
        foreach (var credential in credentials)
        {
            if (!credential.Enabled || credential.Paused || ProviderCatalogue.Resolve(credential) is not { } target)
            {
                continue;
            }

            var secret = new Secret(() => vault.Open(credential));
            var accepted = health.Credential(credential.Id, credential.UpdatedAt);
            var said = ProviderSettings.Read(credential.Settings);
            var zone = ProviderAddress.ZoneOf(target.Provider, said, target.BaseUrl);
            foreach (var entry in ProviderModels.Of(credential, target.Provider, catalogue).Select(entry => zone is { } known ? entry with { Zone = known } : entry))
            {
                var own = settings.GetValueOrDefault(entry.Id);
                if (own?.Enabled ?? true)
                {
                    var deployment = new Deployment(WithOverrides(entry, own), target.Provider, target.BaseUrl, credential.Id, secret)
                    {
                        WorkspaceId = credential.WorkspaceId,
                        Settings = said,
                        Weight = credential.Weight,
                        KeyLabel = credential.Label,
                        Credential = accepted,
                        Records = health,
                    };
                    yield return deployment;
                }
                else
                {
                    switchedOff[entry.Id] = WithOverrides(entry, own);
                }
            }
        }
    }

    /// <summary>A model that several credentials can call is one deployment to the router; which credential takes a call is decided call by call.</summary>
    private static IEnumerable<Deployment> OnePerModel(IEnumerable<Deployment> deployments)
    {
        foreach (var model in deployments.GroupBy(deployment => deployment.Model.Id, StringComparer.Ordinal))
        {
            Deployment[] all = [.. model];
            if (all.Length > 1)
            {
                var keys = new DeploymentKeys(all);
                foreach (var one in all)
                {
                    one.Keys = keys;
                }
            }

            yield return all[0];
        }
    }

    /// <summary>The entry as the workspace sees it: its own tier and its negotiated prices instead of the list's.</summary>
    internal static ModelEntry WithOverrides(ModelEntry entry, WorkspaceModelRow? own)
    {
        if (own is null)
        {
            return entry;
        }

        var tier = TierNames.Parse(own.Tier);
        var prices = NegotiatedPrices(own);
        return tier is null && prices is null
            ? entry
            : entry with { Tier = tier ?? entry.Tier, Prices = prices is null ? entry.Prices : [new DatedPrice(null, 0, prices)] };
    }

    internal static TokenPrice? NegotiatedPrices(WorkspaceModelRow own) =>
        own.Prices is null ? null : JsonSerializer.Deserialize<TokenPrice>(own.Prices, CatalogueJson.Options);

    /// <summary>The routing settings' aliases and those that single models were given.</summary>
    private static SortedDictionary<string, IReadOnlyList<string>> Aliases(WorkspaceRow row, IReadOnlyList<WorkspaceModelRow> models)
    {
        var aliases = RoutingShapes.Aliases(row);
        foreach (var model in models)
        {
            if (model.Alias is { Length: > 0 } alias)
            {
                aliases[alias] = [model.ModelId];
            }
        }

        return aliases;
    }

    private static IEnumerable<KeyValuePair<KeyHash, KeyGrant>> Grants(ApiKeyRow row, WorkspaceSnapshot workspace)
    {
        var key = new WorkspaceKey
        {
            Id = row.Id,
            Name = row.Name,
            Prefix = row.Prefix,
            IsTest = row.IsTest,
            CanInfer = row.Scopes.Contains("inference"),
            CanManage = row.Scopes.Contains("manage"),
            Rpm = row.Rpm,
            Tpm = row.Tpm,
            Rpd = row.Rpd,
            Concurrency = row.Concurrency,
            MonthlyCapUsd = row.MonthlyCapUsd,
            DailyCapUsd = row.DailyCapUsd,
            AllowedModels = row.AllowedModels?.ToFrozenSet(StringComparer.Ordinal),
            RouterBypass = row.RouterBypass,
            Fallback = row.Fallback,
            Profile = ProfileNames.ParseProfile(row.RoutingProfile),
            Tags = row.Tags,
            ExpiresAt = row.ExpiresAt,
            Suspended = row.SuspendedAt is not null,
            SuspendedByRule = row.SuspendedByRule,
            SecurityMode = ShieldNames.ParseMode(row.SecurityMode),
            CreatedByUserId = row.CreatedByUserId,
        };
        yield return new(KeyHash.From(row.SecretHash), new KeyGrant(workspace, key, ValidUntil: null));
        if (row.PreviousSecretHash is { } previous && row.PreviousExpiresAt is { } until)
        {
            yield return new(KeyHash.From(previous), new KeyGrant(workspace, key, until));
        }
    }
}
