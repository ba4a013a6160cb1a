using HiWay.Domain.Metering;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Metering.Journal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HiWay.Tests.Metering;

/// <summary>A data directory of its own in which journals are opened, closed and broken.</summary>
internal sealed class JournalHome : IDisposable
{
    public JournalHome() => Data = new(Path.Combine(Path.GetTempPath(), "hiway-journal-" + Guid.NewGuid().ToString("N")));

    public DataDirectory Data { get; }

    public string Folder => Path.Combine(Data.Root, "journal");

    public MeteringOptions Options { get; } = new() { FsyncInterval = TimeSpan.FromMilliseconds(5) };

    public string[] Segments => [.. Directory.GetFiles(Folder, "*.journal").Order(StringComparer.Ordinal)];

    public UsageJournal Open() => new(Data, Microsoft.Extensions.Options.Options.Create(Options), new UsageFeed(NullLogger<UsageFeed>.Instance), NullLogger<UsageJournal>.Instance);

    /// <summary>Leaves the files as they are now, as a killed process would, in a home of their own.</summary>
    public JournalHome CopyAsIfKilled()
    {
        var copy = new JournalHome();
        copy.Data.Folder("journal");
        foreach (var path in Segments.Append(Path.Combine(Folder, "open.calls")).Append(Path.Combine(Folder, "open.progress")))
        {
            File.Copy(path, Path.Combine(copy.Folder, Path.GetFileName(path)));
        }

        return copy;
    }

    public static List<UsageEvent> ReadAll(UsageJournal journal)
    {
        var all = new List<UsageEvent>();
        var position = default(JournalPosition);
        while (journal.Read(position, 100, new StringPool()) is { } batch)
        {
            all.AddRange(batch);
            position = batch.End;
        }

        return all;
    }

    public void Dispose() => Directory.Delete(Data.Root, recursive: true);
}
