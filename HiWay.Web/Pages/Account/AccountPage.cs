using HiWay.Domain.Errors;
using HiWay.Web.Accounts;
using Microsoft.AspNetCore.Components;

namespace HiWay.Web.Pages.Account;

/// <summary>What the static account pages share: the request, where to go afterwards, and what was wrong with the form.</summary>
public abstract class AccountPage : ComponentBase
{
    [CascadingParameter] public HttpContext? Context { get; set; }

    [Inject] public required NavigationManager Navigation { get; init; }

    [Inject] public required PublicAddress Address { get; init; }

    /// <summary>These pages are never interactive, so there always is a request.</summary>
    protected HttpContext Http => Context ?? throw new InvalidOperationException("Account pages are rendered for a request.");

    protected FormErrors Errors { get; } = new();

    protected bool IsSignedIn => Http.User.Identity is { IsAuthenticated: true };

    protected string? IpAddress => Http.Connection.RemoteIpAddress?.ToString();

    protected string BaseUrl => Address.For(Http.Request);

    protected void Go(string localUrl) => Navigation.NavigateTo(localUrl);

    /// <summary><c>/login</c> with the way back behind it.</summary>
    protected static string WithReturn(string path, string? returnUrl) =>
        LocalUrl.IsLocal(returnUrl) && returnUrl != "/" ? $"{path}?returnUrl={Uri.EscapeDataString(returnUrl!)}" : path;
}

/// <summary>What was wrong, by the field's name in the API; what belongs to no field stands above the form.</summary>
public sealed class FormErrors
{
    private readonly Dictionary<string, string> _byField = [];

    /// <summary>For the top of the form.</summary>
    public string? Summary { get; private set; }

    public string? this[string field] => _byField.GetValueOrDefault(field);

    public void Add(string message) => Summary = message;

    public void Add(string field, string message) => _byField[field] = message;

    /// <param name="fields">Those that the form shows; a refusal about anything else goes to the top.</param>
    public void Add(Refusal refusal, params ReadOnlySpan<string> fields)
    {
        if (refusal.Param is { } param && fields.Contains(param))
        {
            Add(param, refusal.Message);
        }
        else
        {
            Add(refusal.Message);
        }
    }
}
