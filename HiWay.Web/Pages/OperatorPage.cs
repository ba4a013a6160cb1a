using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;

namespace HiWay.Web.Pages;

/// <summary>
/// A page of the installation and not of a workspace: it reads and acts as the operator, who need not be in any workspace.
/// Everybody else is refused. Its line in the navigation says <c>OperatorOnly</c>.
/// </summary>
public abstract class OperatorPage : DashboardPage
{
    protected sealed override async Task<Outcome<Actor>> FindActorAsync() => await Current.OperatorAsync(Closed) is { } actor
        ? actor
        : new Refusal(RefusalKind.Forbidden, "This page belongs to the operator of the installation.");
}
