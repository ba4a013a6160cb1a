using HiWay.Domain.Errors;
using HiWay.Domain.Metering;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Keys;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;
using HiWay.Web.Components.Snippets;
using Microsoft.AspNetCore.Components;

namespace HiWay.Web.Pages.Onboarding;

public sealed partial class OnboardingGuide : DashboardPage
{
    private Remote<OnboardingState> _state = Remote<OnboardingState>.Loading;
    private LiveUsage? _live;
    private UsageEvent? _first;
    private IssuedKey? _issued;
    private string _keyName = "My first key";
    private string? _keyProblem;
    private bool _testKey;
    private bool _skipped;
    private bool _busy;
    private int _open = 1;

    [Inject] public required ICredentials Credentials { get; init; }

    [Inject] public required IKeys Keys { get; init; }

    [Inject] public required IUsageFeed Feed { get; init; }

    /// <summary>The person has seen the first call and goes on.</summary>
    [Parameter] public EventCallback OnDone { get; set; }

    protected override async Task LoadAsync(CancellationToken stop)
    {
        var first = _state.IsLoading;
        _state = await ReadAsync(_state, actor => ReadStateAsync(actor, stop));
        if (_state.Value is { } state && first)
        {
            _open = state.HasProvider ? state.HasKey ? 3 : 2 : 1;
        }

        if (_live is null && await Current.GetAsync(stop) is { } actor)
        {
            // Soon: this is the moment the whole page waits for.
            _live = new LiveUsage(Feed, actor.WorkspaceId, Clock, TimeSpan.FromMilliseconds(50), batch => InvokeAsync(() => Arrive(batch)));
        }
    }

    protected override void Leave() => _live?.Dispose();

    private async Task<Outcome<OnboardingState>> ReadStateAsync(Domain.Accounts.Actor actor, CancellationToken stop)
    {
        var providers = await Credentials.ListAsync(actor, stop);
        if (providers.Refusal is { } noProviders)
        {
            return noProviders;
        }

        var keys = await Keys.ListAsync(actor, null, 100, stop);
        return keys.Refusal is { } noKeys ? noKeys : new OnboardingState(providers.Value, keys.Value.Data);
    }

    private async Task ProviderConnectedAsync()
    {
        await ReloadAsync();
        _open = _issued is null && _state.Value is not { HasKey: true } ? 2 : 3;
    }

    private void SkipProvider()
    {
        (_skipped, _testKey, _open) = (true, true, 2);
        _keyName = _keyName == "My first key" ? "My test key" : _keyName;
    }

    private async Task CreateKeyAsync()
    {
        if (_busy)
        {
            return;
        }

        (_busy, _keyProblem) = (true, null);
        var created = await TryAsync(actor => Keys.CreateAsync(actor, new KeyDraft { Name = _keyName.Trim(), Test = _testKey }, "dashboard", Closed));
        _busy = false;
        if (created.Refusal is { } refusal)
        {
            _keyProblem = refusal.Message;
            return;
        }

        _issued = created.Value;
        await ReloadAsync();
    }

    private void Arrive(LiveUsage.Batch batch)
    {
        // HiWay's own test of the provider is not the call that the page waits for.
        _first ??= batch.Newest.FirstOrDefault(usage => usage.Dialect != UsageEvent.ProviderTest);
        if (_first is null)
        {
            return;
        }

        _open = 3;
        StateHasChanged();
    }

    private IReadOnlyList<Snippet> SnippetsFor(OnboardingState state) => ChatSnippets.All(new ChatSnippet(Navigation.BaseUri.TrimEnd('/'), state.FirstModel)
    {
        ApiKey = _issued?.Key,
    });
}
