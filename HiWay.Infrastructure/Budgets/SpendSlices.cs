using System.Diagnostics;
using HiWay.Domain.Budgets;

namespace HiWay.Infrastructure.Budgets;

/// <summary>
/// Asks the database for slices of caps, one question a window at a time for all calls that wait, and keeps what it says in the
/// window: what this node may use, what others have used, and how long a no stands.
/// </summary>
internal sealed class SpendSlices(ISpendLeases leases)
{
    /// <summary>How long a refusal by the database stands for calls that need as much.</summary>
    private static readonly TimeSpan s_refusalStands = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan s_recallPause = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a call waits for what others give back.</summary>
    public TimeSpan Patience => leases.RecallPatience;

    /// <summary>Whether the database has said a moment ago that so much is not there.</summary>
    /// <param name="final">No other node could give anything back.</param>
    public static bool IsRefused(SpendAccount account, in SpendCap cap, decimal needUsd, DateTimeOffset now, out bool final)
    {
        lock (account.Gate)
        {
            var window = account.Window(cap.Period, now);
            var usedUp = window.SettledUsd + window.OthersSpentUsd >= cap.LimitUsd;
            final = usedUp || !window.OthersHoldMore;
            return window.AskedAt != 0 && Stopwatch.GetElapsedTime(window.AskedAt) < s_refusalStands
                && (usedUp || window.UsedUsd + needUsd > window.RoomUsd);
        }
    }

    public static bool IsAway(SpendAccount account, in SpendCap cap, DateTimeOffset now)
    {
        lock (account.Gate)
        {
            return account.Window(cap.Period, now).Away;
        }
    }

    /// <summary>Gives others the time to give something back; the next question goes to the database again.</summary>
    public static async Task PauseAsync(SpendAccount account, SpendCap cap, DateTimeOffset now)
    {
        await Task.Delay(s_recallPause);
        lock (account.Gate)
        {
            account.Window(cap.Period, now).RoomUsd = decimal.MaxValue;
        }
    }

    /// <summary>Asks for a larger slice before the present one is used up, so that calls seldom wait.</summary>
    public void Refill(SpendAccount account, in SpendCap cap, DateTimeOffset now)
    {
        var window = account.Window(cap.Period, now);
        window.UsedAt = now;
        if (!window.Tight && !window.Away && window.Asking is null && window.HeadroomUsd < window.SliceUsd / 4)
        {
            window.Asking = Task.Run(() => AskAsync(account, window, window.LimitUsd!.Value));
        }
    }

    /// <summary>Waits for an answer that took this call's need into account, or for the one that is under way.</summary>
    public Task TakeAsync(SpendAccount account, in SpendCap cap, decimal needUsd, DateTimeOffset now)
    {
        lock (account.Gate)
        {
            var window = account.Window(cap.Period, now);
            window.UsedAt = now;
            window.WaitFor(needUsd);
            if (window.Asking is null)
            {
                var limit = cap.LimitUsd;
                window.Asking = Task.Run(() => AskAsync(account, window, limit));
            }

            return window.Asking;
        }
    }

    /// <summary>One question for all that wait by now; those that come later wait for its answer, and ask again if that is not enough.</summary>
    private async Task AskAsync(SpendAccount account, SpendWindow window, decimal limitUsd)
    {
        SliceQuestion question;
        lock (account.Gate)
        {
            question = new(limitUsd, window.SettledUsd, window.ReservedUsd, window.GrantedUsd, window.WaitingUsd, window.WaitingLeastUsd);
            (window.WaitingUsd, window.WaitingLeastUsd) = (0m, 0m);
        }

        SliceAnswer? answer = null;
        try
        {
            answer = await leases.TakeAsync(new(account.Subject, window.Period, window.Start), question);
        }
        finally
        {
            lock (account.Gate)
            {
                window.Asking = null;
                window.Away = answer is null;
                if (answer is { } said && window.LimitUsd == limitUsd)
                {
                    // Books know more than this process where the account was made while calls of its subject were on their way there.
                    window.SettledUsd = Math.Max(window.SettledUsd, said.DrainedUsd);
                    window.GrantedUsd = said.GrantedUsd;
                    window.RoomUsd = said.RoomUsd;
                    window.SliceUsd = said.SliceUsd;
                    window.Tight = said.SliceUsd < question.NeedUsd || said.GrantedUsd < question.UsedUsd + question.NeedUsd + said.SliceUsd;
                    window.OthersSpentUsd = said.OthersSpentUsd;
                    window.OthersUsedUsd = said.OthersUsedUsd;
                    window.OthersHoldMore = said.OthersHoldMore;
                    window.AskedAt = Stopwatch.GetTimestamp();
                }
            }
        }
    }
}
