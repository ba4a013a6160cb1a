using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>What a model takes, read from its name; 2.5 is 205. The API refuses some fields by generation and the catalogue does not say which.</summary>
internal sealed partial record GeminiModel(int Version, bool IsPro)
{
    public static GeminiModel Of(string upstreamModel)
    {
        var isPro = upstreamModel.Contains("pro", StringComparison.Ordinal);
        var name = Name().Match(upstreamModel);
        if (name.Success)
        {
            var minor = name.Groups["minor"].Value;
            return new((int.Parse(name.Groups["major"].Value, CultureInfo.InvariantCulture) * 100) + (minor.Length > 0 ? minor[0] - '0' : 0), isPro);
        }

        // gemini-flash-latest and the like follow the 2.5 rules, which later models still understand; gemma has none of this.
        return new(upstreamModel.Contains("gemini", StringComparison.Ordinal) ? 205 : 0, isPro);
    }

    /// <summary>How hard to think is said in words instead of tokens.</summary>
    public bool HasThinkingLevel => Version >= 300;

    public bool HasThinkingBudget => Version is >= 205 and < 300;

    /// <summary>Takes JSON schema itself; before that only a part of OpenAPI 3.0.</summary>
    public bool TakesJsonSchema => Version >= 205;

    /// <summary>Takes tools and a response schema in one request.</summary>
    public bool TakesToolsWithSchema => Version >= 300;

    /// <summary>Frequency and presence penalties, which newer models refuse.</summary>
    public bool TakesPenalties => Version is > 0 and < 205;

    /// <summary>
    /// Gives log-probabilities. The generation after 2.5 refuses to ("Logprobs is not supported for this model",
    /// github.com/GoogleCloudPlatform/generative-ai/issues/2947).
    /// </summary>
    public bool TakesLogprobs => Version is > 0 and < 300;

    /// <summary>Refuses a function call in the history that has lost its thought signature.</summary>
    public bool WantsSignatures => Version >= 300;

    /// <summary>Limits of the thinking budget in tokens (ai.google.dev/gemini-api/docs/thinking).</summary>
    public (int Least, int Most) Budgets(string upstreamModel) =>
        IsPro ? (128, 32_768) : upstreamModel.Contains("lite", StringComparison.Ordinal) ? (512, 24_576) : (1, 24_576);

    /// <summary>A schema as far as the model takes one.</summary>
    /// <param name="path">Where it stands in the client's body.</param>
    public JsonObject Compile(JsonElement schema, string path, ICollection<string> dropped) =>
        new SchemaCompiler(TakesJsonSchema ? SchemaRules.GeminiJsonSchema : SchemaRules.GeminiOpenApi, dropped).Compile(schema, path);

    [GeneratedRegex(@"gemini-(?<major>\d+)(?:\.(?<minor>\d))?")]
    private static partial Regex Name();
}
