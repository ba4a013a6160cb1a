using System.Data.Common;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HiWay.Infrastructure.Database;

/// <summary>Tells a database that does not answer from a fault of ours.</summary>
public static class DatabaseFault
{
    /// <summary>True when the database could not be reached, or not now: a matter of time, unlike a refusal of what it was told.</summary>
    /// <remarks>
    /// The one rule for all that talk to it. EF Core wraps such a failure in an InvalidOperationException ("likely due to a transient failure"),
    /// so the causes are looked at too. What Npgsql itself throws (not <see cref="PostgresException"/>, which the server says) is about the connection:
    /// it broke, the statement took too long, or the pool had none left.
    /// </remarks>
    public static bool IsAway(Exception fault)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            if (cause is DbException { IsTransient: true } or (NpgsqlException and not PostgresException) or TimeoutException or SocketException
                or PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// True for what work in the background outlives, since its next turn begins anew: the database is away, it has refused, or the connection
    /// was lost in use, which Npgsql may also say as an operation on a closed or disposed object. <see cref="IsAway"/> tells an outage from a defect.
    /// </summary>
    public static bool IsPassing(Exception fault) => IsAway(fault) || fault is DbException or IOException or InvalidOperationException;

    /// <summary>True when somebody else made, changed or deleted the same at the same time: who asks again finds it as it is now.</summary>
    public static bool IsConflict(Exception fault)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            if (cause is DbUpdateConcurrencyException or PostgresException { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation })
            {
                return true;
            }
        }

        return false;
    }
}
