using System.Text.Json;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Metering.Journal;

namespace HiWay.Tests.Metering;

public sealed class JournalKeepsEveryEvent : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 10, 0, 0, 123, TimeSpan.Zero);
    private readonly JournalHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void EventWithEverything_ReadBack_IsTheSame()
    {
        using var journal = _home.Open();
        var everything = SomeUsage.Chat(At) with
        {
            EndUser = "Zoë 🦉 " + new string('x', 500), ErrorCode = "upstream_unavailable", Status = 502, EndReason = EndReason.UpstreamCut,
            CostUsd = 1.2345678901234567890123m, Unpriced = true, UsageEstimated = true, CacheHit = true, Tags = ["a", "", "ümlaut"], Dropped = ["logit_bias", "seed"],
        };
        var fees = new UnitUsage { Images = 2, WebSearches = 3, Requests = 1, StatedFeeUsd = 0.005m };
        everything = everything with
        {
            Usage = everything.Usage with { Units = fees },
            Decision = [1, 2, 0, 255],
            OpenUsd = 0.0123m,
            Attempts = [.. everything.Attempts.Select(attempt => attempt with { Usage = attempt.Usage with { Units = fees } })],
        };
        var bare = new UsageEvent { Id = "req_1", CreatedAt = At, WorkspaceId = "ws_1", Dialect = "openai_chat", RequestedModel = "" };

        journal.Append(everything);
        journal.Append(bare);

        var read = JournalHome.ReadAll(journal);
        Assert.Equal([JsonSerializer.Serialize(everything), JsonSerializer.Serialize(bare)], read.Select(each => JsonSerializer.Serialize(each)));
        Assert.Equal(decimal.GetBits(everything.CostUsd), decimal.GetBits(read[0].CostUsd));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void RecordOfAVersionBefore_IsRead_WithoutWhatCameLater(byte version)
    {
        var usage = SomeUsage.Chat(At) with { Stages = [new("a stage", "written out", 3)] };
        var record = new RecordWriter();
        UsageEventCodec.Write(record, usage);
        var bytes = record.Written.ToArray();
        const int open = 1;                            // nothing
        const int decision = 1;                        // none
        var units = 4 * (1 + usage.Attempts.Count);   // three counts and a flag for the whole and for each attempt
        bytes[0] = version;

        var written = bytes.AsSpan(..^(version switch { 1 => units + decision + open, 2 => decision + open, 3 => open, _ => 0 }));
        Assert.Equal(JsonSerializer.Serialize(usage), JsonSerializer.Serialize(UsageEventCodec.Read(written, new StringPool())));
    }

    [Fact]
    public void ProcessKilled_AllAppendedEventsAreThereAtTheNextStart()
    {
        using var journal = _home.Open();
        var written = Append(journal, 250);

        using var after = _home.CopyAsIfKilled();
        using var reopened = after.Open();

        Assert.Equal(written, Ids(reopened));
        Assert.Equal(250, reopened.State.PendingRows);
        Assert.Equal(At, reopened.State.OldestPendingAt);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(200)]
    public void LastRecordTorn_IsCut_AndTheOnesBeforeStay(int bytesMissing)
    {
        using var journal = _home.Open();
        var written = Append(journal, 3);
        using var after = _home.CopyAsIfKilled();
        var end = EarlierSegments.Scan(after.Segments[^1]).Length;
        using (var torn = File.OpenWrite(after.Segments[^1]))
        {
            torn.SetLength(end - bytesMissing);
        }

        using var reopened = after.Open();

        Assert.Equal(written[..2], Ids(reopened));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(200)]
    public void KilledWhileARecordIsCopied_TheOnesBeforeStay(int bytesCopied)
    {
        using var journal = _home.Open();
        var written = Append(journal, 2);
        var end = (int)EarlierSegments.Scan(_home.Segments[^1]).Length;
        Append(journal, 1);
        using var after = _home.CopyAsIfKilled();
        var bytes = File.ReadAllBytes(after.Segments[^1]);
        bytes.AsSpan(end + bytesCopied).Clear();
        File.WriteAllBytes(after.Segments[^1], bytes);

        Assert.InRange(EarlierSegments.Scan(after.Segments[^1]).Torn, 1, bytesCopied);
        using var reopened = after.Open();

        Assert.Equal(written, Ids(reopened));
    }

    [Fact]
    public void ZerosBehindTheLastRecord_AreNothingTorn_AndGoWhenTheSegmentIsClosed()
    {
        var journal = _home.Open();
        Append(journal, 3);
        var (length, rows, torn) = EarlierSegments.Scan(_home.Segments[^1]);
        Assert.Equal((3L, 0L), (rows, torn));
        Assert.Equal(_home.Options.SegmentBytes, new FileInfo(_home.Segments[^1]).Length);

        journal.Dispose();

        Assert.Equal(length, new FileInfo(_home.Segments[^1]).Length);
        Assert.Throws<ObjectDisposedException>(() => journal.Append(SomeUsage.Chat(At)));
    }

    [Fact]
    public void EventLargerThanASegment_GetsOneOfItsSize()
    {
        _home.Options.SegmentBytes = 4096;
        using var journal = _home.Open();
        var usage = SomeUsage.Chat(At) with { EndUser = new string('x', 10_000) };

        journal.Append(usage);
        var written = Append(journal, 2);

        Assert.Equal([usage.Id, .. written], Ids(journal));
    }

    [Fact]
    public void OneByteWrongInTheLastRecord_IsCut()
    {
        using var journal = _home.Open();
        var written = Append(journal, 3);
        using var after = _home.CopyAsIfKilled();
        Spoil(after.Segments[^1]);

        using var reopened = after.Open();

        Assert.Equal(written[..2], Ids(reopened));
    }

    [Fact]
    public void SegmentInTheMiddleDamaged_ReadableEventsAreRead_AndTheFileIsKept()
    {
        _home.Options.SegmentBytes = 4096;
        using var journal = _home.Open();
        var written = Append(journal, 30);
        using var after = _home.CopyAsIfKilled();
        var first = after.Segments[0];
        Spoil(first);

        using var reopened = after.Open();
        var read = Ids(reopened);
        var position = default(JournalPosition);
        while (reopened.Read(position, 100, new StringPool()) is { } batch)
        {
            reopened.Confirm(batch);
            position = batch.End;
        }

        Assert.Equal(29, read.Count);
        Assert.Subset(written.ToHashSet(), read.ToHashSet());
        Assert.True(File.Exists(first + ".unread"));
        Assert.Equal(0, reopened.State.PendingRows);
    }

    [Fact]
    public void BatchGoneOverTwice_ReadsItsEventsAnew_AndNoneThatCameLater()
    {
        using var journal = _home.Open();
        var written = Append(journal, 3);
        var batch = journal.Read(default, 1_000, new StringPool())!;
        Append(journal, 2);

        var (first, second) = (batch.ToList(), batch.ToList());

        Assert.Equal(written, first.Select(usage => usage.Id));
        Assert.Equal(JsonSerializer.Serialize(first), JsonSerializer.Serialize(second));
        Assert.All(first.Zip(second), pair => Assert.NotSame(pair.First, pair.Second));
        Assert.Equal((3, first[^1].CreatedAt), (batch.Count, batch.LastCreatedAt));
        Assert.Equal([DateOnly.FromDateTime(At.UtcDateTime)], batch.Days);
    }

    [Theory]
    [InlineData(99, 2)]
    [InlineData(4, 3)]
    public void RecordThatIsNoEventThisProgramKnows_IsPassedOver_AndTheFileIsKept(byte version, int counted)
    {
        var (before, after) = (SomeUsage.Chat(At), SomeUsage.Chat(At.AddSeconds(2)));
        var path = Path.Combine(_home.Data.Folder("journal"), SegmentFile.NameOf(1));
        File.WriteAllBytes(path, [
            .. SegmentFile.Magic,
            .. Sealed(record => UsageEventCodec.Write(record, before)),
            .. Sealed(record =>
            {
                record.Byte(version);
                record.Text("req_cut");
                record.Long(At.AddSeconds(1).ToUnixTimeMilliseconds());
            }),
            .. Sealed(record => UsageEventCodec.Write(record, after)),
        ]);
        using var journal = _home.Open();

        var batch = journal.Read(default, 1_000, new StringPool())!;
        Assert.Equal([before.Id, after.Id], batch.Select(usage => usage.Id));
        Assert.Equal(counted, batch.Count);
        journal.Confirm(batch);

        Assert.True(File.Exists(path + ".unread"));
        Assert.Equal(0, journal.State.PendingRows);
    }

    [Fact]
    public async Task ThousandsOfCallsAppendAtOnce_NothingIsLostOrMixedUp()
    {
        _home.Options.SegmentBytes = 64 * 1024;
        using var journal = _home.Open();
        var written = new string[64][];

        await Task.WhenAll(Enumerable.Range(0, 64).Select(worker => Task.Run(() => written[worker] = [.. Append(journal, 100)])));

        Assert.Equal(written.SelectMany(ids => ids).Order(StringComparer.Ordinal), Ids(journal).Order(StringComparer.Ordinal));
        using var after = _home.CopyAsIfKilled();
        using var reopened = after.Open();
        Assert.Equal(6_400, Ids(reopened).Count);
    }

    [Fact]
    public void ConfirmedSegmentsGo_TheOthersStay()
    {
        _home.Options.SegmentBytes = 4096;
        using var journal = _home.Open();
        var written = Append(journal, 60);
        var segmentsBefore = _home.Segments.Length;

        var first = journal.Read(default, 1_000, new StringPool())!;
        journal.Confirm(first);

        Assert.Equal(segmentsBefore - 1, _home.Segments.Length);
        Assert.Equal(written[first.Count..], Ids(journal));
        Assert.Equal(60 - first.Count, journal.State.PendingRows);
    }

    [Fact]
    public void ClosedWithEverythingConfirmed_LeavesNothingToReplay()
    {
        using (var journal = _home.Open())
        {
            Append(journal, 5);
            journal.Confirm(journal.Read(default, 5, new StringPool())!);
        }

        Assert.Empty(_home.Segments);
    }

    [Fact]
    public void AtItsLimit_NewCallsAreRefused_AndRunningOnesAreStillWrittenDown()
    {
        _home.Options.JournalLimitBytes = 20_000;
        _home.Options.JournalReserveBytes = 10_000;
        _home.Options.SegmentBytes = 4096;
        using var journal = _home.Open();
        while (journal.AcceptsCalls)
        {
            Append(journal, 1);
        }

        Append(journal, 5);
        Assert.Contains("full", journal.State.Problem, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => Append(journal, 100));

        var position = default(JournalPosition);
        while (journal.Read(position, 1_000, new StringPool()) is { } batch)
        {
            journal.Confirm(batch);
            position = batch.End;
        }

        Assert.True(journal.AcceptsCalls);
        Assert.Null(journal.State.Problem);
    }

    [Fact]
    public void SecondProcessOnTheSameFolder_IsRefused()
    {
        using var journal = _home.Open();

        Assert.Throws<IOException>(() => _home.Open());
    }

    [Fact]
    public void FilesAreForTheOwnerOnly()
    {
        using var journal = _home.Open();
        Append(journal, 1);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_home.Folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_home.Segments[0]));
    }

    [Fact]
    public void ChecksumIsCrc32C() => Assert.Equal(0xE3069283u, SegmentFile.Crc32C("123456789"u8));

    private static byte[] Sealed(Action<RecordWriter> payload)
    {
        var record = new RecordWriter();
        record.Reset(SegmentFile.RecordHeaderBytes);
        payload(record);
        SegmentFile.Seal(record.Written);
        return record.Written.ToArray();
    }

    /// <summary>Turns a bit of the last record.</summary>
    private static void Spoil(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[(int)EarlierSegments.Scan(path).Length - 20] ^= 0x40;
        File.WriteAllBytes(path, bytes);
    }

    private static List<string> Append(UsageJournal journal, int count)
    {
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var usage = SomeUsage.Chat(At.AddMilliseconds(i));
            journal.Append(usage);
            ids.Add(usage.Id);
        }

        return ids;
    }

    private static List<string> Ids(UsageJournal journal) => [.. JournalHome.ReadAll(journal).Select(each => each.Id)];
}
