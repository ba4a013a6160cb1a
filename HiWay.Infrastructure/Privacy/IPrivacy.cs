using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;

namespace HiWay.Infrastructure.Privacy;

public sealed record CustomPatternView(string Name, string Pattern);

/// <summary>A workspace's masking as shown.</summary>
public sealed record PrivacyView(
    bool Enabled, string Scope, bool Restore, IReadOnlyList<string> Families, IReadOnlyList<string> KeyPrefixes, IReadOnlyList<CustomPatternView> CustomPatterns);

/// <summary>What to set; null leaves a field as it is.</summary>
public sealed record PrivacyPatch(
    bool? Enabled = null, string? Scope = null, bool? Restore = null, IReadOnlyList<string>? Families = null, IReadOnlyList<string>? KeyPrefixes = null,
    IReadOnlyList<CustomPatternView>? CustomPatterns = null);

/// <summary>One value that masking found.</summary>
/// <param name="Start">Unicode code points from the text's beginning.</param>
/// <param name="StartUtf16">The same in UTF-16 units.</param>
public sealed record PreviewFinding(string Family, string Type, string Placeholder, string Value, int Start, int End, int StartUtf16, int EndUtf16);

/// <param name="Masked">The text with placeholders.</param>
public sealed record PrivacyPreview(string Masked, IReadOnlyList<PreviewFinding> Findings);

/// <summary>Masking of personal data and secrets.</summary>
public interface IPrivacy
{
    Task<Outcome<PrivacyView>> GetAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<PrivacyView>> UpdateAsync(Actor actor, PrivacyPatch patch, CancellationToken cancellationToken);

    /// <summary>What masking would make of a text, with saved settings or with ones that are only tried; stores nothing.</summary>
    Task<Outcome<PrivacyPreview>> PreviewAsync(Actor actor, string? text, PrivacyPatch tried, CancellationToken cancellationToken);
}
