using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Keys;

namespace HiWay.Web.Pages.Onboarding;

/// <summary>How far a workspace has come, read from what it really has.</summary>
public sealed record OnboardingState(IReadOnlyList<ProviderView> Providers, IReadOnlyList<KeyView> Keys)
{
    private IReadOnlyList<ProviderView> Connected => [.. Providers.Where(provider => provider.Status == "enabled")];

    private IReadOnlyList<KeyView> Active => [.. Keys.Where(key => key.Status == "active")];

    public bool HasProvider => Connected.Count > 0;

    public bool HasKey => Active.Count > 0;

    public string ProviderSummary => string.Join(", ", Connected.Select(provider => provider.Name));

    public string? KeySummary => Active.Count == 0 ? null : string.Join(", ", Active.Take(3).Select(key => key.Name)) + (Active.Count > 3 ? $" and {Active.Count - 3} more" : "");

    /// <summary>
    /// What the snippet asks for: routed by HiWay, unless the only providers are custom ones. Their models carry no measured
    /// quality or price yet, so a first call names one.
    /// </summary>
    public string FirstModel => Connected.Count > 0 && Connected.All(provider => provider.Custom) && Connected[0].Models is [var model, ..]
        ? $"{Connected[0].Provider}/{model}"
        : "auto";
}
