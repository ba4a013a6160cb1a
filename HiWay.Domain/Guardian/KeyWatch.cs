using HiWay.Domain.Guardian.Rules;

namespace HiWay.Domain.Guardian;

/// <summary>
/// What Guardian remembers of one key: a few KB, and at most some 140 whatever the key does. Each key has a lock of its own, so calls of different keys never wait
/// for each other.
/// </summary>
/// <param name="keyId">Null for a workspace's playground, which has no key.</param>
public sealed class KeyWatch(string workspaceId, string? keyId, long nowMs)
{
    private const long ThrottleMs = 1_000;

    /// <summary>Of each exchange. What comes faster repeats within one node soon enough.</summary>
    private const int MostPromptsTold = 1_000;
    private const int MostStepsTold = 4;

    private readonly Lock _gate = new();
    private readonly List<PromptSeen> _promptsToTell = [];
    private readonly List<StepSeen> _stepsToTell = [];
    private bool _admittedToTell;

    /// <summary>Calls that got through although the key is throttled, since one did not.</summary>
    private int _passedInARow;
    private readonly CostWindow _costs = new();
    private RepeatWindow? _repeats;
    private LoopWindow? _loops;
    private GuardianRule? _suspendedBy;
    private long _admittedMs = long.MinValue / 2;

    public string WorkspaceId => workspaceId;

    public string? KeyId => keyId;

    /// <summary>When the key was last used, on the clock of the calls.</summary>
    public long SeenMs { get; private set; } = nowMs;

    /// <summary>The key is suspended here, and the database has not been told yet.</summary>
    public bool SuspensionPending => _suspendedBy is not null;

    /// <summary>Other nodes want to hear of the key; set before each exchange.</summary>
    public bool InCompany { get; set; }

    /// <summary>Prompts and steps of the key that other nodes have told of.</summary>
    public long Heard { get; private set; }

    /// <summary>When the books were last read for the key; null when never.</summary>
    public long? KnownMs
    {
        get
        {
            lock (_gate)
            {
                return field;   // two words, which another thread could see half of
            }
        }

        private set;
    }

    /// <summary>Judges a call and counts it.</summary>
    /// <param name="promptHash">Of the prompt and the model that was asked for; 0 for calls without one.</param>
    /// <param name="nowMs">A monotonic clock.</param>
    /// <param name="hits">What the call has run into; the last one stops it if any does. Null when nothing.</param>
    public void Judge(ulong promptHash, GuardianSettings settings, long nowMs, ref List<GuardianHit>? hits)
    {
        lock (_gate)
        {
            SeenMs = nowMs;
            if (_suspendedBy is { } rule)
            {
                (hits ??= []).Add(new(rule, GuardianAction.Suspend, Stops: true, 0, 0, 0, 0) { IsKnown = true });
                return;
            }

            if (settings.Dedup.On && promptHash != 0)
            {
                var (dedup, windowMs) = (settings.Dedup, settings.Dedup.WindowSeconds * 1000L);
                var (times, retryAfter) = (_repeats ??= new()).Add(promptHash, nowMs, dedup.Count, windowMs);
                if (InCompany && _promptsToTell.Count < MostPromptsTold)
                {
                    _promptsToTell.Add(new(promptHash, nowMs));
                }

                if (times > dedup.Count)
                {
                    Act(new(GuardianRule.Dedup, dedup.Action, dedup.Action is not GuardianAction.Alert, retryAfter, times, dedup.Count, dedup.WindowSeconds), nowMs, ref hits);
                }
            }

            if (settings.CostSpike.On)
            {
                if (_costs.Judge(settings.CostSpike, nowMs, slow: _passedInARow >= CostSpikeRule.SlowCalls) is { } spike)
                {
                    Act(spike, nowMs, ref hits);
                }
                else
                {
                    _passedInARow = 0;
                }
            }

            if (settings.ZombieAgent.On && settings.ZombieAgent.Action is not GuardianAction.Alert && _loops?.Judge(settings.ZombieAgent, nowMs) is { } loop)
            {
                Act(loop, nowMs, ref hits);
            }

            if (hits is null || !hits[^1].Stops)
            {
                (_admittedMs, _admittedToTell) = (nowMs, InCompany);
            }

            if (_suspendedBy is not null)
            {
                Clear(settings, nowMs);
            }
        }
    }

    /// <summary>Counts what a call has cost, in US dollars.</summary>
    public void Spent(decimal usd, GuardianSettings settings, long nowMs)
    {
        if (usd > 0 && settings.CostSpike.On)
        {
            lock (_gate)
            {
                _costs.Add(usd, nowMs, settings.CostSpike.WindowSeconds);
            }
        }
    }

    /// <summary>Counts an answer.</summary>
    /// <returns>The violation that it completes; null while all is in line.</returns>
    public GuardianHit? Answered(in TextPrint prompt, in TextPrint answer, GuardianSettings settings, long nowMs)
    {
        lock (_gate)
        {
            if (_suspendedBy is not null)
            {
                return null;
            }

            if (InCompany && _stepsToTell.Count < MostStepsTold)
            {
                _stepsToTell.Add(new(prompt, answer, nowMs));
            }

            if ((_loops ??= new()).Add(prompt, answer, settings.ZombieAgent, nowMs) is not { } hit)
            {
                return null;
            }

            if (hit.Action is not GuardianAction.Suspend)
            {
                return hit;
            }

            if (keyId is null)
            {
                return hit with { Action = GuardianAction.Block };   // nothing that could be suspended
            }

            _suspendedBy = GuardianRule.ZombieAgent;
            Clear(settings, nowMs);
            return hit;
        }
    }

    /// <summary>Takes in what the books say of the key: what it cost in 24 hours and within the rule's window.</summary>
    public void Know(decimal dayUsd, decimal windowUsd, GuardianSettings settings, long nowMs)
    {
        lock (_gate)
        {
            _costs.Know(dayUsd, windowUsd, nowMs, settings.CostSpike.WindowSeconds);
            KnownMs = nowMs;
        }
    }

    /// <summary>What other nodes have not been told yet; null when nothing.</summary>
    public KeyNews? TakeNews()
    {
        lock (_gate)
        {
            if (_promptsToTell.Count == 0 && _stepsToTell.Count == 0 && !_admittedToTell)
            {
                return null;
            }

            var news = new KeyNews([.. _promptsToTell], [.. _stepsToTell], _admittedToTell ? _admittedMs : null);
            _promptsToTell.Clear();
            _stepsToTell.Clear();
            _admittedToTell = false;
            return news;
        }
    }

    /// <summary>Takes in what another node has seen of the key.</summary>
    public void Hear(KeyNews news, GuardianSettings settings)
    {
        lock (_gate)
        {
            Heard += news.Prompts.Count + news.Steps.Count;
            if (settings.Dedup.On)
            {
                foreach (var prompt in news.Prompts)
                {
                    (_repeats ??= new()).Hear(prompt.Hash, prompt.AtMs, settings.Dedup.Count, settings.Dedup.WindowSeconds * 1000L);
                }
            }

            if (settings.ZombieAgent.On)
            {
                foreach (var step in news.Steps)
                {
                    (_loops ??= new()).Hear(step, settings.ZombieAgent);
                }
            }

            _admittedMs = Math.Max(_admittedMs, news.AdmittedMs ?? _admittedMs);
            if (news.Prompts is [.., var last])
            {
                _costs.Hear(last.AtMs, settings.CostSpike.WindowSeconds);
            }
        }
    }

    /// <summary>All nodes know that the key is suspended, or it is not any more: this node's own mark is not needed.</summary>
    public void SuspensionIsKnown()
    {
        lock (_gate)
        {
            _suspendedBy = null;
        }
    }

    private void Act(in GuardianHit hit, long nowMs, ref List<GuardianHit>? hits)
    {
        if (hits is not null && hits[^1].Stops)
        {
            return;   // one refusal is enough
        }

        hits ??= [];
        switch (hit.Action)
        {
            case GuardianAction.Suspend when keyId is not null:
                _suspendedBy = hit.Rule;
                hits.Add(hit with { RetryAfterSeconds = 0 });
                break;
            case GuardianAction.Suspend:   // nothing that could be suspended
                hits.Add(hit with { Action = GuardianAction.Block });
                break;
            case GuardianAction.Throttle:
                var stops = nowMs - _admittedMs < ThrottleMs;
                _passedInARow = stops ? 0 : _passedInARow + 1;
                hits.Add(hit with { Stops = stops, RetryAfterSeconds = 1 });
                break;
            default:
                hits.Add(hit);
                break;
        }
    }

    /// <summary>What led to a suspension must not suspend the key again as soon as a person has restored it.</summary>
    private void Clear(GuardianSettings settings, long nowMs)
    {
        _repeats = null;
        _costs.Clear(nowMs, settings.CostSpike.WindowSeconds);
        _loops?.Clear();
    }
}
