using HiWay.Domain.Accounts;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Catalogue;
using HiWay.Web.Components;
using Microsoft.AspNetCore.Components;

namespace HiWay.Web.Pages.Models;

/// <summary>The catalogue through the eyes of the workspace.</summary>
public sealed partial class ModelsPage : DashboardPage
{
    private Remote<IReadOnlyList<ModelView>> _models = Remote<IReadOnlyList<ModelView>>.Loading;
    private ModelFilter _filter = new();
    private List<ModelView> _shown = [];
    private ModelView? _open;
    private bool _mayManage;
    private DateTimeOffset _now;
    private DateOnly _today;

    // While somebody types, the field is ahead of the address and must not be set back by it.
    private string _typed = "";
    private bool _typing;

    [Inject] public required IModels Models { get; init; }

    [SupplyParameterFromQuery] public string? Search { get; set; }

    [SupplyParameterFromQuery] public string? Provider { get; set; }

    [SupplyParameterFromQuery(Name = "tier")] public string? TierName { get; set; }

    [SupplyParameterFromQuery] public string? Capability { get; set; }

    [SupplyParameterFromQuery] public string? Endpoint { get; set; }

    [SupplyParameterFromQuery] public bool? Callable { get; set; }

    [SupplyParameterFromQuery] public string? Order { get; set; }

    /// <summary>The model whose details are open.</summary>
    [SupplyParameterFromQuery(Name = "model")] public string? ModelId { get; set; }

    private string CapabilityName => ModelFilter.Capabilities.FirstOrDefault(c => c.Value == _filter.Capability && c.Value != ModelCapabilities.None).Name ?? "";

    private string OrderName => ModelFilter.Orders.First(o => o.Value == _filter.Order).Name;

    protected override async Task LoadAsync(CancellationToken stop)
    {
        _now = Clock.GetUtcNow();
        _today = DateOnly.FromDateTime(_now.UtcDateTime);
        _filter = ModelFilter.Of(Search, Provider, TierName, Capability, Callable, Order, Endpoint);
        _typed = _typing ? _typed : _filter.Search;
        if (_models.Value is null || _models.Problem is not null)
        {
            _mayManage = await Current.GetAsync(stop) is { } actor && RoleRules.Allows(actor.Role, Permission.ManageWorkspace);
            _models = await ReadAsync(_models, actor => Models.ListAsync(actor, stop));
        }

        Show();
    }

    private void Show()
    {
        _shown = _models.Value is { } all ? [.. _filter.Apply(all, _now)] : [];
        _open = ModelId is { } id ? _models.Value?.FirstOrDefault(m => m.Entry.Id == id) : null;
    }

    private void FollowTyping() => Go(_filter with { Search = _typed });

    private void Go(ModelFilter filter) => Navigation.NavigateTo(Address(filter, null), replace: true);

    private void Open(ModelView model) => Navigation.NavigateTo(Address(_filter, model.Entry.Id));

    private void CloseModel() => Navigation.NavigateTo(Address(_filter, null));

    private async Task OnChangedAsync(ModelView changed)
    {
        _models = await ReadAsync(_models, actor => Models.ListAsync(actor, Closed));
        Show();
    }

    private string Address(ModelFilter filter, string? modelId) => Navigation.GetUriWithQueryParameters("/models", new Dictionary<string, object?>
    {
        ["search"] = filter.Search.Length > 0 ? filter.Search : null,
        ["provider"] = filter.Provider,
        ["tier"] = filter.Tier?.Text(),
        ["capability"] = ModelFilter.Capabilities.FirstOrDefault(c => c.Value == filter.Capability && c.Value != ModelCapabilities.None).Name,
        ["endpoint"] = filter.Endpoint,
        ["callable"] = filter.OnlyCallable ? true : null,
        ["order"] = filter.Order is ModelOrder.CallableFirst ? null : ModelFilter.Orders.First(o => o.Value == filter.Order).Name,
        ["model"] = modelId,
    });

    private static string? Value(ChangeEventArgs change) => change.Value as string is { Length: > 0 } value ? value : null;

    private static string Price(decimal? usd) => usd is null ? Format.None : ModelPrices.Text(usd);
}
