using HiWay.Domain.Metering;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>A place in the journal; the default is its beginning.</summary>
internal readonly record struct JournalPosition(long Segment, long Offset);

/// <summary>Events of one segment in the order they were written, never empty.</summary>
internal sealed record JournalBatch(JournalPosition Start, JournalPosition End, IReadOnlyList<UsageEvent> Events);
