using HiWay.Domain.Limits;

namespace HiWay.Infrastructure.Limits;

/// <summary>What a subject may do; null is unlimited.</summary>
/// <param name="Rpm">Requests per rolling minute.</param>
/// <param name="Tpm">Tokens per rolling minute.</param>
/// <param name="Rpd">Requests per UTC day.</param>
/// <param name="Concurrency">Calls that may run at once.</param>
public readonly record struct RateLimits(int? Rpm, int? Tpm, int? Rpd, int? Concurrency)
{
    public bool Any => Rpm is not null || Tpm is not null || Rpd is not null || Concurrency is not null;
}

/// <summary>Whom a limit counts: a key, or a workspace's use of free models.</summary>
internal sealed class RateSubject(string id)
{
    private readonly LinkedList<DateTimeOffset> _running = [];
    private readonly Dictionary<string, (long Requests, long Tokens)> _heard = new(StringComparer.Ordinal);

    public string Id { get; } = id;

    public Lock Gate { get; } = new();

    public SlidingWindow Requests { get; } = new();

    public SlidingWindow Tokens { get; } = new();

    /// <summary>What other nodes have let through in their last minute, as far as heard.</summary>
    public SlidingWindow OthersRequests { get; } = new();

    public SlidingWindow OthersTokens { get; } = new();

    public int OthersRunning { get; private set; }

    /// <summary>Since this process started, for the other nodes.</summary>
    public long AllRequests { get; private set; }

    public long AllTokens { get; private set; }

    /// <summary>Something has happened that other nodes have not been told.</summary>
    public bool Changed { get; set; }

    /// <summary>The UTC day that <see cref="DayRequests"/> counts.</summary>
    public DateOnly Day { get; private set; }

    /// <summary>This node's requests of the day, those of an earlier process included once they are read.</summary>
    public long DayRequests { get; private set; }

    public long OthersDayRequests { get; set; }

    /// <summary>Whether the database has told what was counted of <see cref="Day"/> before.</summary>
    public bool DayKnown { get; private set; }

    public bool DayChanged { get; set; }

    /// <summary>A limit by the day holds for the subject.</summary>
    public bool CountsDays { get; set; }

    /// <summary>Calls that run on this node. A slot that nobody gives back frees itself.</summary>
    public int Running(DateTimeOffset now)
    {
        while (_running.First is { } oldest && oldest.Value <= now)
        {
            _running.RemoveFirst();
        }

        return _running.Count;
    }

    /// <summary>Forgets what has left the windows.</summary>
    /// <param name="second">Whole seconds of a monotonic clock.</param>
    /// <param name="cutOff">Other nodes cannot be heard: what they were using last is taken for what they use now.</param>
    public void Advance(long second, DateOnly today, bool cutOff)
    {
        Requests.Advance(second);
        Tokens.Advance(second);
        if (!cutOff)
        {
            OthersRequests.Advance(second);
            OthersTokens.Advance(second);
        }

        if (today > Day)
        {
            // A day that begins while this process runs begins at zero; the first one may have had an earlier process.
            (DayKnown, Day, DayRequests, OthersDayRequests) = (Day != default, today, 0, 0);
        }
    }

    public LinkedListNode<DateTimeOffset> Count(long tokens, DateTimeOffset slotEndsAt)
    {
        Requests.Add(1);
        Tokens.Add(tokens);
        AllRequests++;
        AllTokens += tokens;
        DayRequests++;
        (Changed, DayChanged) = (true, true);
        return _running.AddLast(slotEndsAt);
    }

    public void Release(LinkedListNode<DateTimeOffset> slot)
    {
        if (slot.List is not null)
        {
            _running.Remove(slot);
            Changed = true;
        }
    }

    public void CorrectTokens(long second, long delta)
    {
        Tokens.Correct(second, delta);
        AllTokens += delta;
        Changed = true;
    }

    /// <summary>Takes in what another node says of itself. Its first word counts its last minute, every further one what came on top.</summary>
    public void Hear(string node, long requests, long tokens, long minuteRequests, long minuteTokens, long second)
    {
        OthersRequests.Advance(second);
        OthersTokens.Advance(second);
        var (newRequests, newTokens) = _heard.TryGetValue(node, out var before) && requests >= before.Requests
            ? (requests - before.Requests, tokens - before.Tokens)
            : (minuteRequests, minuteTokens);
        _heard[node] = (requests, tokens);
        OthersRequests.Add(newRequests);
        OthersTokens.Add(newTokens);
    }

    public void HearRunning(int running) => OthersRunning = running;

    public void KnowDay(long ownBefore)
    {
        DayRequests += ownBefore;
        DayKnown = true;
    }
}
