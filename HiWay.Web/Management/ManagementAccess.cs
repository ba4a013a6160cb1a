namespace HiWay.Web.Management;

/// <summary>What a management route asks of its caller.</summary>
internal enum Caller
{
    /// <summary>Nothing: sign-up, the device flow's own calls.</summary>
    Anyone,

    /// <summary>A valid key, whatever its scopes.</summary>
    AnyKey,

    /// <summary>A person signed in at the dashboard.</summary>
    User,

    /// <summary>The operator of the installation: signed in, or by an own key with the scope <c>manage</c>.</summary>
    Operator,

    /// <summary>A key with the scope <c>manage</c> of the workspace in the path, or a signed-in member of it.</summary>
    Member,
}

/// <summary>
/// Endpoint metadata. A route below <c>/api/v1</c> without it is refused: closed unless somebody said otherwise.
/// Finer rules (which role may do what) are the application's, not the route's.
/// </summary>
internal sealed record ManagementAccess(Caller Needs);
