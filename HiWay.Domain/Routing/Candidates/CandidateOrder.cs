using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing.Mix;

namespace HiWay.Domain.Routing.Candidates;

/// <summary>The models of one tier, sorted for one profile, one mix of input and output and one stretch of time between price changes.</summary>
/// <param name="ByProfile">Rows in the profile's order, best first.</param>
/// <param name="ByCost">The same rows, cheapest first: the order of fallback.</param>
internal sealed record CandidateOrder(int[] ByProfile, int[] ByCost)
{
    /// <summary>A price of zero (a server at home) would make every quality infinitely cheap; below this, in dollars per million tokens, prices count as equal.</summary>
    private const double LeastPrice = 0.01;

    internal static CandidateOrder Sort(
        ReadOnlySpan<ModelEntry> models, ReadOnlySpan<bool> eligible, RoutingProfile profile, double inputShare, DateTimeOffset at, long promptTokens,
        LearnedMix mix, TaskType task)
    {
        var keys = new List<Key>(models.Length);
        for (var i = 0; i < models.Length; i++)
        {
            if (eligible[i] && PriceRules.PriceAt(models[i].Prices, at, promptTokens) is { Input: { } input, Output: { } output })
            {
                keys.Add(new(i, models[i], (double)input, ((double)input * inputShare) + ((double)output * (1 - inputShare)), QualityOf(models[i], mix, task)));
            }
        }

        var rows = keys.ToArray();
        Array.Sort(rows, static (a, b) => ByCostThenId(a, b));
        var byCost = Array.ConvertAll(rows, key => key.Row);
        Array.Sort(rows, profile switch
        {
            RoutingProfile.Budget => static (a, b) => Degraded(a, b) is not 0 and var d ? d : a.Input != b.Input ? a.Input.CompareTo(b.Input) : ByCostThenId(a, b),
            RoutingProfile.Balanced => static (a, b) => Degraded(a, b) is not 0 and var d ? d : a.PerDollar != b.PerDollar ? b.PerDollar.CompareTo(a.PerDollar) : ByCostThenId(a, b),
            RoutingProfile.Quality => static (a, b) => Degraded(a, b) is not 0 and var d ? d : a.Quality != b.Quality ? b.Quality.CompareTo(a.Quality) : ByCostThenId(a, b),
        });
        return new(Array.ConvertAll(rows, key => key.Row), byCost);
    }

    /// <summary>0..100; a model that nobody measured stays so, whatever scores it has.</summary>
    internal static double? QualityOf(ModelEntry model, LearnedMix mix, TaskType task) =>
        model.Quality is { } quality && !mix.IsEmpty ? Math.Clamp(quality + mix.PointsFor(model.Id, task), 0, 100) : model.Quality;

    // A degraded model works, so it stays a candidate, but behind all that are well.
    private static int Degraded(Key a, Key b) => a.IsDegraded.CompareTo(b.IsDegraded);

    private static int ByCostThenId(Key a, Key b) =>
        Degraded(a, b) is not 0 and var d ? d
        : a.Blended != b.Blended ? a.Blended.CompareTo(b.Blended)
        : string.CompareOrdinal(a.Model.Id, b.Model.Id);

    private readonly record struct Key(int Row, ModelEntry Model, double Input, double Blended, double? Measured)
    {
        internal bool IsDegraded => Model.Status is ModelStatus.Degraded;

        /// <summary>A model that nobody measured ranks behind all that were; among themselves the price decides.</summary>
        internal double Quality => Measured ?? -1;

        internal double PerDollar => Measured is { } quality ? quality / Math.Max(Blended, LeastPrice) : -1;
    }
}
