using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing.Replay;

namespace HiWay.Infrastructure.Replay;

/// <summary>Counts what comes out of a replay.</summary>
internal sealed class ReplayTally
{
    private const int MostMoves = 20;

    private readonly Dictionary<Tier, (long Before, long After)> _tiers = [];
    private readonly Dictionary<string, (long Before, long After)> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<(string? From, string? To), (long Calls, decimal Before, decimal After)> _moves = [];
    private long _changed, _unlikeLog;
    private decimal _logged, _costBefore, _costAfter, _savedBefore, _savedAfter;

    public long Decisions { get; private set; }

    public long Skipped { get; set; }

    public void Add(LoggedCall call, ReplayedChoice before, ReplayedChoice after)
    {
        Decisions++;
        _tiers[before.Tier] = Plus(_tiers.GetValueOrDefault(before.Tier), 1, 0);
        _tiers[after.Tier] = Plus(_tiers.GetValueOrDefault(after.Tier), 0, 1);
        Count(before.Model, 1, 0);
        Count(after.Model, 0, 1);
        var (costBefore, costAfter) = (ReplayRules.CostOf(call, before.Model), ReplayRules.CostOf(call, after.Model));
        _logged += call.CostUsd;
        (_costBefore, _costAfter) = (_costBefore + costBefore, _costAfter + costAfter);
        (_savedBefore, _savedAfter) = (_savedBefore + Math.Max(0, call.BaselineUsd - costBefore), _savedAfter + Math.Max(0, call.BaselineUsd - costAfter));
        _unlikeLog += call.Model is not null && call.Model != before.Model?.Id ? 1 : 0;
        if (before.Model?.Id != after.Model?.Id)
        {
            _changed++;
            var move = (before.Model?.Id, after.Model?.Id);
            var (calls, movedBefore, movedAfter) = _moves.GetValueOrDefault(move);
            _moves[move] = (calls + 1, movedBefore + costBefore, movedAfter + costAfter);
        }
    }

    public ReplayReport Report(int days, DateTimeOffset from, DateTimeOffset to, bool sampled) => new(
        days, from, to, Decisions, sampled, Skipped, _changed, _unlikeLog,
        [.. _tiers.OrderBy(tier => tier.Key).Select(tier => new ReplayCount(tier.Key.Text(), tier.Value.Before, tier.Value.After))],
        [.. _models.OrderByDescending(model => Math.Max(model.Value.Before, model.Value.After)).ThenBy(model => model.Key, StringComparer.Ordinal).Select(model => new ReplayCount(model.Key, model.Value.Before, model.Value.After))],
        [.. _moves.OrderByDescending(move => move.Value.Calls).ThenBy(move => move.Key.From, StringComparer.Ordinal).ThenBy(move => move.Key.To, StringComparer.Ordinal).Take(MostMoves)
            .Select(move => new ReplayMove(move.Key.From, move.Key.To, move.Value.Calls, move.Value.Before, move.Value.After))],
        _logged, new(_costBefore, _savedBefore), new(_costAfter, _savedAfter), _savedAfter - _savedBefore);

    private void Count(ModelEntry? model, int before, int after)
    {
        if (model is not null)
        {
            _models[model.Id] = Plus(_models.GetValueOrDefault(model.Id), before, after);
        }
    }

    private static (long Before, long After) Plus((long Before, long After) count, int before, int after) => (count.Before + before, count.After + after);
}
