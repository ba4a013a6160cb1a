namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>A place in the journal; the default is its beginning.</summary>
internal readonly record struct JournalPosition(long Segment, long Offset);
