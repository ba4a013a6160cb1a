namespace HiWay.Domain.Guardian;

/// <summary>
/// When a key's prompts came last. Places in sets of eight, found by the prompt's hash; they grow with the key's traffic from 16 (0.5 KB) to
/// 4,096 (128 KB), enough to tell a thousand prompts within the window apart. Beyond that the one that was silent longest makes room. Not
/// thread-safe: its owner locks.
/// </summary>
public sealed class RepeatWindow
{
    private const int Ways = 8;
    private const int MostSets = 512;
    private const long Never = long.MinValue / 2;

    private int _sets;
    private int _count;
    private ulong[] _hashes = [];
    private long[] _times = [];   // of each place the last `count` times, oldest first

    /// <summary>Counts a prompt.</summary>
    /// <param name="nowMs">A monotonic clock.</param>
    /// <param name="count">Times that are allowed within the window.</param>
    /// <returns>How often it came within the window, this time included and counted to one more than allowed; and when it would be allowed again.</returns>
    public (int Times, int RetryAfterSeconds) Add(ulong hash, long nowMs, int count, long windowMs)
    {
        if (count != _count || _sets == 0)
        {
            Resize(2, count);
        }

        var place = Find(hash, nowMs - windowMs);
        var times = _times.AsSpan(place * count, count);
        var before = 0;
        foreach (var time in times)
        {
            before += nowMs - time < windowMs ? 1 : 0;
        }

        times[1..].CopyTo(times);
        times[^1] = nowMs;
        return (before + 1, (int)Math.Max(1, (times[0] + windowMs - nowMs + 999) / 1000));
    }

    /// <summary>Takes in that a prompt came elsewhere, a moment ago.</summary>
    public void Hear(ulong hash, long atMs, int count, long windowMs)
    {
        if (count != _count || _sets == 0)
        {
            Resize(2, count);
        }

        var times = _times.AsSpan(Find(hash, atMs - windowMs) * count, count);
        var place = count;
        while (place > 0 && times[place - 1] > atMs)
        {
            place--;
        }

        if (place > 0)
        {
            times[1..place].CopyTo(times);
            times[place - 1] = atMs;
        }
    }

    private int Find(ulong hash, long since)
    {
        while (true)
        {
            var first = (int)(hash >> 32) & (_sets - 1);
            var stalest = first *= Ways;
            for (var place = first; place < first + Ways; place++)
            {
                if (_hashes[place] == hash && Last(place) != Never)
                {
                    return place;
                }

                stalest = Last(place) < Last(stalest) ? place : stalest;
            }

            if (Last(stalest) > since && _sets < MostSets)
            {
                Resize(_sets * 2, _count);
                continue;
            }

            _hashes[stalest] = hash;
            _times.AsSpan(stalest * _count, _count).Fill(Never);
            return stalest;
        }
    }

    private long Last(int place) => _times[(place * _count) + _count - 1];

    private void Resize(int sets, int count)
    {
        var (hashes, times, kept) = (_hashes, _times, count == _count ? _hashes.Length : 0);
        (_sets, _count) = (sets, count);
        _hashes = new ulong[sets * Ways];
        _times = new long[sets * Ways * count];
        Array.Fill(_times, Never);
        for (var from = 0; from < kept; from++)
        {
            if (times[(from * count) + count - 1] == Never)
            {
                continue;
            }

            // A set's prompts fall into two sets of the larger table, so each finds a free place.
            var place = ((int)(hashes[from] >> 32) & (sets - 1)) * Ways;
            while (Last(place) != Never)
            {
                place++;
            }

            _hashes[place] = hashes[from];
            times.AsSpan(from * count, count).CopyTo(_times.AsSpan(place * count));
        }
    }
}
