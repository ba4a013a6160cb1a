using HiWay.Domain.Privacy;
using HiWay.Domain.Routing;

namespace HiWay.Domain.Shield;

/// <summary>
/// Everything the Shield has to say of a prompt or an answer. Attacks are looked for in what users and tools say: a system prompt is the
/// workspace's own and full of orders. Secrets are looked for everywhere.
/// </summary>
public static class PromptJudge
{
    /// <summary>Threats below it are not worth a line.</summary>
    public const double LeastScore = 0.6;

    private const double SecretScore = 0.99;
    private const double CertainPii = 0.95;   // a checksum agrees
    private const double LikelyPii = 0.6;     // an address or a number that people do hand out

    private static readonly CleanTexts s_clean = new();

    /// <summary>Nothing was found in this text when it was last looked at; it need not be looked at again.</summary>
    /// <param name="json">The inside of a JSON string, escapes still in it.</param>
    public static bool IsKnownClean(PromptRole role, ReadOnlySpan<byte> json, out TextDigest digest)
    {
        digest = TextDigest.Of(json, IsOutside(role));
        return s_clean.Holds(digest);
    }

    /// <summary>
    /// Threats with a score of <see cref="LeastScore"/> or more, the highest first. A text with a fingerprint is not looked at when it is
    /// <see cref="IsKnownClean">known</see>.
    /// </summary>
    /// <param name="masked">Families that masking takes out before anything leaves; they are no threat.</param>
    public static List<Threat> Judge(PromptCopy prompt, IReadOnlyList<PiiFamily> masked)
    {
        var threats = new List<Threat>();
        var attack = default(Threat);
        List<PiiFinding>? secrets = null, personal = null;
        for (var i = 0; i < prompt.Count; i++)
        {
            var role = prompt.RoleOf(i);
            var outside = IsOutside(role);
            if (prompt.DigestOf(i) is { } known && s_clean.Holds(known))
            {
                continue;
            }

            var seen = outside ? ShieldDetector.Judge(prompt[i]) : default;
            if (seen.Score > attack.Score)
            {
                attack = seen;
            }

            List<PiiFinding>? found = null;
            PiiScanner.Everything.Scan(prompt[i], ref found);
            if (found is null or { Count: 0 } && seen.Score < LeastScore && prompt.DigestOf(i) is { } digest)
            {
                s_clean.Add(digest);
            }

            foreach (var finding in found ?? [])
            {
                if (finding.Family == PiiFamily.ApiKey)
                {
                    (secrets ??= []).Add(finding);
                }
                else if (outside && !masked.Contains(finding.Family))
                {
                    (personal ??= []).Add(finding);
                }
            }
        }

        Add(threats, attack);
        AddData(threats, secrets, personal);
        threats.Sort(static (one, other) => other.Score.CompareTo(one.Score));
        return threats;
    }

    /// <summary>Secrets in an answer.</summary>
    public static List<Threat> JudgeAnswer(PromptCopy answer)
    {
        var threats = new List<Threat>();
        List<PiiFinding>? secrets = null;
        for (var i = 0; i < answer.Count; i++)
        {
            PiiScanner.Secrets.Scan(answer[i], ref secrets);
        }

        AddData(threats, secrets, null);
        return threats;
    }

    /// <summary>The threat that a secret is, wherever it was seen.</summary>
    public static Threat OfSecrets(IEnumerable<PiiFinding> secrets) => new(ThreatType.Secrets, SecretScore, Kinds(secrets));

    private static bool IsOutside(PromptRole role) => role is PromptRole.User or PromptRole.Tool;

    private static void AddData(List<Threat> threats, List<PiiFinding>? secrets, List<PiiFinding>? personal)
    {
        if (secrets is { Count: > 0 })
        {
            threats.Add(OfSecrets(secrets));
        }

        if (personal is { Count: > 0 })
        {
            // Several kinds together say more of a person than each alone.
            var harmless = 1.0;
            foreach (var family in personal.Select(finding => finding.Family).Distinct())
            {
                harmless *= 1 - (family is PiiFamily.Card or PiiFamily.Iban ? CertainPii : LikelyPii);
            }

            threats.Add(new(ThreatType.Pii, 1 - harmless, Kinds(personal)));
        }
    }

    private static void Add(List<Threat> threats, Threat threat)
    {
        if (threat.Score >= LeastScore)
        {
            threats.Add(threat);
        }
    }

    private static string Kinds(IEnumerable<PiiFinding> findings) => string.Join(", ", findings.Select(finding => finding.Type).Distinct().Order(StringComparer.Ordinal));
}
