using HiWay.Infrastructure.Budgets;

namespace HiWay.Web.Management;

/// <summary>Budget Control: the workspace's cap with its thresholds, and the caps of its end users. Caps of keys are fields of keys.</summary>
internal static class BudgetResource
{
    /// <summary>A field left out stays; <c>cap_usd: null</c> takes the cap away. What GET answers may be sent back: figures that nobody sets are ignored.</summary>
    internal sealed record PutBody
    {
        public Optional<decimal?> CapUsd { get; init; }

        /// <summary>Shares of the cap: 0.75 is 75 %.</summary>
        public decimal? WarnAt { get; init; }

        public decimal? DowngradeAt { get; init; }

        public decimal? LightOnlyAt { get; init; }

        public decimal? BlockAt { get; init; }

        /// <summary>The month's cap of each end user without one of the own.</summary>
        public Optional<decimal?> EndUserCapUsd { get; init; }

        public decimal? SpentUsd { get; init; }

        public decimal? ReservedUsd { get; init; }

        public string? Verdict { get; init; }

        public DateTimeOffset? ResetAt { get; init; }

        public decimal? ForecastUsd { get; init; }

        public DateTimeOffset? ForecastBlockAt { get; init; }
    }

    internal sealed record UserBody(decimal? CapUsd = null);

    public static void MapBudget(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/budget", GetAsync);
        workspace.MapPut("/budget", PutAsync);
        workspace.MapGet("/budget/events", EventsAsync);
        workspace.MapGet("/budget/users", UsersAsync);
        workspace.MapPut("/budget/users/{user}", PutUserAsync);
        workspace.MapDelete("/budget/users/{user}", DeleteUserAsync);

        // The same for names that no path can carry: clients and servers take "." and ".." out of it.
        workspace.MapPut("/budget/users", PutUserAsync);
        workspace.MapDelete("/budget/users", DeleteUserAsync);
    }

    private static async Task<IResult> GetAsync(ManagementCall call, IBudgets budgets, CancellationToken cancellationToken) =>
        (await budgets.GetAsync(call.Actor, cancellationToken)).Ok();

    private static async Task<IResult> PutAsync(ManagementCall call, JsonBody<PutBody> body, IBudgets budgets, CancellationToken cancellationToken)
    {
        var found = await budgets.GetAsync(call.Actor, cancellationToken);
        if (found.Refusal is { } refusal)
        {
            return refusal.Refused();
        }

        var (now, asked) = (found.Value, body.Value);
        var draft = new BudgetDraft(
            asked.CapUsd.Or(now.CapUsd), asked.WarnAt ?? now.WarnAt, asked.DowngradeAt ?? now.DowngradeAt, asked.LightOnlyAt ?? now.LightOnlyAt,
            asked.BlockAt ?? now.BlockAt, asked.EndUserCapUsd.Or(now.EndUserCapUsd));
        return (await budgets.PutAsync(call.Actor, draft, cancellationToken)).Ok();
    }

    private static async Task<IResult> EventsAsync(ManagementCall call, IBudgets budgets, CancellationToken cancellationToken) =>
        (await budgets.EventsAsync(call.Actor, cancellationToken)).List();

    private static async Task<IResult> UsersAsync(ManagementCall call, IBudgets budgets, CancellationToken cancellationToken) =>
        (await budgets.UsersAsync(call.Actor, cancellationToken)).List();

    private static async Task<IResult> PutUserAsync(ManagementCall call, string? user, JsonBody<UserBody> body, IBudgets budgets, CancellationToken cancellationToken) =>
        (await budgets.PutUserAsync(call.Actor, RouteText.WithSlashes(user ?? ""), body.Value.CapUsd, cancellationToken)).Ok();

    private static async Task<IResult> DeleteUserAsync(ManagementCall call, string? user, IBudgets budgets, CancellationToken cancellationToken) =>
        (await budgets.DeleteUserAsync(call.Actor, RouteText.WithSlashes(user ?? ""), cancellationToken)).NoContent();
}
