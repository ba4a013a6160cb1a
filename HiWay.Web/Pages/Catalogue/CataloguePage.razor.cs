using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;
using HiWay.Web.Components;
using HiWay.Web.Pages.Models;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Catalogue;

/// <summary>For the operator of the installation: the catalogue as shipped, what is overridden of it, and what was added.</summary>
public sealed partial class CataloguePage : OperatorPage
{
    private Remote<IReadOnlyList<OperatorModelView>> _models = Remote<IReadOnlyList<OperatorModelView>>.Loading;
    private CatalogueFilter _filter = CatalogueFilter.Of(null, null, null, null);
    private List<OperatorModelView> _shown = [];
    private OperatorModelView? _open;
    private AddForm? _adding;
    private DateTimeOffset _now;

    // While somebody types, the field is ahead of the address and must not be set back by it.
    private string _typed = "";
    private bool _typing;

    [Inject] public required NotificationService Toasts { get; init; }

    [SupplyParameterFromQuery] public string? Search { get; set; }

    [SupplyParameterFromQuery] public string? Provider { get; set; }

    [SupplyParameterFromQuery(Name = "tier")] public string? TierName { get; set; }

    [SupplyParameterFromQuery(Name = "show")] public string? Kind { get; set; }

    /// <summary>The model whose values are open.</summary>
    [SupplyParameterFromQuery(Name = "model")] public string? ModelId { get; set; }

    private (string Title, string Text) Nothing => _filter switch
    {
        { Kind: "overridden", Search: "", Provider: null, Tier: null } => ("Nothing is overridden", "Every model has the values that HiWay ships. Open one to change it."),
        { Kind: "added", Search: "", Provider: null, Tier: null } => ("No model has been added", "For models that a built-in provider serves and HiWay does not ship yet."),
        _ => ("No model matches", "Try fewer filters or another word."),
    };

    protected override async Task LoadAsync(CancellationToken stop)
    {
        _now = Clock.GetUtcNow();
        _filter = CatalogueFilter.Of(Search, Provider, TierName, Kind);
        _typed = _typing ? _typed : _filter.Search;
        if (_models.Value is null || _models.Problem is not null)
        {
            _models = await ReadAsync(_models, _ => Models.ListAsync(stop));
        }

        Show();
    }

    private void Show()
    {
        _shown = _models.Value is { } all ? [.. _filter.Apply(all)] : [];
        _open = ModelId is { } id ? _models.Value?.FirstOrDefault(model => model.Entry.Id == id) : null;
    }

    private async Task ReadAgainAsync()
    {
        _models = await ReadAsync(_models, _ => Models.ListAsync(Closed));
        Show();
        StateHasChanged();   // the dialogs call what leads here, so no event of this page draws it
    }

    private async Task<Refusal?> ChangeAsync(OperatorModelView model, Func<ModelOverride, ModelOverride> change)
    {
        var changed = await TryAsync(actor => Models.OverrideAsync(actor, model.Entry.Id, change, Closed));
        if (changed.Refusal is { } no)
        {
            return no;
        }

        Toasts.Done(changed.Value.Overrides is null && model.Overrides is not null ? $"{changed.Value.Entry.Name}: override removed" : $"{changed.Value.Entry.Name} saved");
        CloseModel();
        await ReadAgainAsync();
        return null;
    }

    private async Task<Refusal?> AddAsync(AddedModel asked)
    {
        var added = await TryAsync(actor => Models.PutAsync(actor, asked, Closed));
        if (added.Refusal is { } no)
        {
            return no;
        }

        Toasts.Done($"{added.Value.Entry.Name} {(_adding?.EditedId is null ? "added" : "saved")}");
        _adding = null;
        await ReadAgainAsync();
        return null;
    }

    private void EditAdded()
    {
        _adding = _open is { Own: true } added ? new AddForm(added, _now) : null;
        CloseModel();
    }

    private bool IsThere(string id) => _models.Value?.Any(model => model.Entry.Id == id) is true;

    private void FollowTyping() => Go(_filter with { Search = _typed });

    private void Go(CatalogueFilter filter) => Navigation.NavigateTo(Address(filter, null), replace: true);

    private void Open(OperatorModelView model) => Navigation.NavigateTo(Address(_filter, model.Entry.Id));

    private void CloseModel() => Navigation.NavigateTo(Address(_filter, null));

    private string Address(CatalogueFilter filter, string? modelId) => Navigation.GetUriWithQueryParameters("/admin/models", new Dictionary<string, object?>
    {
        ["search"] = filter.Search.Length > 0 ? filter.Search : null,
        ["provider"] = filter.Provider,
        ["tier"] = filter.Tier?.Text(),
        ["show"] = filter.Kind,
        ["model"] = modelId,
    });

    private TokenPrice? Price(ModelEntry entry) => PriceRules.PriceAt(entry.Prices, _now, 0);

    private static string Text(decimal? usd) => usd is null ? Format.None : ModelPrices.Text(usd);

    private static string? Value(ChangeEventArgs change) => change.Value as string is { Length: > 0 } value ? value : null;
}
