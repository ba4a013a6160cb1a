using System.Collections.Frozen;

namespace HiWay.Domain.Routing.Mix;

/// <summary>Scores of one model at one kind of task in one workspace, 0..1 each.</summary>
/// <param name="Count">How many people and programs gave.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="Judged">How many a judge gave, where nobody else did.</param>
/// <param name="JudgedSum">Their sum.</param>
public sealed record ScoreSum(string Model, TaskType Task, long Count, double Sum, long Judged = 0, double JudgedSum = 0)
{
    /// <summary>How much all of them say, in scores of people: a judge's counts less.</summary>
    public double Weight => Count + (MixRules.JudgeWeight * Judged);

    public double WeightedSum => Sum + (MixRules.JudgeWeight * JudgedSum);

    public double Mean => Weight == 0 ? 0 : WeightedSum / Weight;
}

/// <summary>
/// What a workspace's own scores change in its models' quality, as points on the scale of 0 to 100; compiled with the workspace's
/// snapshot, so the same snapshot always chooses alike.
/// </summary>
public sealed class LearnedMix
{
    private readonly FrozenDictionary<(string Model, TaskType Task), int> _points;

    public LearnedMix(IEnumerable<KeyValuePair<(string Model, TaskType Task), int>> points) => _points = points.Where(point => point.Value != 0).ToFrozenDictionary();

    /// <summary>Changes nothing: switched off, or nothing learned yet.</summary>
    public static LearnedMix None { get; } = new([]);

    public bool IsEmpty => _points.Count == 0;

    /// <summary>Points to add to a model's quality for one kind of task; mostly 0.</summary>
    public int PointsFor(string model, TaskType task) => _points.GetValueOrDefault((model, task));
}

/// <summary>From scores to points.</summary>
public static class MixRules
{
    /// <summary>Fewer scores change nothing.</summary>
    public const int LeastScores = 20;

    /// <summary>So much of a person's score counts one of a judge, which is a model's opinion of another model.</summary>
    public const double JudgeWeight = 0.25;

    /// <summary>No model rises or falls by more, on the scale of 0 to 100.</summary>
    public const int MostPoints = 10;

    /// <summary>As many scores in the middle are added wherever a mean is taken, so that few scores say little.</summary>
    private const double Caution = 20;

    private const double Middle = 0.5;

    /// <summary>A mean one whole unit above the others' is worth so many points before the bound.</summary>
    private const double PointsPerUnit = 50;

    /// <summary>What each model's scores change, in whole points; those with too few scores are at 0.</summary>
    /// <remarks>
    /// A model is measured against the others at the same task, because some tasks are scored lower than others whoever does them. With
    /// nobody to compare with, the middle of the scale stands in.
    /// </remarks>
    public static Dictionary<(string Model, TaskType Task), int> Points(IReadOnlyList<ScoreSum> scores)
    {
        var points = new Dictionary<(string, TaskType), int>();
        foreach (var task in scores.GroupBy(score => score.Task))
        {
            var (weight, sum) = (task.Sum(score => score.Weight), task.Sum(score => score.WeightedSum));
            foreach (var own in task)
            {
                points[(own.Model, own.Task)] = Missing(own) > 0 ? 0 : Points(own, weight - own.Weight, sum - own.WeightedSum);
            }
        }

        return points;
    }

    /// <summary>How many more scores of people it takes until they change anything; a judge's count less. 0 when there are enough.</summary>
    public static int Missing(ScoreSum scores) => (int)Math.Ceiling(Math.Max(0, LeastScores - scores.Weight));

    private static int Points(ScoreSum own, double otherWeight, double otherSum)
    {
        var others = (otherSum + (Caution * Middle)) / (otherWeight + Caution);
        var trust = own.Weight / (own.Weight + Caution);
        return (int)Math.Clamp(Math.Round(PointsPerUnit * trust * (own.Mean - others)), -MostPoints, MostPoints);
    }
}
