using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Metering;

/// <summary>Section <c>Metering</c> of the settings.</summary>
public sealed class MeteringOptions
{
    public const string Section = "Metering";

    /// <summary>
    /// Size of the journal on disk at which new calls are refused with 503 instead of running unmetered. Calls that are
    /// already running may pass it by <see cref="JournalReserveBytes"/>, so that each of them can still be written down.
    /// </summary>
    public long JournalLimitBytes { get; set; } = 4L << 30;

    /// <summary>Room above the limit for calls that were let in below it.</summary>
    public long JournalReserveBytes { get; set; } = 64L << 20;

    /// <summary>A segment is closed at this size, and deleted once all of it is in the database.</summary>
    public int SegmentBytes { get; set; } = 8 << 20;

    /// <summary>How often written events are forced to the disk: what a lost machine (not a killed process) can lose.</summary>
    public TimeSpan FsyncInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Calls under way that are noted in case this process is lost, three quarters of a KiB each; never fewer than `Gateway:MaxConcurrentCalls`.</summary>
    public int OpenCalls { get; set; } = 1_024;

    /// <summary>How often events are moved to the database when few arrive.</summary>
    public TimeSpan DrainInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Rows in one transaction at most; under load each transaction is as large as the backlog up to this. What a transaction costs however
    /// few its rows are (a commit, the totals, a COPY's own set-up) is a fifth of PostgreSQL's work at 1,000.
    /// </summary>
    public int DrainBatchRows { get; set; } = 4_000;

    /// <summary>Longest pause between two tries while the database is away.</summary>
    public TimeSpan DrainMaxBackoff { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Days that single requests are kept; the totals by hour and day stay.</summary>
    public int RequestRetentionDays { get; set; } = 90;

    /// <summary>Days that totals by the minute are kept.</summary>
    public int MinuteRetentionDays { get; set; } = 8;

    /// <summary>Days of partitions made ahead.</summary>
    public int PartitionDaysAhead { get; set; } = 3;
}

/// <summary>Lists every problem of the section at start, with its key and an example.</summary>
internal sealed class MeteringOptionsCheck : IValidateOptions<MeteringOptions>
{
    public ValidateOptionsResult Validate(string? name, MeteringOptions options)
    {
        var problems = new List<string>();
        Check(options.JournalLimitBytes >= 1 << 20, nameof(options.JournalLimitBytes), options.JournalLimitBytes, "at least 1 MiB", "4294967296");
        Check(options.OpenCalls is >= 1 and <= 1_000_000, nameof(options.OpenCalls), options.OpenCalls, "from 1 to 1,000,000", "1024");
        Check(options.JournalReserveBytes >= 0, nameof(options.JournalReserveBytes), options.JournalReserveBytes, "zero or more bytes", "67108864");
        Check(options.SegmentBytes >= 4096, nameof(options.SegmentBytes), options.SegmentBytes, "at least 4096 bytes", "8388608");
        Check(options.FsyncInterval > TimeSpan.Zero, nameof(options.FsyncInterval), options.FsyncInterval, "a positive time", "00:00:00.100");
        Check(options.DrainInterval > TimeSpan.Zero, nameof(options.DrainInterval), options.DrainInterval, "a positive time", "00:00:00.250");
        Check(options.DrainBatchRows is >= 1 and <= 100_000, nameof(options.DrainBatchRows), options.DrainBatchRows, "between 1 and 100000", "4000");
        Check(options.DrainMaxBackoff > TimeSpan.Zero, nameof(options.DrainMaxBackoff), options.DrainMaxBackoff, "a positive time", "00:00:05");
        Check(options.RequestRetentionDays >= 1, nameof(options.RequestRetentionDays), options.RequestRetentionDays, "at least one day", "90");
        Check(options.MinuteRetentionDays >= 1, nameof(options.MinuteRetentionDays), options.MinuteRetentionDays, "at least one day", "8");
        Check(options.PartitionDaysAhead is >= 1 and <= 60, nameof(options.PartitionDaysAhead), options.PartitionDaysAhead, "between 1 and 60 days", "3");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check(bool fine, string key, object value, string expected, string example)
        {
            if (!fine)
            {
                problems.Add($"`{MeteringOptions.Section}:{key}` is '{value}', not {expected}. Example: {example}.");
            }
        }
    }
}
