using HiWay.Domain.Ids;

namespace HiWay.Infrastructure.Database;

/// <summary>
/// Which of several HiWays on one database this one is. The name lives in the data directory beside the usage journal, so whoever
/// starts on the directory again speaks for the calls that are still in that journal.
/// </summary>
public sealed class NodeIdentity
{
    /// <exception cref="IOException">The data directory cannot be written.</exception>
    public NodeIdentity(DataDirectory data, TimeProvider clock)
    {
        var path = data.File("node");
        if (!File.Exists(path) || File.ReadAllText(path).Trim() is not { Length: > 0 } known)
        {
            known = Ulid.New("node", clock.GetUtcNow());
            File.WriteAllText(path + ".new", known);
            File.Move(path + ".new", path, overwrite: true);
        }

        Id = known;
        Host = Environment.MachineName;
    }

    /// <summary><c>node_</c> + ULID.</summary>
    public string Id { get; }

    /// <summary>The machine's name, for people.</summary>
    public string Host { get; }
}
