using HiWay.Infrastructure.Privacy;

namespace HiWay.Web.Management;

/// <summary><c>privacy</c>: what is masked, and how far; <c>privacy/preview</c> shows it on a text without storing anything.</summary>
internal static class PrivacyResource
{
    internal sealed record PatternBody(string? Name = null, string? Pattern = null);

    /// <summary>A field left out stays as it is.</summary>
    internal record SettingsBody
    {
        public bool? Enabled { get; init; }

        public string? Scope { get; init; }

        public bool? Restore { get; init; }

        public IReadOnlyList<string>? Families { get; init; }

        /// <summary>Further prefixes of secrets, such as <c>acme_</c>.</summary>
        public IReadOnlyList<string>? KeyPrefixes { get; init; }

        public IReadOnlyList<PatternBody>? CustomPatterns { get; init; }

        internal PrivacyPatch ToPatch() => new(
            Enabled, Scope, Restore, Families, KeyPrefixes,
            CustomPatterns is null ? null : [.. CustomPatterns.Select(pattern => new CustomPatternView(pattern?.Name ?? "", pattern?.Pattern ?? ""))]);
    }

    /// <summary>A text, and settings to try on it instead of the saved ones.</summary>
    internal sealed record PreviewBody : SettingsBody
    {
        public string? Text { get; init; }
    }

    public static void MapPrivacy(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/privacy", GetAsync);
        workspace.MapPut("/privacy", PutAsync);
        workspace.MapPost("/privacy/preview", PreviewAsync);
    }

    private static async Task<IResult> GetAsync(ManagementCall call, IPrivacy privacy, CancellationToken cancellationToken) =>
        (await privacy.GetAsync(call.Actor, cancellationToken)).Ok();

    private static async Task<IResult> PutAsync(ManagementCall call, JsonBody<SettingsBody> body, IPrivacy privacy, CancellationToken cancellationToken) =>
        (await privacy.UpdateAsync(call.Actor, body.Value.ToPatch(), cancellationToken)).Ok();

    private static async Task<IResult> PreviewAsync(ManagementCall call, JsonBody<PreviewBody> body, IPrivacy privacy, CancellationToken cancellationToken) =>
        (await privacy.PreviewAsync(call.Actor, body.Value.Text, body.Value.ToPatch(), cancellationToken)).Ok();
}
