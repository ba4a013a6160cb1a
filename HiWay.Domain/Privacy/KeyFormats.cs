namespace HiWay.Domain.Privacy;

/// <summary>What a key is made of behind its prefix.</summary>
internal enum KeyAlphabet
{
    /// <summary>Letters and digits.</summary>
    Alnum,

    /// <summary>Letters, digits, <c>_</c>, <c>-</c>.</summary>
    Word,

    Hex,

    /// <summary>A-Z and 2-7.</summary>
    Base32,

    /// <summary>Word characters and dots.</summary>
    Dotted,

    /// <summary>Letters, digits, <c>+ / = _ -</c>.</summary>
    Base64,
}

/// <summary>How one vendor's secrets look.</summary>
/// <param name="Type">The name of the finding.</param>
/// <param name="Least">Fewest characters behind the prefix.</param>
/// <param name="Most">Most; a longer run is something else.</param>
internal sealed record KeyFormat(string Type, byte[] Prefix, KeyAlphabet Alphabet, int Least, int Most)
{
    /// <summary>Behind the prefix comes a digit.</summary>
    internal bool DigitFirst { get; init; }

    internal bool Allows(byte b) => Alphabet switch
    {
        KeyAlphabet.Alnum => Bytes.IsAlnum(b),
        KeyAlphabet.Word => Bytes.IsWord(b),
        KeyAlphabet.Hex => Bytes.IsHex(b),
        KeyAlphabet.Base32 => Bytes.IsUpper(b) || b is >= (byte)'2' and <= (byte)'7',
        KeyAlphabet.Dotted => Bytes.IsWord(b) || b == (byte)'.',
        KeyAlphabet.Base64 => Bytes.IsWord(b) || b is (byte)'+' or (byte)'/' or (byte)'=',
    };
}

/// <summary>
/// Secrets that show by their prefix. Prefixes and lengths are the vendors' published formats as collected by gitleaks (MIT) and
/// detect-secrets (Apache-2.0); where a vendor has lengthened its keys over time, longer ones are taken too.
/// </summary>
internal static class KeyFormats
{
    private const int Any = 512;

    /// <summary>
    /// Longer prefixes before the shorter ones that they begin with. None that ordinary words begin with (<c>pat</c>, <c>key-</c>): streams
    /// wait at the beginning of a prefix.
    /// </summary>
    internal static IReadOnlyList<KeyFormat> All { get; } =
    [
        Of("anthropic_api_key", "sk-ant-", KeyAlphabet.Word, 32, Any),
        Of("openrouter_api_key", "sk-or-v1-", KeyAlphabet.Hex, 32, 64),
        Of("openai_api_key", "sk-proj-", KeyAlphabet.Word, 24, Any),
        Of("openai_api_key", "sk-svcacct-", KeyAlphabet.Word, 24, Any),
        Of("openai_api_key", "sk-admin-", KeyAlphabet.Word, 24, Any),
        Of("openai_api_key", "sk-", KeyAlphabet.Word, 20, Any),
        Of("hiway_api_key", "hw_live_", KeyAlphabet.Hex, 32, 32),
        Of("hiway_api_key", "hw_test_", KeyAlphabet.Hex, 32, 32),
        Of("github_token", "ghp_", KeyAlphabet.Alnum, 36, 255),
        Of("github_token", "gho_", KeyAlphabet.Alnum, 36, 255),
        Of("github_token", "ghu_", KeyAlphabet.Alnum, 36, 255),
        Of("github_token", "ghs_", KeyAlphabet.Alnum, 36, 255),
        Of("github_token", "ghr_", KeyAlphabet.Alnum, 36, 255),
        Of("github_token", "github_pat_", KeyAlphabet.Word, 59, 255),
        Of("gitlab_token", "glpat-", KeyAlphabet.Dotted, 20, Any),
        Of("slack_token", "xoxb-", KeyAlphabet.Word, 24, Any) with { DigitFirst = true },
        Of("slack_token", "xoxp-", KeyAlphabet.Word, 24, Any) with { DigitFirst = true },
        Of("slack_token", "xoxa-", KeyAlphabet.Word, 24, Any) with { DigitFirst = true },
        Of("slack_token", "xoxo-", KeyAlphabet.Word, 24, Any) with { DigitFirst = true },
        Of("slack_token", "xoxs-", KeyAlphabet.Word, 24, Any) with { DigitFirst = true },
        Of("slack_token", "xoxr-", KeyAlphabet.Word, 24, Any) with { DigitFirst = true },
        Of("slack_token", "xoxe-", KeyAlphabet.Word, 24, Any) with { DigitFirst = true },
        Of("slack_token", "xoxe.xox", KeyAlphabet.Word, 24, Any),
        Of("slack_token", "xapp-", KeyAlphabet.Word, 24, Any) with { DigitFirst = true },
        Of("stripe_secret_key", "sk_live_", KeyAlphabet.Alnum, 10, 255),
        Of("stripe_secret_key", "sk_test_", KeyAlphabet.Alnum, 10, 255),
        Of("stripe_secret_key", "sk_prod_", KeyAlphabet.Alnum, 10, 255),
        Of("stripe_secret_key", "rk_live_", KeyAlphabet.Alnum, 10, 255),
        Of("stripe_secret_key", "rk_test_", KeyAlphabet.Alnum, 10, 255),
        Of("stripe_secret_key", "rk_prod_", KeyAlphabet.Alnum, 10, 255),
        Of("stripe_webhook_secret", "whsec_", KeyAlphabet.Base64, 24, 128),
        Of("google_api_key", "AIza", KeyAlphabet.Word, 35, 35),
        Of("google_oauth_secret", "GOCSPX-", KeyAlphabet.Word, 24, 64),
        Of("groq_api_key", "gsk_", KeyAlphabet.Alnum, 40, 128),
        Of("xai_api_key", "xai-", KeyAlphabet.Word, 60, 128),
        Of("perplexity_api_key", "pplx-", KeyAlphabet.Alnum, 40, 128),
        Of("huggingface_token", "hf_", KeyAlphabet.Alnum, 30, 64),
        Of("databricks_token", "dapi", KeyAlphabet.Hex, 32, 32),
        Of("sendgrid_key", "SG.", KeyAlphabet.Dotted, 60, 80),
        Of("twilio_key", "SK", KeyAlphabet.Hex, 32, 32),
        Of("aws_access_key_id", "AKIA", KeyAlphabet.Base32, 16, 16),
        Of("aws_access_key_id", "ASIA", KeyAlphabet.Base32, 16, 16),
        Of("aws_access_key_id", "ABIA", KeyAlphabet.Base32, 16, 16),
        Of("aws_access_key_id", "ACCA", KeyAlphabet.Base32, 16, 16),
        Of("aws_access_key_id", "A3T", KeyAlphabet.Base32, 17, 17),
        Of("aws_bedrock_api_key", "ABSK", KeyAlphabet.Base64, 100, 280),
        Of("aws_bedrock_api_key", "bedrock-api-key-", KeyAlphabet.Base64, 40, 4096),
        Of("npm_token", "npm_", KeyAlphabet.Alnum, 36, 64),
        Of("pypi_token", "pypi-", KeyAlphabet.Word, 60, Any),
        Of("digitalocean_token", "dop_v1_", KeyAlphabet.Hex, 64, 64),
        Of("shopify_token", "shpat_", KeyAlphabet.Hex, 32, 32),
        Of("replicate_token", "r8_", KeyAlphabet.Alnum, 37, 40),
        Of("nvidia_api_key", "nvapi-", KeyAlphabet.Word, 60, 80),
        Of("fireworks_api_key", "fw_", KeyAlphabet.Alnum, 20, 32),
        Of("langsmith_api_key", "lsv2_", KeyAlphabet.Word, 36, 64),
        Of("notion_token", "ntn_", KeyAlphabet.Alnum, 40, 64),
        Of("docker_token", "dckr_pat_", KeyAlphabet.Word, 20, 64),
        Of("docker_token", "dckr_oat_", KeyAlphabet.Word, 20, 64),
        Of("google_oauth_token", "ya29.", KeyAlphabet.Word, 40, Any),
        Of("postman_api_key", "PMAK-", KeyAlphabet.Word, 59, 59),
        Of("doppler_token", "dp.pt.", KeyAlphabet.Alnum, 40, 44),
        Of("doppler_token", "dp.st.", KeyAlphabet.Dotted, 40, 80),
        Of("vault_token", "hvs.", KeyAlphabet.Word, 24, 160),
        Of("vault_token", "hvb.", KeyAlphabet.Word, 100, 300),
        Of("gitlab_token", "gldt-", KeyAlphabet.Word, 20, 64),
        Of("gitlab_token", "glrt-", KeyAlphabet.Word, 20, 64),
        Of("gitlab_token", "glptt-", KeyAlphabet.Hex, 40, 40),
        Of("gitlab_token", "glcbt-", KeyAlphabet.Word, 20, 80),
        Of("grafana_token", "glsa_", KeyAlphabet.Word, 41, 48),
        Of("grafana_token", "glc_", KeyAlphabet.Base64, 32, 400),
        Of("sentry_token", "sntrys_", KeyAlphabet.Base64, 100, Any),
        Of("sentry_token", "sntryu_", KeyAlphabet.Hex, 64, 64),
        Of("figma_token", "figd_", KeyAlphabet.Word, 36, 64),
        Of("shopify_token", "shpss_", KeyAlphabet.Hex, 32, 32),
        Of("shopify_token", "shpca_", KeyAlphabet.Hex, 32, 32),
        Of("shopify_token", "shppa_", KeyAlphabet.Hex, 32, 32),
        Of("digitalocean_token", "doo_v1_", KeyAlphabet.Hex, 64, 64),
        Of("digitalocean_token", "dor_v1_", KeyAlphabet.Hex, 64, 64),
        Of("planetscale_token", "pscale_tkn_", KeyAlphabet.Word, 32, 64),
        Of("brevo_api_key", "xkeysib-", KeyAlphabet.Word, 64, 96),
        Of("rubygems_token", "rubygems_", KeyAlphabet.Hex, 48, 48),
        Of("atlassian_token", "ATATT3", KeyAlphabet.Base64, 150, 250),
        Of("newrelic_key", "NRAK-", KeyAlphabet.Alnum, 27, 27),
        Of("square_token", "sq0atp-", KeyAlphabet.Word, 22, 22),
        Of("square_token", "sq0csp-", KeyAlphabet.Word, 43, 43),
        Of("square_token", "EAAA", KeyAlphabet.Word, 60, 60),
        Of("together_api_key", "tgp_v1_", KeyAlphabet.Word, 40, 64),
        Of("tavily_api_key", "tvly-", KeyAlphabet.Word, 30, 64),
        Of("linear_api_key", "lin_api_", KeyAlphabet.Alnum, 40, 40),
        Of("supabase_token", "sbp_", KeyAlphabet.Hex, 40, 40),
        Of("cerebras_api_key", "csk-", KeyAlphabet.Alnum, 40, 64),
        Of("pinecone_api_key", "pcsk_", KeyAlphabet.Word, 60, 80),
        Of("age_secret_key", "AGE-SECRET-KEY-1", KeyAlphabet.Alnum, 58, 58),
    ];

    private static readonly KeyFormat[]?[] s_byFirst = Index();

    /// <summary>Formats whose prefix begins with a byte; null for most bytes.</summary>
    internal static KeyFormat[]? StartingWith(byte first) => first < 128 ? s_byFirst[first] : null;

    private static KeyFormat Of(string type, string prefix, KeyAlphabet alphabet, int least, int most) =>
        new(type, System.Text.Encoding.ASCII.GetBytes(prefix), alphabet, least, most);

    private static KeyFormat[]?[] Index()
    {
        var table = new KeyFormat[]?[128];
        foreach (var group in All.GroupBy(format => format.Prefix[0]))
        {
            table[group.Key] = [.. group];
        }

        return table;
    }
}
