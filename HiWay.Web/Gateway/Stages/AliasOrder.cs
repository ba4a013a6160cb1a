using HiWay.Domain.Budgets;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Fallback;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Domain.Routing.Replay;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Models;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// Whom an alias of several models tries for one call: its models in their order, tiers among them as the router chooses, at most three.
/// Models that cannot take the request, or are failing now, are passed over where another can.
/// </summary>
internal sealed class AliasOrder(GatewayCall call, ModelAlias<Deployment> alias, IReadOnlyList<ModelEntry> catalogue)
{
    private readonly int _most = call.Key.Fallback ? FailureRules.MaxAttempts : 1;
    private readonly List<string> _passedOver = [];
    private GatewayError? _forbidden;
    private RouteFeatures? _features;
    private bool _somebodyUnwell;
    private bool _allTooLong = true;
    private bool _allTooDear = true;
    private decimal _cheapestUsd = decimal.MaxValue;

    public List<Deployment> Chain { get; } = [];

    public RouteNeeds Needs { get; } = ChooseChain.NeedsOf(call, call.Body.Facts());

    public RoutingProfile Profile { get; } = ChooseChain.ProfileOf(call);

    /// <summary>What the analyzers say, where `auto` is in the list and was reached.</summary>
    public RouteDecision? Decision { get; private set; }

    /// <summary>What the log keeps: the analyzers' reading, where `auto` or a tier of the list was reached; null where models alone decided.</summary>
    public LoggedDecision? Logged() => _features is not { } features ? null : new()
    {
        Features = features,
        Needs = Needs with { Task = features.Task },
        Budget = call.TierVerdict,
        Profile = Profile,
        ProfileIsTheCallers = call.Body.Extras.Profile is not null || call.Key.Profile is not null,
        ThroughAlias = true,
        SomebodyWasUnwell = _somebodyUnwell || call.Deadline is not null,
        WeightThousandths = LoggedDecision.ThousandthsOf(call.Workspace.Routing),
    };

    public string Reason => $"The alias '{alias.Name}' lists what is tried, in its order{(_passedOver.Count > 0 ? $"; {string.Join(", ", _passedOver)}" : "")}.";

    /// <summary>Fills the chain; the refusal when nobody is in it.</summary>
    /// <param name="now">UTC ticks, for health.</param>
    public GatewayError? Find(long now)
    {
        var unwell = new List<Deployment>();
        foreach (var target in alias.Targets)
        {
            if (Chain.Count == _most)
            {
                break;
            }

            if (target.Deployment is not { } named)
            {
                AddTier(target, now);
            }
            else if (CanTake(named))
            {
                var slow = named.Health?.ExpectedMs(Needs.Streams) > Needs.DeadlineMs;
                if (!slow && named.IsUsable(now))
                {
                    Add(named);
                }
                else
                {
                    unwell.Add(named);
                    _passedOver.Add(slow ? $"{named.Model.Id} takes longer than deadline_ms lately" : $"{named.Model.Id} is failing now");
                }
            }
        }

        if (Chain.Count == 0)
        {
            // Nobody is well, or fast enough. Asking all the same is better than a refusal that the caller cannot mend.
            unwell.ForEach(Add);
        }

        return Chain.Count > 0 ? null : Nobody();
    }

    private bool CanTake(Deployment named)
    {
        if (ModelAccess.Refusal(call, named.Model) is { } forbidden)
        {
            _forbidden ??= forbidden;
            _allTooLong = _allTooDear = false;
            _passedOver.Add($"{named.Model.Id} may not be used");
            return false;
        }

        var why = !named.Model.Serves(TierPlacement.ChatEndpoint) && !named.ServesResponses ? Exclusion.Unavailable : Exclusions.OfNamed(named.Model, Needs, call.ArrivedAt);
        if (why is not Exclusion.None)
        {
            _allTooLong &= why is Exclusion.ContextTooSmall;
            _allTooDear &= why is Exclusion.TooDear;
            _cheapestUsd = why is Exclusion.TooDear ? Math.Min(_cheapestUsd, WorstCase.Of(call, named)) : _cheapestUsd;
            _passedOver.Add($"{named.Model.Id} cannot take it: {why.Text()}");
            return false;
        }

        return true;
    }

    private void AddTier(in AliasTarget<Deployment> target, long now)
    {
        _allTooLong = _allTooDear = false;
        if (target.IsMissing)
        {
            _passedOver.Add($"{target.Name} cannot be called here");
            return;
        }

        if (_features is null)
        {
            Router.Read(call.Body.Facts(), out var read);
            _features = read;
        }

        var features = _features.Value;
        var asked = target.Tier ?? (Decision ??= Router.Decide(features, call.Workspace.Routing)).Tier;
        var tier = BudgetRules.TierUnder(call.TierVerdict, asked);
        var chain = call.Workspace.Candidates.Choose(tier, Profile, Needs with { Task = features.Task }, call.ArrivedAt, _most, [], IsWell);
        if (chain.IsEmpty)
        {
            _passedOver.Add($"no model of {asked.Text()} can take it");
        }

        foreach (var deployment in chain.Attempts)
        {
            Add(deployment);
        }

        bool IsWell(Deployment deployment)
        {
            var usable = deployment.IsUsable(now);
            _somebodyUnwell |= !usable;
            return usable;
        }
    }

    private void Add(Deployment deployment)
    {
        if (Chain.Count < _most && !Chain.Contains(deployment))
        {
            Chain.Add(deployment);
        }
    }

    private GatewayError Nobody()
    {
        if (_allTooLong && alias.Targets.Count > 0)
        {
            return new GatewayError(GatewayErrorKind.ContextLengthExceeded, $"The prompt and its answer are longer than any model of the alias '{alias.Name}' takes.", "messages");
        }

        if (_allTooDear && Needs.MaxCostUsd is { } limit && alias.Targets.Count > 0)
        {
            return BudgetErrors.TooDear(_cheapestUsd, limit);
        }

        var missing = alias.Targets.Where(target => target.IsMissing).Select(target => call.Workspace.Resolve(target.Name, catalogue).Provider).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        if (missing.Count == 0 && _forbidden is { } forbidden)
        {
            return forbidden;
        }

        return new GatewayError(GatewayErrorKind.ProviderNotConfigured,
            $"No model of the alias '{alias.Name}' can take this request: {string.Join("; ", _passedOver.DefaultIfEmpty("it lists none"))}."
            + (missing.Count > 0 ? $" Add a key for {string.Join(" or ", missing)} under Settings > Providers." : " An admin can change the alias under Routing."), "model")
        {
            Details = [new("tier", null), new("missing_providers", (IEnumerable<string>)missing)],
        };
    }
}
