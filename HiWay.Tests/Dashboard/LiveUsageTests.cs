using HiWay.Domain.Metering;
using HiWay.Infrastructure.Metering;
using HiWay.Tests.Harness;
using HiWay.Web.Pages;

namespace HiWay.Tests.Dashboard;

public sealed class LiveUsageTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);
    private readonly TestClock _clock = new();
    private readonly Feed _feed = new();
    private readonly List<LiveUsage.Batch> _batches = [];

    [Fact]
    public void ManyCalls_InOneInterval_AreOneBatch()
    {
        using var live = Listen();
        _feed.Send(3);
        Assert.Empty(_batches);
        _clock.Advance(s_interval);
        Assert.Equal(3, Assert.Single(_batches).Count);
        _feed.Send(1);
        _clock.Advance(s_interval);
        Assert.Equal(1, _batches[1].Count);
    }

    [Fact]
    public void FloodOfCalls_KeepsTheNewest_AndCountsThemAll()
    {
        using var live = Listen();
        _feed.Send(1_000);
        _clock.Advance(s_interval);
        var batch = Assert.Single(_batches);
        Assert.Equal((1_000, 100, "req_1000"), (batch.Count, batch.Newest.Count, batch.Newest[^1].Id));
    }

    [Fact]
    public async Task SlowPage_GetsItsNextBatch_OnlyWhenItIsDoneWithTheLast()
    {
        var busy = new TaskCompletionSource();
        using var live = new LiveUsage(_feed, "ws_1", _clock, s_interval, batch =>
        {
            _batches.Add(batch);
            return _batches.Count == 1 ? busy.Task : Task.CompletedTask;
        });
        _feed.Send(1);
        _clock.Advance(s_interval);
        _feed.Send(2);
        _clock.Advance(s_interval * 4);
        Assert.Single(_batches);

        busy.SetResult();
        await busy.Task;
        await Patience.UntilAsync(
            () =>
            {
                _clock.Advance(s_interval);
                return _batches.Count > 1;
            },
            "the next batch");

        Assert.Equal(2, _batches[1].Count);
    }

    [Fact]
    public void ClosedPage_HearsNothingMore_AndGivesItsSubscriptionBack()
    {
        var live = Listen();
        _feed.Send(1);
        live.Dispose();
        _clock.Advance(s_interval);
        Assert.Empty(_batches);
        Assert.False(_feed.HasListener);
    }

    private LiveUsage Listen() => new(_feed, "ws_1", _clock, s_interval, batch =>
    {
        _batches.Add(batch);
        return Task.CompletedTask;
    });

    private sealed class Feed : IUsageFeed, IDisposable
    {
        private Action<UsageEvent>? _listener;
        private int _sent;

        public bool HasListener => _listener is not null;

        public IDisposable Subscribe(string workspaceId, Action<UsageEvent> onUsage)
        {
            _listener = onUsage;
            return this;
        }

        public void Send(int count)
        {
            for (var i = 0; i < count; i++)
            {
                _listener?.Invoke(new UsageEvent { Id = $"req_{++_sent}", CreatedAt = DateTimeOffset.UnixEpoch, WorkspaceId = "ws_1", Dialect = "openai_chat", RequestedModel = "auto" });
            }
        }

        public void Dispose() => _listener = null;
    }
}
