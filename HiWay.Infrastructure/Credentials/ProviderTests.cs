using System.Net;
using HiWay.Domain.Accounts;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Limits;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Infrastructure.Credentials;

/// <summary>
/// A test of a provider is a call that costs money, so it is admitted like one: not while the workspace is suspended or its IP
/// rules keep the member out, so often a minute, within the workspace's cap. What it cost is in the books, and who made it in the audit log.
/// </summary>
internal sealed class ProviderTests(
    ProviderTester tester, SnapshotStore snapshots, RateWindows limits, SpendLedger ledger, IUsageJournal journal, IAuditLog audit, TimeProvider clock)
{
    /// <summary>Tests that a workspace may make in a rolling minute; nobody presses the button more often.</summary>
    private const int PerMinute = 30;

    /// <summary>The model was not routed.</summary>
    private const string Tier = "override";

    /// <summary>Tests a credential that belongs to the actor's workspace, and saves how it went.</summary>
    public async Task<Outcome<ProviderTestResult>> RunAsync(HiWayDb db, Actor actor, CredentialRow row)
    {
        var now = clock.GetUtcNow();
        if (snapshots.Workspace(actor.WorkspaceId) is not { } workspace)
        {
            return new Refusal(RefusalKind.Unavailable, "This workspace is not loaded yet. Try again in a moment.") { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        if (Refuse(workspace, actor) is { } refusal)
        {
            return refusal;
        }

        ProviderTestResult result;
        try
        {
            if (tester.Plan(row, snapshots.CurrentCatalogue) is not { } deployment)
            {
                result = new(false, "", null, 0, "No model of this provider can be asked; name its models in 'models'.");
            }
            else
            {
                // The workspace may have set a price of its own; a provider that is switched off has no model there.
                var model = workspace.ByModelId.GetValueOrDefault(deployment.Model.Id)?.Model ?? deployment.Model;
                var scope = SpendScope.Of(workspace, key: null, endUser: null);
                var reserved = await ledger.ReserveAsync(scope, CostOf(ProviderTester.MostUsage, model, now, orCeiling: true).Usd, now);
                if (reserved.Granted is not { } reservation)
                {
                    return CapInTheWay(reserved);
                }

                var id = Ulid.New("req", now);
                var most = CostOf(ProviderTester.MostUsage, model, now, orCeiling: false);
                var note = journal.Open(new(
                    id, Ulid.TimeOf(id) ?? now, workspace.Id, null, null, UsageEvent.ProviderTest, model.Id, model.Id, deployment.Provider.Slug, row.Id, Tier, false,
                    ProviderTester.MostUsage, most.Usd, most.Unpriced, []), default);
                var tested = await tester.AskAsync(deployment);
                result = tested.Result;
                var cost = CostOf(tested.Usage, model, now, orCeiling: false);
                ledger.Settle(reservation, cost.Usd);
                journal.Append(Event(id, deployment, tested, cost, workspace.Id, now));
                journal.Close(note);
            }
        }
        catch (CredentialUnreadableException sealedKey)
        {
            result = new(false, "", null, 0, sealedKey.Message);
        }

        row.TestedAt = clock.GetUtcNow();
        row.TestError = result.Ok ? null : result.Error;
        audit.Record(db, actor, "provider.tested", row.Id, row.Provider, null, new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["model"] = result.Model.Length > 0 ? result.Model : null, ["result"] = result.Ok ? "passed" : "failed", ["error"] = result.Error,
        });
        await db.SaveChangesAsync(CancellationToken.None);
        return result;
    }

    private Refusal? Refuse(WorkspaceSnapshot workspace, Actor actor)
    {
        if (workspace.Suspended)
        {
            return new Refusal(RefusalKind.Forbidden, "This workspace is suspended. Its owner can ask the operator of this installation why.");
        }

        if (!workspace.IpRules.Admits(IPAddress.TryParse(actor.IpAddress, out var address) ? address : null))
        {
            return new Refusal(RefusalKind.Forbidden, $"This workspace's IP rules do not admit {actor.IpAddress ?? "an unknown address"}, so no provider is called from there. An admin can change them under Security.");
        }

        if (!journal.AcceptsCalls)
        {
            return new Refusal(RefusalKind.Unavailable, "Usage cannot be written down right now, and HiWay makes no call that it cannot account for. Try again shortly.") { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        var admission = limits.Admit($"{UsageEvent.ProviderTest}/{workspace.Id}", new RateLimits(PerMinute, null, null, null), 0);
        limits.End($"{UsageEvent.ProviderTest}/{workspace.Id}", admission, 0, 0);
        return admission.Admitted ? null
            : new Refusal(RefusalKind.TooMany, $"A workspace may test its providers {PerMinute} times a minute. Wait {admission.RetryAfterSeconds} s.") { RetryAfter = TimeSpan.FromSeconds(admission.RetryAfterSeconds) };
    }

    private static Refusal CapInTheWay(in ReserveOutcome reserved) => reserved.Refused is { } full
        ? new(RefusalKind.BudgetExceeded,
            $"The workspace's cap of {full.Cap.CapUsd:0.######} USD leaves no room for a test, so the provider was not asked. Raise the cap under Budget Control, or wait for the reset at {full.ResetAt.UtcDateTime:yyyy-MM-dd} 00:00 UTC.")
        : new(RefusalKind.Unavailable, "What is left of the workspace's cap cannot be found out while HiWay's database is away. Try again shortly.") { RetryAfter = TimeSpan.FromSeconds(1) };

    private static UsageEvent Event(string id, Deployment deployment, in TestedProvider tested, in Cost cost, string workspaceId, DateTimeOffset startedAt)
    {
        var result = tested.Result;
        return new UsageEvent
        {
            Id = id,
            CreatedAt = Ulid.TimeOf(id) ?? startedAt,
            WorkspaceId = workspaceId,
            Dialect = UsageEvent.ProviderTest,
            UpstreamDialect = result.Ok ? UpstreamDialects.For(deployment.Dialect).Name : null,
            RequestedModel = deployment.Model.Id,
            Model = deployment.Model.Id,
            Provider = deployment.Provider.Slug,
            Tier = Tier,
            Status = result.Ok ? (int)HttpStatusCode.OK : result.Status is >= 400 and var status ? status : (int)HttpStatusCode.BadGateway,
            ErrorCode = result.Ok ? null : "upstream_unavailable",
            EndReason = result.Ok ? EndReason.Completed : EndReason.Error,
            Usage = tested.Usage,
            CostUsd = cost.Usd,
            BaselineUsd = cost.Usd,
            Unpriced = cost.Unpriced,
            UsageEstimated = tested.Estimated,
            LatencyMs = Math.Round(result.LatencyMs, 3),
            Reason = "A member tested the provider.",
            Attempts =
            [
                new(deployment.Model.Id, deployment.Provider.Slug, deployment.CredentialId, result.Status, result.Ok ? null : "test_failed", result.Error,
                    Math.Round(result.LatencyMs, 3), null, tested.Usage, cost.Usd, cost.Unpriced),
            ],
        };
    }

    private static Cost CostOf(in TokenUsage usage, ModelEntry model, DateTimeOffset at, bool orCeiling) =>
        PriceRules.CostOf(usage, PriceRules.PriceAt(model.Prices, at, usage.TotalInput) ?? (orCeiling ? PriceCeiling.Tokens : null), model.Units);
}
