using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Web.Components;

namespace HiWay.Web.Pages;

/// <summary>
/// A page of the installation and not of a workspace: it reads and acts as the operator, who need not be in any workspace.
/// Everybody else is refused. Its line in the navigation says <c>OperatorOnly</c>.
/// </summary>
public abstract class OperatorPage : DashboardPage
{
    /// <summary>As <see cref="DashboardPage.ReadAsync"/>, for the operator alone.</summary>
    protected async Task<Remote<T>> ReadAsOperatorAsync<T>(Remote<T> before, Func<Actor, Task<Outcome<T>>> read)
        where T : class
    {
        var outcome = await TryAsOperatorAsync(read);
        return outcome.Refusal is { } refusal ? before.Failed(refusal) : Remote<T>.Of(outcome.Value);
    }

    /// <summary>As <see cref="DashboardPage.TryAsync"/>, for the operator alone.</summary>
    protected Task<Outcome<T>> TryAsOperatorAsync<T>(Func<Actor, Task<Outcome<T>>> act) => GuardAsync(async () => await Current.OperatorAsync(Closed) is { } actor
        ? await act(actor)
        : new Refusal(RefusalKind.Forbidden, "This page belongs to the operator of the installation."));
}
