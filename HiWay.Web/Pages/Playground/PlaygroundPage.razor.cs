using System.Globalization;
using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Catalogue;
using HiWay.Web.Components.Choosing;
using HiWay.Web.Gateway;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace HiWay.Web.Pages.Playground;

/// <summary>A conversation with a model, along the gateway's own path.</summary>
public sealed partial class PlaygroundPage : DashboardPage, IAsyncDisposable
{
    /// <summary>How often a growing answer is drawn; faster than this nobody reads.</summary>
    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(80);

    private static readonly string[] Ideas =
    [
        "Is this review positive or negative? “Arrived late, but I love it.”",
        "Write a C# method that merges two sorted lists, with tests.",
        "Compare three ways to shard a PostgreSQL database, in a table.",
    ];

    private static readonly string[] PictureIdeas = ["A lighthouse at dusk, in watercolour.", "A logo for a bakery: a loaf and a sun.", "An isometric city block in winter."];

    private readonly PlaygroundChat _chat = new();
    private IReadOnlyList<Choice> _choices = [];
    private ElementReference _element;
    private IJSObjectReference? _script;
    private IJSObjectReference? _attached;
    private CancellationTokenSource? _running;
    private string _draft = "";
    private bool _ready;
    private bool _hasProvider;
    private bool _mayCall;
    private bool _showsCode;
    private bool _explains;
    private bool _grown;
    private bool _sending;
    private bool _attaching;
    private int _version;

    [Inject] public required IPlayground Playground { get; init; }

    [Inject] public required IModels Models { get; init; }

    [Inject] public required IJSRuntime Js { get; init; }

    /// <summary>What to ask; links elsewhere set it.</summary>
    [SupplyParameterFromQuery] public string? Model { get; set; }

    /// <summary>The API that is spoken; see <see cref="PlaygroundApis"/>.</summary>
    [SupplyParameterFromQuery] public string? Api { get; set; }

    protected override async Task LoadAsync(CancellationToken stop)
    {
        _mayCall = await Current.GetAsync(stop) is { } who && RoleRules.Allows(who.Role, Permission.UsePlayground);
        var models = await TryAsync(actor => Models.ListAsync(actor, stop));
        IReadOnlyList<ModelView> all = models.Succeeded ? models.Value : [];
        _chat.Api = PlaygroundApis.Of(Api);
        var pictures = _chat.Api == PlaygroundApis.Images;
        _choices = pictures ? ModelChoices.ForImages(all) : ModelChoices.ForChat(all);
        _hasProvider = all.Any(m => m.Callable && (!pictures || m.Entry.Mode is ModelMode.Image));
        _chat.Model = Model is { Length: > 0 } wanted ? wanted : _hasProvider ? _choices[0].Value : ModelChoices.Test.Value;
        _ready = true;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // Decided before the first wait: a second drawing meanwhile would attach a second time, and Enter would send twice.
        if (!_attaching && RendererInfo.IsInteractive)
        {
            _attaching = true;
            _script = await Js.InvokeAsync<IJSObjectReference>("import", "/js/playground.js");
            _attached = await _script.InvokeAsync<IJSObjectReference>("attach", _element);
            StateHasChanged();
        }
    }

    /// <summary>Before the script listens, Enter would start a new line instead of sending.</summary>
    private bool MayWrite => _ready && _mayCall && _attached is not null;

    private void ChooseModel(string model) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("model", model), replace: true);

    /// <summary>Pictures have models of their own; between the dialects of a conversation the model stays.</summary>
    private void ChooseApi(PlaygroundApi api)
    {
        var keepsModel = (api == PlaygroundApis.Images) == (_chat.Api == PlaygroundApis.Images);
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
        {
            ["api"] = api == PlaygroundApis.Chat ? null : api.Id,
            ["model"] = keepsModel ? Model : null,
        }), replace: true);
    }

    private void SetTemperature(string? moved) =>
        _chat.Temperature = double.TryParse(moved, NumberStyles.Float, CultureInfo.InvariantCulture, out var degrees) ? degrees : null;

    private async Task SendAsync(string question)
    {
        if (_sending || string.IsNullOrWhiteSpace(question))
        {
            return;
        }

        _sending = true;
        try
        {
            if (await Current.GetAsync(Closed) is { } actor)
            {
                await AskAsync(actor, question);
            }
        }
        finally
        {
            _sending = false;
        }
    }

    private async Task AskAsync(Actor actor, string question)
    {
        var body = _chat.Body(question);
        var turn = new PlaygroundTurn(question.Trim(), _chat.Model);
        _chat.Turns.Add(turn);
        _draft = "";
        using var running = CancellationTokenSource.CreateLinkedTokenSource(Closed);
        _running = running;
        var drawing = DrawWhileAsync(turn);
        try
        {
            await ReadAsync(turn, actor, _chat.Api.Endpoint, body, running.Token);
        }
        finally
        {
            _running = null;
            turn.Running = false;
            _version++;
            await drawing;
        }
    }

    private async Task ReadAsync(PlaygroundTurn turn, Actor actor, string endpoint, byte[] body, CancellationToken stop)
    {
        var started = Clock.GetTimestamp();
        try
        {
            await foreach (var part in Playground.RunAsync(actor, endpoint, body, stop))
            {
                if (turn.Answer.Apply(part.Json))
                {
                    turn.FirstWord ??= Clock.GetElapsedTime(started);
                }

                _grown = true;
            }
        }
        catch (OperationCanceledException)
        {
            turn.Stopped = true;
        }
        catch (JsonException)
        {
            turn.Answer.Fail("The answer broke off in a way that cannot be read.");
        }

        turn.Took = Clock.GetElapsedTime(started);
    }

    /// <summary>Draws a few times a second while words come in, so that a fast model does not flood the connection.</summary>
    private async Task DrawWhileAsync(PlaygroundTurn turn)
    {
        using var timer = new PeriodicTimer(DrawEvery);
        while (turn.Running && await timer.WaitForNextTickAsync())
        {
            if (_grown)
            {
                _grown = false;
                _version++;
                StateHasChanged();
            }
        }
    }

    private void Stop() => _running?.Cancel();

    private void StartAnew()
    {
        Stop();
        _chat.Turns.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        Dispose();
        try
        {
            if (_attached is not null)
            {
                await _attached.InvokeVoidAsync("dispose");
                await _attached.DisposeAsync();
            }

            if (_script is not null)
            {
                await _script.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The circuit is gone, and the script with it.
        }
    }
}
