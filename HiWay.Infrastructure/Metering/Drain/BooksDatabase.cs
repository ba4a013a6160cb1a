using Npgsql;

namespace HiWay.Infrastructure.Metering.Drain;

/// <summary>
/// The one connection over which the drain writes. It has it for itself, so that a batch waits for no page and the system can be told
/// which of the database's sessions is in no hurry.
/// </summary>
/// <param name="database">Of one connection; is this object's from now on.</param>
internal sealed class BooksDatabase(NpgsqlDataSource database) : IDisposable
{
    private volatile int _session;

    /// <summary>Process of the session that wrote last; 0 before the first.</summary>
    public int Session => _session;

    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        _session = connection.ProcessID;
        return connection;
    }

    public void Dispose() => database.Dispose();
}
