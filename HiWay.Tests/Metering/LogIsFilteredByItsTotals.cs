using HiWay.Domain.Accounts;
using HiWay.Domain.Metering;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Metering.Reading;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Metering;

/// <summary>Filters read only the hours that the totals name; whatever they are, they find the rows that a look at every row would find.</summary>
public sealed class LogIsFilteredByItsTotals : IAsyncLifetime
{
    private const string Workspace = "ws_01JD00000000000000000000WS";
    private const int Calls = 400;

    private static readonly DateTimeOffset End = new(2026, 11, 21, 10, 59, 59, 999, TimeSpan.Zero);
    private static readonly Actor Reader = new(Workspace, null, null, WorkspaceRole.Viewer, "test", null);
    private readonly JournalHome _home = new();
    private readonly Random _random = new(20261128);
    private TestDatabase _database = null!;
    private List<UsageEvent> _calls = null!;

    /// <summary>Three days, most of whose hours have few of the rare values, or none.</summary>
    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _home.Options.DrainInterval = TimeSpan.FromMilliseconds(10);
        await using var node = await MeteringNode.StartAsync(_home, _database.Source);
        _calls = node.Append([.. Enumerable.Range(0, Calls).Select(_ => Some()), SomeUsage.Chat(End, "ws_01JD0000000000000000000ELSE")]);
        await node.DrainedAsync();
        _calls.RemoveAt(Calls);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task EveryFilter_FindsWhatALookAtEveryRowFinds_PageByPage()
    {
        var log = new RequestLog(_database.Source);
        for (var round = 0; round < 60; round++)
        {
            var filter = SomeFilter();
            var expected = _calls.Where(call => Matches(call, filter)).OrderByDescending(call => call.CreatedAt).ThenByDescending(call => call.Id, StringComparer.Ordinal).Select(call => call.Id).ToList();

            var paged = new List<string>();
            string? cursor = null;
            do
            {
                var page = (await log.ReadAsync(Reader, filter, cursor, limit: 7, CancellationToken.None)).Value;
                paged.AddRange(page.Data.Select(row => row.Id));
                cursor = page.NextCursor;
            }
            while (cursor is not null);
            Assert.Equal(expected, paged);

            var (window, total) = (await log.WindowAsync(Reader, filter, skip: 3, take: 5, CancellationToken.None)).Value;
            Assert.Equal(expected.Skip(3).Take(5), window.Select(row => row.Id));
            Assert.Equal(expected.Count, total);
        }
    }

    private static bool Matches(UsageEvent call, RequestFilter filter) =>
        call.CreatedAt >= (filter.From ?? DateTimeOffset.MinValue) && call.CreatedAt < (filter.To ?? DateTimeOffset.MaxValue)
        && (filter.Model ?? call.Model) == call.Model && (filter.KeyId ?? call.KeyId) == call.KeyId && (filter.Provider ?? call.Provider) == call.Provider
        && (filter.Tier ?? call.Tier) == call.Tier && (filter.EndUser ?? call.EndUser) == call.EndUser && (filter.Tag is not { } tag || call.Tags.Contains(tag))
        && filter.Status switch { null => true, "ok" => !call.Failed, "error" => call.Failed, var status => status == call.Status.ToString(System.Globalization.CultureInfo.InvariantCulture) };

    private UsageEvent Some()
    {
        var failed = _random.Next(20) == 0;
        return SomeUsage.Chat(End.AddMilliseconds(-_random.Next(0, 3 * 24 * 3_600_000)), Workspace, OneOf("key_a", "key_a", "key_a", "key_b", null)) with
        {
            Model = OneOf("m/1", "m/1", "m/1", "m/2", null),
            Provider = OneOf("p", "p", "q", null),
            Tier = OneOf("light", "heavy", null),
            EndUser = OneOf("anna", "bert", null, null),
            Tags = OneOf<string[]>([], ["ci"], ["ci", "night"])!,
            Status = failed ? OneOf(429, 500) : OneOf(200, 200, 200, 499),
            EndReason = failed ? EndReason.Error : OneOf(EndReason.Completed, EndReason.Completed, EndReason.UpstreamCut),
        };
    }

    private RequestFilter SomeFilter() => new()
    {
        From = Maybe(4) ? End.AddMinutes(-_random.Next(240, 3 * 24 * 60)) : null,
        To = Maybe(5) ? End.AddHours(-_random.Next(0, 3)).AddMilliseconds(1) : null,
        Model = Maybe(3) ? OneOf("m/1", "m/2", "m/none") : null,
        KeyId = Maybe(3) ? OneOf("key_a", "key_b") : null,
        Provider = Maybe(5) ? OneOf("p", "q") : null,
        Tier = Maybe(5) ? OneOf("light", "heavy") : null,
        EndUser = Maybe(4) ? OneOf("anna", "bert", "nobody") : null,
        Tag = Maybe(4) ? OneOf("ci", "night") : null,
        Status = Maybe(3) ? OneOf("ok", "error", "429", "200", "499") : null,
    };

    private bool Maybe(int one) => _random.Next(one) == 0;

    private T OneOf<T>(params T[] all) => all[_random.Next(all.Length)];
}
