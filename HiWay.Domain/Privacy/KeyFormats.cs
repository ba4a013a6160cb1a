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

    /// <summary>How many characters behind the prefix a dot stands; 0 where none has to.</summary>
    internal int DotAt { get; init; }

    /// <summary>Ordinary words begin as the prefix does, so a stream waits only once all of it is there.</summary>
    internal bool IsCommon { get; init; }

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
/// detect-secrets (Apache-2.0), those of Cloudflare (developers.cloudflare.com/fundamentals/api/get-started/token-formats), Resend, Vercel, Neon, Supabase
/// and others that the lists lack as the vendors show them; where a vendor has lengthened its keys over time, longer ones are taken too.
/// </summary>
internal static class KeyFormats
{
    private const int Any = 512;

    /// <summary>
    /// Longer prefixes before the shorter ones that they begin with. Streams wait at the beginning of a prefix, unless it is common.
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
        Of("gitlab_token", "gloas-", KeyAlphabet.Word, 64, 64),
        Of("gitlab_token", "glagent-", KeyAlphabet.Word, 50, 64),
        Of("gitlab_token", "glsoat-", KeyAlphabet.Word, 20, 64),
        Of("gitlab_token", "glimt-", KeyAlphabet.Word, 25, 64),
        Of("gitlab_token", "glffct-", KeyAlphabet.Word, 20, 64),
        Of("gitlab_token", "glft-", KeyAlphabet.Word, 20, 64),
        Of("gitlab_token", "GR1348941", KeyAlphabet.Word, 20, 40),
        Of("airtable_token", "pat", KeyAlphabet.Dotted, 79, 79) with { IsCommon = true, DotAt = 14 },
        Of("mailgun_key", "key-", KeyAlphabet.Hex, 32, 32) with { IsCommon = true },
        Of("resend_api_key", "re_", KeyAlphabet.Word, 30, 48) with { IsCommon = true },
        Of("vercel_token", "vcp_", KeyAlphabet.Alnum, 24, 80),
        Of("vercel_token", "vci_", KeyAlphabet.Alnum, 24, 80),
        Of("vercel_token", "vca_", KeyAlphabet.Alnum, 24, 80),
        Of("vercel_token", "vcr_", KeyAlphabet.Alnum, 24, 80),
        Of("vercel_token", "vck_", KeyAlphabet.Alnum, 24, 80),
        Of("cloudflare_token", "cfk_", KeyAlphabet.Alnum, 40, 64),
        Of("cloudflare_token", "cfut_", KeyAlphabet.Alnum, 40, 64),
        Of("cloudflare_token", "cfat_", KeyAlphabet.Alnum, 40, 64),
        Of("cloudflare_origin_ca_key", "v1.0-", KeyAlphabet.Word, 171, 171),
        Of("pulumi_token", "pul-", KeyAlphabet.Hex, 40, 40) with { IsCommon = true },
        Of("dynatrace_token", "dt0c01.", KeyAlphabet.Dotted, 89, 89) with { DotAt = 24 },
        Of("easypost_key", "EZAK", KeyAlphabet.Alnum, 54, 54),
        Of("easypost_key", "EZTK", KeyAlphabet.Alnum, 54, 54),
        Of("flyio_token", "fo1_", KeyAlphabet.Word, 43, 43),
        Of("flyio_token", "fm1a_", KeyAlphabet.Base64, 100, 4096),
        Of("flyio_token", "fm1r_", KeyAlphabet.Base64, 100, 4096),
        Of("flyio_token", "fm2_", KeyAlphabet.Base64, 100, 4096),
        Of("frameio_token", "fio-u-", KeyAlphabet.Word, 64, 64),
        Of("flutterwave_key", "FLWSECK_TEST-", KeyAlphabet.Word, 12, 48),
        Of("flutterwave_key", "FLWSECK-", KeyAlphabet.Word, 12, 48),
        Of("duffel_token", "duffel_live_", KeyAlphabet.Word, 43, 43),
        Of("duffel_token", "duffel_test_", KeyAlphabet.Word, 43, 43),
        Of("heroku_key", "HRKU-AA", KeyAlphabet.Word, 58, 58),
        Of("infracost_key", "ico-", KeyAlphabet.Alnum, 32, 32) with { IsCommon = true },
        Of("netlify_token", "nfp_", KeyAlphabet.Alnum, 36, 64),
        Of("newrelic_key", "NRII-", KeyAlphabet.Word, 32, 32),
        Of("onepassword_token", "ops_eyJ", KeyAlphabet.Base64, 250, 4096) with { IsCommon = true },
        Of("adobe_client_secret", "p8e-", KeyAlphabet.Alnum, 32, 32),
        Of("alibaba_access_key_id", "LTAI", KeyAlphabet.Alnum, 20, 20),
        Of("tencent_access_key_id", "AKID", KeyAlphabet.Alnum, 32, 32),
        Of("artifactory_key", "AKCp", KeyAlphabet.Alnum, 69, 69),
        Of("artifactory_token", "cmVmd", KeyAlphabet.Alnum, 59, 59),
        Of("clickhouse_key", "4b1d", KeyAlphabet.Alnum, 38, 38) with { IsCommon = true },
        Of("clojars_token", "CLOJARS_", KeyAlphabet.Alnum, 60, 60),
        Of("prefect_key", "pnu_", KeyAlphabet.Alnum, 36, 36),
        Of("readme_key", "rdme_", KeyAlphabet.Alnum, 70, 70),
        Of("sourcegraph_token", "sgp_", KeyAlphabet.Word, 40, 64),
        Of("shippo_token", "shippo_live_", KeyAlphabet.Hex, 40, 40),
        Of("shippo_token", "shippo_test_", KeyAlphabet.Hex, 40, 40),
        Of("scalingo_token", "tk-us-", KeyAlphabet.Word, 48, 48),
        Of("typeform_token", "tfp_", KeyAlphabet.Dotted, 59, 59),
        Of("openshift_token", "sha256~", KeyAlphabet.Word, 43, 43),
        Of("octopus_key", "API-", KeyAlphabet.Alnum, 26, 26) with { IsCommon = true },
        Of("nuget_key", "oy2", KeyAlphabet.Alnum, 43, 43) with { IsCommon = true },
        Of("yandex_key", "AQVN", KeyAlphabet.Word, 35, 38),
        Of("facebook_token", "EAAM", KeyAlphabet.Alnum, 100, Any),
        Of("facebook_token", "EAAC", KeyAlphabet.Alnum, 100, Any),
        Of("trello_token", "ATTA", KeyAlphabet.Hex, 60, 80),
        Of("bitbucket_token", "ATBB", KeyAlphabet.Alnum, 28, 36),
        Of("bitbucket_token", "ATCTT3", KeyAlphabet.Base64, 150, 250),
        Of("bitbucket_token", "BBDC-", KeyAlphabet.Base64, 40, 50),
        Of("dropbox_token", "sl.", KeyAlphabet.Dotted, 130, 4096) with { IsCommon = true },
        Of("databricks_token", "dapi", KeyAlphabet.Word, 34, 34),
        Of("huggingface_token", "api_org_", KeyAlphabet.Alnum, 34, 34) with { IsCommon = true },
        Of("supabase_key", "sb_secret_", KeyAlphabet.Word, 28, 64),
        Of("planetscale_token", "pscale_pw_", KeyAlphabet.Dotted, 32, 64),
        Of("planetscale_token", "pscale_oauth_", KeyAlphabet.Dotted, 32, 64),
        Of("neon_password", "npg_", KeyAlphabet.Alnum, 12, 32),
        Of("posthog_key", "phx_", KeyAlphabet.Alnum, 40, 64),
        Of("apify_token", "apify_api_", KeyAlphabet.Alnum, 36, 36),
        Of("brevo_smtp_key", "xsmtpsib-", KeyAlphabet.Word, 64, 96),
        Of("mailersend_token", "mlsn.", KeyAlphabet.Hex, 64, 64),
        Of("elevenlabs_api_key", "sk_", KeyAlphabet.Hex, 48, 48),
        Of("firecrawl_api_key", "fc-", KeyAlphabet.Hex, 32, 32) with { IsCommon = true },
        Of("e2b_api_key", "e2b_", KeyAlphabet.Hex, 40, 40),
        Of("jina_api_key", "jina_", KeyAlphabet.Alnum, 50, 80),
        Of("runpod_api_key", "rpa_", KeyAlphabet.Alnum, 40, 64),
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
