using System.Collections.Concurrent;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Metering.Journal;

namespace HiWay.Tests.Metering;

/// <summary>What a process that is killed leaves of the calls that ran on it.</summary>
public sealed class CallsUnderWayAreBooked : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 10, 0, 0, 123, TimeSpan.Zero);
    private readonly JournalHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void CallUnderWay_ProcessKilled_TheNextStartBooksTheMostThatItCouldCost()
    {
        using var journal = _home.Open();
        var call = Call("req_1", 0.75m) with { EndUser = "Zoë", Tags = ["a", "b"], Streamed = true };
        journal.Open(call, default);

        var lost = Assert.Single(AfterAKill());

        Assert.Equal(
            ("req_1", At, "ws_1", "key_1", "Zoë", "openai_chat", "auto", "acme/m1", "acme", "light", true),
            (lost.Id, lost.CreatedAt, lost.WorkspaceId, lost.KeyId, lost.EndUser, lost.Dialect, lost.RequestedModel, lost.Model, lost.Provider, lost.Tier, lost.Streamed));
        Assert.Equal((EndReason.NodeLost, 0.75m, 100L, 2_000L, true, false), (lost.EndReason, lost.CostUsd, lost.Usage.Input, lost.Usage.Output, lost.UsageEstimated, lost.Unpriced));
        Assert.Equal(["a", "b"], lost.Tags);
        Assert.Equal(("acme/m1", "node_lost", 0.75m), (lost.Attempts[0].Model, lost.Attempts[0].Failure, lost.Attempts[0].CostUsd));
    }

    [Fact]
    public void HowFarItHadCome_IsWhatIsBooked_WithWhatElseTheProviderCouldBill()
    {
        using var journal = _home.Open();
        var usage = new TokenUsage
        {
            Input = 1, CacheRead = 2, CacheWrite5m = 3, CacheWrite1h = 4, Output = 5, Reasoning = 6, AudioInput = 7, AudioOutput = 8, ImageInput = 9, ImageOutput = 10,
            Units = new() { Images = 11, WebSearches = 13, Requests = 14, StatedFeeUsd = 0.015m },
        };
        var note = journal.Open(Call("req_1", 0.75m), new(AnswerSeen.Nothing, default, 0m, false));
        var waiting = Assert.Single(AfterAKill());
        Assert.Equal((0m, default, true), (waiting.CostUsd, waiting.Usage, waiting.UsageEstimated));
        Assert.Contains("before anything of an answer had come", waiting.Reason, StringComparison.Ordinal);
        Assert.Contains("up to 0.75 USD more", waiting.Reason, StringComparison.Ordinal);

        journal.Progress(note, new(AnswerSeen.Some, usage with { Output = 1 }, 0.10m, false));
        journal.Progress(note, new(AnswerSeen.Some, usage, 0.1234567890123456789m, true));
        var begun = Assert.Single(AfterAKill());
        Assert.Equal((0.1234567890123456789m, usage, true, true), (begun.CostUsd, begun.Usage, begun.UsageEstimated, begun.Unpriced));
        Assert.Contains("in the middle of the answer", begun.Reason, StringComparison.Ordinal);
        Assert.Equal((usage, 0.1234567890123456789m), (begun.Attempts[0].Usage, begun.Attempts[0].CostUsd));

        journal.Progress(note, new(AnswerSeen.All, usage, 0.20m, false));
        var whole = Assert.Single(AfterAKill());
        Assert.Equal((0.20m, false), (whole.CostUsd, whole.UsageEstimated));
        Assert.DoesNotContain("more", whole.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void SlotThatIsTakenAgain_KnowsNothingOfTheCallBefore()
    {
        using var journal = _home.Open();
        var first = journal.Open(Call("req_1", 0.75m), default);
        journal.Progress(first, new(AnswerSeen.All, default, 0.50m, false));
        journal.Close(first);
        Assert.Equal(first, journal.Open(Call("req_2", 0.60m), default));

        Assert.Equal(("req_2", 0.60m), (Assert.Single(AfterAKill()).Id, Assert.Single(AfterAKill()).CostUsd));
    }

    [Fact]
    public void DamagedProgress_OrNone_BooksTheMostThatTheCallCouldCost()
    {
        using var journal = _home.Open();
        journal.Open(Call("req_1", 0.75m), new(AnswerSeen.Nothing, default, 0m, false));
        Assert.Equal(0m, Assert.Single(AfterAKill()).CostUsd);

        Assert.Equal(0.75m, AfterHarm(home =>
        {
            using var file = File.OpenWrite(Path.Combine(home.Folder, "open.progress"));
            for (var half = 0; half < 2; half++)
            {
                file.Position = 16 + 104 * half + 40;
                file.WriteByte(0x55);
            }
        }));
        Assert.Equal(0.75m, AfterHarm(home => File.Delete(Path.Combine(home.Folder, "open.progress"))));

        decimal AfterHarm(Action<JournalHome> harm)
        {
            using var killed = _home.CopyAsIfKilled();
            harm(killed);
            using var reopened = killed.Open();
            return Assert.Single(JournalHome.ReadAll(reopened)).CostUsd;
        }
    }

    [Fact]
    public void KilledWhileAChangeIsWritten_TheStateBeforeHolds()
    {
        using var journal = _home.Open();
        var note = journal.Open(Call("req_1", 0.75m), new(AnswerSeen.Nothing, default, 0m, false));
        journal.Progress(note, new(AnswerSeen.Some, default, 0.10m, false));
        using var killed = _home.CopyAsIfKilled();
        using (var file = File.Open(Path.Combine(killed.Folder, "open.progress"), FileMode.Open))
        {
            var holds = file.ReadByte();
            file.Position = 16 + 104 * (1 - holds);   // the half that the next change goes to
            file.Write(new byte[50]);
        }

        using var reopened = killed.Open();
        Assert.Equal(0.10m, Assert.Single(JournalHome.ReadAll(reopened)).CostUsd);
    }

    [Fact]
    public void CallThatEnded_IsNotBookedAgain_AlsoWhenItsNoteWasStillThere()
    {
        using var journal = _home.Open();
        var ended = journal.Open(Call("req_1", 0.75m), default);
        journal.Append(SomeUsage.Chat(At) with { Id = "req_1", CostUsd = 0.10m });
        journal.Close(ended);
        journal.Open(Call("req_2", 0.75m), default);
        journal.Append(SomeUsage.Chat(At) with { Id = "req_2", CostUsd = 0.20m });

        Assert.Equal([("req_1", 0.10m), ("req_2", 0.20m)], AfterAKill().Select(usage => (usage.Id, usage.CostUsd)));
    }

    [Fact]
    public void LostTwice_IsBookedOnce()
    {
        using var journal = _home.Open();
        journal.Open(Call("req_1", 0.75m), default);
        using var killed = _home.CopyAsIfKilled();
        using (killed.Open())
        {
            using var again = killed.CopyAsIfKilled();
            using var reopened = again.Open();
            Assert.Single(JournalHome.ReadAll(reopened));
        }
    }

    [Fact]
    public void FurtherAttempt_TakesTheFirstOnesPlace_AndOfTwoNotesTheDearerCounts()
    {
        using var journal = _home.Open();
        var first = journal.Open(Call("req_1", 0.25m), default);
        journal.Open(Call("req_1", 0.75m), default, first);
        Assert.Equal(0.75m, Assert.Single(AfterAKill()).CostUsd);

        journal.Open(Call("req_1", 0.50m), default);   // as if killed between the two steps
        Assert.Equal(0.75m, Assert.Single(AfterAKill()).CostUsd);
    }

    [Fact]
    public void WhatIsTooLongForASlot_IsLeftOut_AndTheMoneyIsNot()
    {
        using var journal = _home.Open();
        journal.Open(Call("req_1", 1.2345678901234567890123m) with
        {
            EndUser = new string('ü', 128), RequestedModel = new string('m', 5_000), Tags = [.. Enumerable.Repeat(new string('t', 64), 20)],
        }, default);

        var lost = Assert.Single(AfterAKill());

        Assert.Equal(("req_1", 1.2345678901234567890123m, null, 96, 0), (lost.Id, lost.CostUsd, lost.EndUser, lost.RequestedModel.Length, lost.Tags.Count));
    }

    [Fact]
    public void MoreCallsThanSlots_GoOnWithoutANote()
    {
        _home.Options.OpenCalls = 2;
        using var journal = _home.Open();
        var (first, second, third) = (journal.Open(Call("req_1", 1m), default), journal.Open(Call("req_2", 1m), default), journal.Open(Call("req_3", 1m), default));
        Assert.True(first != 0 && second != 0 && third == 0);
        journal.Close(third);
        journal.Close(first);

        Assert.NotEqual(0, journal.Open(Call("req_4", 1m), default));
        Assert.Equal(["req_2", "req_4"], AfterAKill().Select(usage => usage.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void DamagedSlot_HidesNoOther()
    {
        using (var journal = _home.Open())
        {
            journal.Open(Call("req_1", 1m), default);
            journal.Open(Call("req_2", 1m), default);
            using var killed = _home.CopyAsIfKilled();
            using (var file = File.OpenWrite(Path.Combine(killed.Folder, "open.calls")))
            {
                file.Position = 20;
                file.WriteByte(0xFF);
            }

            using var reopened = killed.Open();
            Assert.Equal("req_2", Assert.Single(JournalHome.ReadAll(reopened)).Id);
        }
    }

    [Fact]
    public async Task ManyThreads_NeverShareASlot_AndLeaveNothingBehind()
    {
        _home.Options.OpenCalls = 16;
        using (var journal = _home.Open())
        {
            var held = new ConcurrentDictionary<int, string>();
            await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
            {
                for (var i = 0; i < 5_000; i++)
                {
                    var note = journal.Open(Call($"req_{thread}_{i}", 1m), default);
                    Assert.True(note != 0 && held.TryAdd(note, $"{thread}"), $"Slot {note} was given out twice.");
                    held.TryRemove(note, out _);
                    journal.Close(note);
                }
            })));
            Assert.Empty(AfterAKill());
        }

        Assert.False(File.Exists(Path.Combine(_home.Folder, "open.calls")));
    }

    private List<UsageEvent> AfterAKill()
    {
        using var killed = _home.CopyAsIfKilled();
        using var reopened = killed.Open();
        return JournalHome.ReadAll(reopened);
    }

    private static OpenCall Call(string id, decimal usd) => new(
        id, At, "ws_1", "key_1", null, "openai_chat", "auto", "acme/m1", "acme", "cred_1", "light", false, new() { Input = 100, Output = 2_000 }, usd, false, []);
}
