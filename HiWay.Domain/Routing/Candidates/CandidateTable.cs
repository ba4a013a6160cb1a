using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing.Mix;

namespace HiWay.Domain.Routing.Candidates;

/// <summary>
/// A workspace's callable models, prepared for choosing. Built once with the workspace's snapshot; what depends only on models,
/// profile and price list is sorted on first use and kept, so that a choice is a walk along a few rows.
/// </summary>
public sealed class CandidateTable<T>
    where T : class
{
    /// <summary>Shares of the input in all tokens for which the rows are sorted; a request takes the nearest.</summary>
    private static readonly double[] InputShares = [0.2, 0.5, 0.8, 0.95];

    private const int Tiers = (int)Tier.Image + 1;
    private const int Profiles = 3;

    private readonly SovereigntyZone _zone;
    private readonly Func<T, bool, double?>? _expectedMs;
    private readonly T[] _deployments;
    private readonly ModelEntry[] _models;
    private readonly string[] _shortIds;
    private readonly int[] _providers;
    private readonly Exclusion[] _excluded;
    private readonly bool[][] _eligible = new bool[Tiers][];
    private readonly DateTimeOffset[] _priceChanges;
    private readonly long _longPrompt;
    private readonly CandidateOrder?[] _orders;
    private readonly LearnedMix _mix;

    /// <summary>Per kind of task which set of orders it has: 0 is the common one, the others are of tasks at which the mix moves a model.</summary>
    private readonly byte[] _mixed = new byte[TaskTypes.Count];

    /// <param name="deployments">What the workspace could call, one per model.</param>
    /// <param name="modelOf">The catalogue entry of a deployment.</param>
    /// <param name="mix">What the workspace's own scores change in qualities; null is nothing.</param>
    /// <param name="expectedMs">How long a deployment's answer, or its first content when streamed, takes lately; null while unknown.</param>
    public CandidateTable(
        IReadOnlyList<T> deployments, Func<T, ModelEntry> modelOf, SovereigntyZone zone, LearnedMix? mix = null, Func<T, bool, double?>? expectedMs = null)
    {
        _expectedMs = expectedMs;
        _zone = zone;
        _mix = mix ?? LearnedMix.None;
        _deployments = [.. deployments];
        _models = Array.ConvertAll(_deployments, deployment => modelOf(deployment));
        _shortIds = Array.ConvertAll(_models, KeyModels.ShortId);
        _excluded = Array.ConvertAll(_models, model => Exclusions.OfModel(model, zone));
        var slugs = new Dictionary<string, int>(StringComparer.Ordinal);
        _providers = Array.ConvertAll(_models, model => slugs.TryGetValue(model.Provider, out var known) ? known : slugs[model.Provider] = slugs.Count);
        for (var tier = 0; tier < Tiers; tier++)
        {
            _eligible[tier] = new bool[_models.Length];
            for (var row = 0; row < _models.Length; row++)
            {
                _eligible[tier][row] = (int)_models[row].Tier == tier && IsRoutable(_models[row]) && _excluded[row] is Exclusion.None;
            }
        }

        _priceChanges = [.. _models.SelectMany(model => model.Prices).Select(price => price.From).OfType<DateTimeOffset>().Distinct().Order()];
        _longPrompt = _models.SelectMany(model => model.Prices).Select(price => price.AbovePromptTokens).Where(bound => bound > 0).DefaultIfEmpty(long.MaxValue).Min();
        var sets = 1;
        for (var task = 0; task < _mixed.Length && !_mix.IsEmpty; task++)
        {
            if (Array.Exists(_models, model => _mix.PointsFor(model.Id, (TaskType)task) != 0))
            {
                _mixed[task] = (byte)sets++;
            }
        }

        _orders = new CandidateOrder?[sets * (_priceChanges.Length + 1) * Tiers * Profiles * InputShares.Length];
    }

    /// <summary>The chain for one request.</summary>
    /// <param name="usable">False for deployments whose circuit breaker is open; null asks none.</param>
    /// <param name="at">The request's own time: prices and retirements of that instant hold.</param>
    /// <param name="maxAttempts">1 for keys without fallback; never more than <see cref="Fallback.FailureRules.MaxAttempts"/>.</param>
    /// <param name="catalogue">Every model there is; read only to say which providers are missing.</param>
    public CandidateChain<T> Choose(
        Tier asked, RoutingProfile profile, in RouteNeeds needs, DateTimeOffset at, int maxAttempts,
        IReadOnlyList<ModelEntry> catalogue, Func<T, bool>? usable = null)
    {
        maxAttempts = Math.Clamp(maxAttempts, 1, Fallback.FailureRules.MaxAttempts);
        for (var tier = asked; ; tier++)
        {
            if (ChooseWithin(tier, asked, profile, needs, at, maxAttempts, usable) is { } chain)
            {
                return chain;
            }

            if (tier is not (Tier.UltraLight or Tier.Light or Tier.Standard))
            {
                return NoneLeft(asked, needs, at, catalogue);
            }
        }
    }

    /// <summary>A model's quality for one kind of task, 0..100, with what the workspace's own scores say; null when nobody measured it.</summary>
    public double? QualityOf(ModelEntry model, TaskType task) => CandidateOrder.QualityOf(model, _mix, task);

    /// <summary>Whether a deployment can take a request, its tier and its rank aside; for staying with a model that was chosen before.</summary>
    public bool Takes(T deployment, in RouteNeeds needs, DateTimeOffset at)
    {
        for (var row = 0; row < _deployments.Length; row++)
        {
            if (ReferenceEquals(_deployments[row], deployment))
            {
                return IsRoutable(_models[row]) && _excluded[row] is Exclusion.None && Judge(row, needs, at, usable: null) is Exclusion.None;
            }
        }

        return false;
    }

    /// <summary>Every model of the tier in the profile's order, those that cannot take the request at the end with the reason.</summary>
    public IReadOnlyList<CandidateView> Explain(Tier tier, RoutingProfile profile, in RouteNeeds needs, DateTimeOffset at, Func<T, bool>? usable = null)
    {
        var order = OrderOf(tier, profile, needs, at).ByProfile;
        var (promptTokens, task) = (needs.PromptTokens, needs.Task);
        var able = new List<CandidateView>();
        var others = new List<CandidateView>();
        foreach (var row in order)
        {
            var why = Judge(row, needs, at, usable);
            (why is Exclusion.None ? able : others).Add(View(row, why));
        }

        for (var row = 0; row < _models.Length; row++)
        {
            if (_models[row].Tier == tier && IsRoutable(_models[row]) && Array.IndexOf(order, row) < 0)
            {
                others.Add(View(row, _excluded[row] is Exclusion.None ? Exclusion.Unpriced : _excluded[row]));
            }
        }

        return [.. able, .. others];

        CandidateView View(int row, Exclusion why) => new(
            _models[row].Id, PriceRules.PriceAt(_models[row].Prices, at, promptTokens), QualityOf(_models[row], task), why.Text());
    }

    private CandidateChain<T>? ChooseWithin(
        Tier tier, Tier asked, RoutingProfile profile, in RouteNeeds needs, DateTimeOffset at, int maxAttempts, Func<T, bool>? usable)
    {
        var order = OrderOf(tier, profile, needs, at);
        var wanted = needs with { Required = needs.Required | needs.Preferred };
        var first = First(order.ByProfile, wanted, at, usable);
        if (first < 0)
        {
            wanted = needs;
            first = First(order.ByProfile, wanted, at, usable);
            if (first < 0)
            {
                return null;
            }
        }

        Span<int> rows = [first, 0, 0];
        var count = 1;
        foreach (var row in order.ByCost)
        {
            if (count == maxAttempts)
            {
                break;
            }

            if (!Taken(rows[..count], _providers[row]) && Judge(row, wanted, at, usable) is Exclusion.None)
            {
                rows[count++] = row;
            }
        }

        var attempts = new T[count];
        for (var i = 0; i < count; i++)
        {
            attempts[i] = _deployments[rows[i]];
        }

        return new() { Tier = tier, AskedTier = asked, Attempts = attempts, Reason = ReasonFor(tier, asked, profile) };
    }

    /// <summary>Says what would have to change for the request to find a model: a provider's key, or the request itself.</summary>
    private CandidateChain<T> NoneLeft(Tier asked, in RouteNeeds needs, DateTimeOffset at, IReadOnlyList<ModelEntry> catalogue)
    {
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        var tooLong = false;
        foreach (var model in catalogue)
        {
            if (!IsRoutable(model) || !IsInReach(model.Tier, asked) || IsRetired(model, at)
                || Exclusions.OfModel(model, _zone) is not Exclusion.None
                || PriceRules.PriceAt(model.Prices, at, needs.PromptTokens) is not { Input: not null, Output: not null })
            {
                continue;
            }

            var why = Exclusions.OfRequest(model, KeyModels.ShortId(model), needs, at);
            tooLong |= why is Exclusion.ContextTooSmall;
            if (why is Exclusion.None && !Array.Exists(_models, own => own.Provider == model.Provider))
            {
                missing.Add(model.Provider);
            }
        }

        var reasons = new SortedSet<string>(StringComparer.Ordinal);
        var notForKey = false;
        for (var row = 0; row < _models.Length; row++)
        {
            if (IsRoutable(_models[row]) && IsInReach(_models[row].Tier, asked))
            {
                var why = _excluded[row] is not Exclusion.None ? _excluded[row] : Judge(row, needs, at, usable: null);
                tooLong |= why is Exclusion.ContextTooSmall;
                notForKey |= why is Exclusion.NotAllowedForKey && Judge(row, needs with { AllowedModels = null }, at, usable: null) is Exclusion.None;
                reasons.Add(why.Text() ?? Exclusion.Unhealthy.Text()!);
            }
        }

        return new()
        {
            Tier = asked, AskedTier = asked, Attempts = [], MissingProviders = [.. missing],
            PromptTooLong = tooLong && missing.Count == 0,
            KeyRefuses = notForKey && missing.Count == 0,
            Reason = missing.Count > 0
                ? $"No enabled provider can take this request in tier '{asked.Text()}'; add a key for one of: {string.Join(", ", missing)}."
                : reasons.Count > 0
                    ? $"No model from tier '{asked.Text()}' up can take this request: {string.Join("; ", reasons)}."
                    : $"No model of tier '{asked.Text()}' is in the catalogue.",
        };
    }

    /// <summary>True for the asked-for tier and, among the four that <c>auto</c> moves in, those above it.</summary>
    private static bool IsInReach(Tier tier, Tier asked) => tier == asked || (asked < tier && tier <= Tier.Heavy);

    private int First(int[] rows, in RouteNeeds needs, DateTimeOffset at, Func<T, bool>? usable)
    {
        foreach (var row in rows)
        {
            if (Judge(row, needs, at, usable) is Exclusion.None)
            {
                return row;
            }
        }

        return -1;
    }

    private bool Taken(ReadOnlySpan<int> rows, int provider)
    {
        foreach (var row in rows)
        {
            if (_providers[row] == provider)
            {
                return true;
            }
        }

        return false;
    }

    private Exclusion Judge(int row, in RouteNeeds needs, DateTimeOffset at, Func<T, bool>? usable)
    {
        var model = _models[row];
        return IsRetired(model, at) ? Exclusion.Retired
            : Exclusions.OfRequest(model, _shortIds[row], needs, at) is not Exclusion.None and var why ? why
            : usable is not null && !usable(_deployments[row]) ? Exclusion.Unhealthy
            : needs.DeadlineMs is { } deadline && _expectedMs?.Invoke(_deployments[row], needs.Streams) > deadline ? Exclusion.TooSlow
            : Exclusion.None;
    }

    private CandidateOrder OrderOf(Tier tier, RoutingProfile profile, in RouteNeeds needs, DateTimeOffset at)
    {
        var share = NearestShare(needs);
        if (needs.PromptTokens > _longPrompt)
        {
            // Some models cost more from here on. So long a prompt takes seconds upstream; sorting for it alone takes microseconds.
            return CandidateOrder.Sort(_models, _eligible[(int)tier], profile, InputShares[share], at, needs.PromptTokens, _mix, needs.Task);
        }

        var period = 0;
        while (period < _priceChanges.Length && _priceChanges[period] <= at)
        {
            period++;
        }

        // Two calls may sort the same slot at once; both come to the same order.
        var set = _mixed[(int)needs.Task];
        ref var slot = ref _orders[(((((((set * (_priceChanges.Length + 1)) + period) * Tiers) + (int)tier) * Profiles) + (int)profile) * InputShares.Length) + share];
        return slot ??= CandidateOrder.Sort(
            _models, _eligible[(int)tier], profile, InputShares[share], period == 0 ? DateTimeOffset.MinValue : _priceChanges[period - 1], promptTokens: 0,
            _mix, needs.Task);
    }

    private static int NearestShare(in RouteNeeds needs)
    {
        var output = Math.Min(needs.MaxOutputTokens ?? RoutingSettings.TypicalOutputTokens, RoutingSettings.TypicalOutputTokens);
        var share = needs.PromptTokens / (double)Math.Max(1, needs.PromptTokens + output);
        return share < 0.35 ? 0 : share < 0.65 ? 1 : share < 0.9 ? 2 : 3;
    }

    private static bool IsRoutable(ModelEntry model) => model.Mode is ModelMode.Chat;

    private static bool IsRetired(ModelEntry model, DateTimeOffset at) =>
        model.DeprecationDate is { } date && DateOnly.FromDateTime(at.UtcDateTime) >= date;

    private static string ReasonFor(Tier tier, Tier asked, RoutingProfile profile) => (tier == asked, profile) switch
    {
        (true, RoutingProfile.Budget) => "cheapest input price of its tier",
        (true, RoutingProfile.Balanced) => "most quality per dollar of its tier",
        (true, RoutingProfile.Quality) => "highest quality of its tier",
        (false, RoutingProfile.Budget) => $"no {asked.Text()} model can take it; cheapest input price of {tier.Text()}",
        (false, RoutingProfile.Balanced) => $"no {asked.Text()} model can take it; most quality per dollar of {tier.Text()}",
        (false, RoutingProfile.Quality) => $"no {asked.Text()} model can take it; highest quality of {tier.Text()}",
    };
}
