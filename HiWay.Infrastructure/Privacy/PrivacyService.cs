using System.Text;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Privacy;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Privacy;

/// <inheritdoc cref="IPrivacy"/>
internal sealed class PrivacyService(IDbContextFactory<HiWayDb> contexts, IAuditLog audit, ISnapshots snapshots) : IPrivacy
{
    private const int MaxPatterns = 20;
    private const int MaxPatternLength = 500;
    private const int MaxPrefixes = 50;
    private const int MaxPreviewChars = 200_000;

    public async Task<Outcome<PrivacyView>> GetAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, actor, cancellationToken) is { } row ? PrivacyShapes.View(row) : PrivacyShapes.Default;
    }

    public async Task<Outcome<PrivacyView>> UpdateAsync(Actor actor, PrivacyPatch patch, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await FindAsync(db, actor, cancellationToken);
        var before = row is null ? PrivacyShapes.Default : PrivacyShapes.View(row);
        var wanted = With(before, patch);
        if (wanted.Refusal is { } wrong)
        {
            return wrong;
        }

        var (old, changed) = AuditChanges.Between(PrivacyShapes.Facts(before), PrivacyShapes.Facts(wanted.Value));
        if (changed.Count > 0)
        {
            if (row is null)
            {
                db.PrivacySettings.Add(row = new PrivacySettingsRow { WorkspaceId = actor.WorkspaceId, Scope = "" });
            }

            PrivacyShapes.Apply(wanted.Value, row);
            audit.Record(db, actor, "privacy.configured", actor.WorkspaceId, "Masking", old, changed);
            await db.SaveChangesAsync(cancellationToken);
            await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
        }

        return wanted.Value;
    }

    public async Task<Outcome<PrivacyPreview>> PreviewAsync(Actor actor, string? text, PrivacyPatch tried, CancellationToken cancellationToken)
    {
        var saved = await GetAsync(actor, cancellationToken);
        if (saved.Refusal is { } refusal)
        {
            return refusal;
        }

        if (text is null or { Length: > MaxPreviewChars })
        {
            return Invalid("text", $"'text' must be a string of at most {MaxPreviewChars} characters.");
        }

        var wanted = With(saved.Value, tried);
        return wanted.Refusal is { } wrong ? wrong : Preview(text, PrivacyShapes.Settings(wanted.Value).Scanner);
    }

    private static Outcome<PrivacyPreview> Preview(string text, PiiScanner scanner)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        List<PiiFinding>? found = null;
        try
        {
            scanner.Scan(bytes, ref found);
        }
        catch (PatternTooSlowException slow)
        {
            return Invalid("custom_patterns", $"The custom pattern '{slow.Pattern}' takes too long on this text. Make it simpler: no nested repeats, no look-around.");
        }

        var values = new MaskedValues(bytes);
        var masked = new StringBuilder();
        var findings = new List<PreviewFinding>();
        var (at, points, units) = (0, 0, 0);
        foreach (var finding in found ?? [])
        {
            var between = Encoding.UTF8.GetString(bytes.AsSpan(at, finding.Start - at));
            var value = bytes.AsSpan(finding.Start, finding.Length);
            var shown = Encoding.UTF8.GetString(value);
            var placeholder = Encoding.UTF8.GetString(values.PlaceholderOf(finding, value));
            (points, units) = (points + Points(between), units + between.Length);
            findings.Add(new(finding.Family.Text(), finding.Type, placeholder, shown, points, points + Points(shown), units, units + shown.Length));
            masked.Append(between).Append(placeholder);
            (points, units, at) = (points + Points(shown), units + shown.Length, finding.End);
        }

        masked.Append(Encoding.UTF8.GetString(bytes.AsSpan(at)));
        return new PrivacyPreview(masked.ToString(), findings);
    }

    private static int Points(string text) => text.EnumerateRunes().Count();

    private static Outcome<PrivacyView> With(PrivacyView before, PrivacyPatch patch)
    {
        if (patch.Scope is { } scope && MaskScopeNames.Parse(scope) is null)
        {
            return Invalid("scope", $"'scope' is '{scope}', not one of cache_only, full.");
        }

        for (var i = 0; i < patch.Families?.Count; i++)
        {
            if (PiiFamilyNames.Parse(patch.Families[i]) is null)
            {
                return Invalid($"families[{i}]", $"'{patch.Families[i]}' is no family. Known are {string.Join(", ", PiiFamilyNames.All)}.");
            }
        }

        if (WrongPrefix(patch.KeyPrefixes) is { } wrongPrefix)
        {
            return wrongPrefix;
        }

        if (WrongPattern(patch.CustomPatterns) is { } wrongPattern)
        {
            return wrongPattern;
        }

        return before with
        {
            Enabled = patch.Enabled ?? before.Enabled,
            Scope = patch.Scope ?? before.Scope,
            Restore = patch.Restore ?? before.Restore,
            Families = patch.Families is { } families ? [.. families.Select(name => PiiFamilyNames.Parse(name)!.Value.Text()).Distinct()] : before.Families,
            KeyPrefixes = patch.KeyPrefixes is { } prefixes ? [.. prefixes.Distinct()] : before.KeyPrefixes,
            CustomPatterns = patch.CustomPatterns ?? before.CustomPatterns,
        };
    }

    private static Refusal? WrongPrefix(IReadOnlyList<string>? prefixes)
    {
        if (prefixes?.Count > MaxPrefixes)
        {
            return Invalid("key_prefixes", $"'key_prefixes' can hold {MaxPrefixes}.");
        }

        for (var i = 0; i < prefixes?.Count; i++)
        {
            if (prefixes[i] is not { Length: >= 3 and <= 32 } prefix || !prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') || !char.IsAsciiLetterOrDigit(prefix[0]))
            {
                return Invalid($"key_prefixes[{i}]", "A prefix has 3 to 32 letters, digits, _ or -, and begins with a letter or digit, such as acme_.");
            }
        }

        return null;
    }

    private static Refusal? WrongPattern(IReadOnlyList<CustomPatternView>? patterns)
    {
        if (patterns?.Count > MaxPatterns)
        {
            return Invalid("custom_patterns", $"'custom_patterns' can hold {MaxPatterns}.");
        }

        for (var i = 0; i < patterns?.Count; i++)
        {
            var (name, pattern) = (patterns[i]?.Name, patterns[i]?.Pattern);
            if (name is not { Length: >= 1 and <= 32 } || !char.IsAsciiLetter(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            {
                return Invalid($"custom_patterns[{i}].name", "A pattern's name has 1 to 32 letters, digits or _, and begins with a letter; it becomes the placeholder.");
            }

            if (PiiFamilyNames.Parse(name.ToLowerInvariant()) is not null || patterns.Take(i).Any(other => string.Equals(other.Name, name, StringComparison.OrdinalIgnoreCase)))
            {
                return Invalid($"custom_patterns[{i}].name", $"The name '{name}' is taken; each pattern needs its own.");
            }

            if (pattern is not { Length: >= 1 and <= MaxPatternLength })
            {
                return Invalid($"custom_patterns[{i}].pattern", $"A pattern has 1 to {MaxPatternLength} characters.");
            }

            try
            {
                CustomPattern.Parse(name, pattern);
            }
            catch (ArgumentException wrong)
            {
                return Invalid($"custom_patterns[{i}].pattern", $"This is no usable regular expression: {wrong.Message}");
            }
        }

        return null;
    }

    private static Task<PrivacySettingsRow?> FindAsync(HiWayDb db, Actor actor, CancellationToken cancellationToken) =>
        db.PrivacySettings.SingleOrDefaultAsync(row => row.WorkspaceId == actor.WorkspaceId, cancellationToken);

    private static Refusal Invalid(string param, string message) => new(RefusalKind.Invalid, message, param);
}
