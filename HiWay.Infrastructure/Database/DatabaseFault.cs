using System.Data.Common;

namespace HiWay.Infrastructure.Database;

/// <summary>Tells a database that does not answer from a fault of ours.</summary>
public static class DatabaseFault
{
    /// <summary>True when the database could not be reached, or not now: a matter of time.</summary>
    /// <remarks>EF Core wraps such a failure in an InvalidOperationException ("likely due to a transient failure"), so the causes are looked at too.</remarks>
    public static bool IsAway(Exception fault)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            if (cause is DbException { IsTransient: true })
            {
                return true;
            }
        }

        return false;
    }
}
