using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Metering;

internal static partial class MeteringLog
{
    [LoggerMessage(1, LogLevel.Information, "The journal holds {Rows} events in {Segments} segments from before the start; they are written to the database now.")]
    public static partial void JournalFound(ILogger log, long rows, int segments);

    [LoggerMessage(2, LogLevel.Warning, "Journal segment {Path} ended in a torn write at {Offset}; {Bytes} bytes after the last whole event are ignored.")]
    public static partial void TornRecordCut(ILogger log, string path, long offset, long bytes);

    [LoggerMessage(3, LogLevel.Error, "Journal segment {Path} is damaged at {Offset}; {Bytes} bytes cannot be read. The file is kept as *.unread.")]
    public static partial void SegmentDamaged(ILogger log, string path, long offset, long bytes);

    [LoggerMessage(4, LogLevel.Error, "Journal segment {Path}, before {Offset}: {Problem} The file is kept as *.unread.")]
    public static partial void RecordNotUnderstood(ILogger log, string path, long offset, string problem);

    [LoggerMessage(5, LogLevel.Critical, "The usage journal in {Folder} cannot be written; new calls are refused with 503 until it can. Is the disk full?")]
    public static partial void JournalRefused(ILogger log, Exception problem, string folder);

    [LoggerMessage(6, LogLevel.Warning, "The usage journal can be written again.")]
    public static partial void JournalWritesAgain(ILogger log);

    [LoggerMessage(7, LogLevel.Error, "The usage journal in {Folder} could not be forced to the disk; a lost machine would lose more than one interval.")]
    public static partial void FsyncFailed(ILogger log, Exception problem, string folder);

    [LoggerMessage(8, LogLevel.Error, "A subscriber of the usage feed failed.")]
    public static partial void SubscriberFailed(ILogger log, Exception problem);

    [LoggerMessage(9, LogLevel.Error, "Usage events do not reach the database ({Problem}); {Rows} wait in the journal. Calls go on; tried again until it works.")]
    public static partial void DatabaseAway(ILogger log, Exception? defect, long rows, string problem);

    [LoggerMessage(10, LogLevel.Warning, "Usage events reach the database again; {Rows} wait in the journal.")]
    public static partial void DatabaseBack(ILogger log, long rows);

    [LoggerMessage(11, LogLevel.Information, "{Known} of {Rows} usage events were in the database already.")]
    public static partial void AlreadyThere(ILogger log, int known, int rows);

    [LoggerMessage(12, LogLevel.Critical, "The database refuses usage event {Id}; it is kept in {Path} and missing from all totals.")]
    public static partial void Rejected(ILogger log, Exception refused, string id, string path);

    [LoggerMessage(13, LogLevel.Warning, "{Rows} usage events stay in the journal for the next start ({Problem}).")]
    public static partial void LeftForNextStart(ILogger log, long rows, string problem);

    [LoggerMessage(14, LogLevel.Warning, "When keys were last used could not be written ({Problem}); the next batch tries again.")]
    public static partial void KeysNotTouched(ILogger log, string problem);

    [LoggerMessage(15, LogLevel.Information, "Dropped {Count} partitions of {Table} before {Day}.")]
    public static partial void PartitionsDropped(ILogger log, int count, string table, DateOnly day);

    [LoggerMessage(16, LogLevel.Warning, "{Count} calls were under way when HiWay last ended without a stop. The books get what had come of their answers, {Usd} USD; what was on its way could cost {OpenUsd} USD more at most.")]
    public static partial void CallsLost(ILogger log, int count, decimal usd, decimal openUsd);

    [LoggerMessage(17, LogLevel.Error, "A call under way in {Path}, at {Offset}, cannot be read: {Problem} What it cost is in no books.")]
    public static partial void OpenCallNotUnderstood(ILogger log, string path, long offset, string problem);
}
