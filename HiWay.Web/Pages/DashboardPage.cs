using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;
using HiWay.Web.Accounts;
using HiWay.Web.Components;
using Microsoft.AspNetCore.Components;

namespace HiWay.Web.Pages;

/// <summary>
/// What every dashboard page does the same way: it reads once the circuit runs (prerendering shows skeletons, so nothing
/// is read twice), reads again when its address changes, drops answers that come too late, and asks anew for each
/// read who is acting, so that a removed member sees nothing more.
/// </summary>
/// <example>
/// <code>
/// private Remote&lt;Page&lt;KeyView&gt;&gt; _keys = Remote&lt;Page&lt;KeyView&gt;&gt;.Loading;
/// protected override async Task LoadAsync(CancellationToken stop) =>
///     _keys = await ReadAsync(_keys, actor => Keys.ListAsync(actor, null, 100, stop));
/// </code>
/// </example>
public abstract class DashboardPage : ComponentBase, IDisposable
{
    internal const string DatabaseAway = "HiWay's database does not answer. Calls to the gateway go on; this page works again as soon as it is back.";

    private static readonly Refusal s_databaseAway = new(RefusalKind.Unavailable, DatabaseAway);

    private readonly CancellationTokenSource _closed = new();
    private CancellationTokenSource? _load;
    private string? _loadedAddress;

    [Inject] public required CurrentActor Current { get; init; }

    [Inject] public required NavigationManager Navigation { get; init; }

    [Inject] public required TimeProvider Clock { get; init; }

    [Inject] public required ILoggerFactory Logs { get; init; }

    [Inject] public required DatabaseState Database { get; init; }

    /// <summary>The zone for clock times.</summary>
    [CascadingParameter] public DisplayZone Zone { get; set; } = DisplayZone.Utc;

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Closed => _closed.Token;

    protected override async Task OnParametersSetAsync()
    {
        if (RendererInfo.IsInteractive && _loadedAddress != Navigation.Uri)
        {
            _loadedAddress = Navigation.Uri;
            await ReloadAsync();
        }
    }

    /// <summary>Reads what the address asks for. Results of an older load are dropped: pass <paramref name="stop"/> on.</summary>
    protected virtual Task LoadAsync(CancellationToken stop) => Task.CompletedTask;

    /// <summary>Reads again: after a change, or for a "try again" button.</summary>
    protected async Task ReloadAsync()
    {
        _load?.Cancel();
        _load?.Dispose();
        _load = CancellationTokenSource.CreateLinkedTokenSource(Closed);
        try
        {
            await LoadAsync(_load.Token);
        }
        catch (OperationCanceledException)
        {
            // The page was left, or its address changed: a newer load is on its way.
        }
    }

    /// <summary>Reads as the current actor. A refusal or a failure becomes a state that <see cref="Loaded{T}"/> can show.</summary>
    protected async Task<Remote<T>> ReadAsync<T>(Remote<T> before, Func<Actor, Task<Outcome<T>>> read)
        where T : class
    {
        var outcome = await TryAsync(read);
        return outcome.Refusal is { } refusal ? before.Failed(refusal) : Remote<T>.Of(outcome.Value);
    }

    /// <summary>Who reads and acts on the page; refused when nobody may.</summary>
    protected virtual async Task<Outcome<Actor>> FindActorAsync() => await Current.GetAsync(Closed) is { } actor
        ? actor
        : new Refusal(RefusalKind.Unauthenticated, "You are signed out, or no longer a member of this workspace. Reload the page to sign in again.");

    /// <summary>Does something as the current actor; failures that nobody foresaw come back as a refusal, and go to the log.</summary>
    protected async Task<Outcome<T>> TryAsync<T>(Func<Actor, Task<Outcome<T>>> act)
    {
        if (Database.IsAway)
        {
            return s_databaseAway;   // trying would take as long as a statement may, where the server hangs
        }

        try
        {
            var actor = await FindActorAsync();
            return actor.Refusal is { } refusal ? refusal : await act(actor.Value);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            if (DatabaseFault.IsConflict(failure))
            {
                return new Refusal(RefusalKind.Conflict, "Somebody else changed this at the same time. Reload the page, then repeat what is still wanted.");
            }

            PageLog.ReadFailed(Logs.CreateLogger(GetType()), GetType().Name, failure);
            return DatabaseFault.IsAway(failure) || failure is IOException ? s_databaseAway : new Refusal(RefusalKind.Unavailable,
                "Something unexpected stopped this. Calls to the gateway are not affected; HiWay's log has the details.");
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        _load?.Dispose();
        Leave();
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the page itself holds: subscriptions, timers.</summary>
    protected virtual void Leave()
    {
    }
}

internal static partial class PageLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Page} could not read or change its data")]
    internal static partial void ReadFailed(ILogger logger, string page, Exception failure);
}
