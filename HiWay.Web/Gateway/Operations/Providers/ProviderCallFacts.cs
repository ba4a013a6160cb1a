using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Limits;
using HiWay.Domain.Pricing;

namespace HiWay.Web.Gateway.Operations.Providers;

/// <summary>
/// What can be known of a call that HiWay does not model: the model that it names, and whether its cost has a bound before it runs. Only
/// routes are bounded whose whole cost is tokens that the body limits.
/// </summary>
internal sealed record ProviderCallFacts
{
    private static readonly string[] s_tokenRoutes =
        ["chat/completions", "completions", "responses", "messages", "embeddings", "embed", "chat", ":generateContent", ":streamGenerateContent", ":embedContent", ":batchEmbedContents", "/converse", "/converse-stream"];

    private static readonly string[] s_freeRoutes = ["messages/count_tokens", ":countTokens", "moderations", "responses/input_tokens", "tokenize", "detokenize"];

    /// <summary>Members that bring in what the provider keeps, so that the prompt's length is not in the body.</summary>
    private static readonly string[] s_stateful = ["previous_response_id", "conversation", "cachedContent", "background", "container", "prompt_cache_id", "file_id"];

    /// <summary>The provider's own name of the model; null when the call names none.</summary>
    public string? Model { get; private init; }

    public bool Stream { get; private init; }

    /// <summary>The provider charges nothing for it.</summary>
    public bool IsFree { get; private init; }

    /// <summary>Its cost is tokens only, and the body says how many at most.</summary>
    public bool IsBounded { get; private init; }

    /// <summary>Estimate, leaning high.</summary>
    public int InputTokens { get; private init; }

    /// <summary>Per answer; null when the body sets no limit, and the model's own is the bound.</summary>
    public int? MaxOutputTokens { get; private init; }

    public int Answers { get; private init; } = 1;

    /// <param name="path">Below the provider, without the query.</param>
    /// <param name="body">The JSON body; empty when there is none or it is something else.</param>
    /// <param name="hasBody">Something is sent, JSON or not.</param>
    public static ProviderCallFacts Of(string method, string path, ReadOnlySpan<byte> body, bool hasBody)
    {
        path = Uri.UnescapeDataString(path).TrimEnd('/');
        var free = method is "GET" or "HEAD" or "OPTIONS" or "DELETE" || s_freeRoutes.Any(route => path.EndsWith(route, StringComparison.Ordinal));
        var facts = new ProviderCallFacts { Model = ModelIn(path), IsFree = free, IsBounded = free };
        if (!hasBody || body.IsEmpty)
        {
            return facts;
        }

        JsonElement json;
        try
        {
            json = JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            return facts;   // the provider will say what is wrong with it
        }

        if (json.ValueKind is not JsonValueKind.Object)
        {
            return facts;
        }

        return facts with
        {
            Model = facts.Model ?? Text(json, "model") ?? Text(json, "modelId"),
            Stream = json.TryGetProperty("stream", out var stream) && stream.ValueKind is JsonValueKind.True,
            InputTokens = TokenEstimate.OfBytes(body.Length) + (TokenEstimate.PerImage * Count(body, "image_url"u8)) + (TokenEstimate.PerImage * Count(body, "\"url\""u8)),
            MaxOutputTokens = OutputLimit(json),
            Answers = Math.Max(1, Number(json, "n") ?? Number(json, "candidateCount") ?? (json.TryGetProperty("generationConfig", out var config) ? Number(config, "candidateCount") : null) ?? 1),
            IsBounded = free || (IsTokenRoute(path) && !s_stateful.Any(name => IsSet(json, name)) && !HasServerTools(json) && body.IndexOf("\"file_id\""u8) < 0 && body.IndexOf("\"fileUri\""u8) < 0),
        };
    }

    /// <summary>The most that the call can cost, in US dollars; null when there is no bound.</summary>
    public decimal? WorstCaseUsd(ModelEntry model, DateTimeOffset at)
    {
        if (IsFree)
        {
            return 0m;
        }

        if (!IsBounded || Model is null || PriceRules.PriceAt(model.Prices, at, InputTokens) is not { Input: not null } price)
        {
            return null;
        }

        var output = model.Mode is ModelMode.Embedding ? 0 : MaxOutputTokens ?? model.MaxOutputTokens;
        return output is null || (price.Output is null && output > 0) ? null
            : PriceRules.CostOf(new TokenUsage
            {
                Input = InputTokens,
                Output = (long)output * Answers,
                Units = new() { WebSearches = model.Tier is Tier.WebSearch ? 1 : 0 },
            }, price, model.Units).Usd;
    }

    /// <summary>Gemini, Bedrock and Azure name the model in the path.</summary>
    private static string? ModelIn(string path)
    {
        foreach (var collection in (ReadOnlySpan<string>)["models/", "model/", "deployments/"])
        {
            var at = path.IndexOf(collection, StringComparison.Ordinal);
            if (at == 0 || (at > 0 && path[at - 1] == '/'))
            {
                var rest = path[(at + collection.Length)..];
                var end = collection == "models/" ? rest.LastIndexOf(':') : rest.IndexOf('/', StringComparison.Ordinal);
                return end > 0 ? rest[..end] : rest.Length > 0 && end < 0 ? rest : null;
            }
        }

        return null;
    }

    private static bool IsTokenRoute(string path) => s_tokenRoutes.Any(route =>
        path == route || (path.EndsWith(route, StringComparison.Ordinal) && (route[0] is ':' or '/' || path[^(route.Length + 1)] == '/')));

    /// <summary>Tools that the provider runs itself are charged apart, and bring in as much text as they like.</summary>
    private static bool HasServerTools(JsonElement json)
    {
        if (IsSet(json, "web_search_options") || IsSet(json, "mcp_servers") || IsSet(json, "plugins"))
        {
            return true;
        }

        if (!json.TryGetProperty("tools", out var tools) || tools.ValueKind is not JsonValueKind.Array)
        {
            return false;
        }

        foreach (var tool in tools.EnumerateArray())
        {
            var type = Text(tool, "type");
            var own = tool.ValueKind is JsonValueKind.Object
                && (type is "function" or "custom" || (type is null && (tool.TryGetProperty("input_schema", out _) || tool.TryGetProperty("functionDeclarations", out _) || tool.TryGetProperty("function", out _))));
            if (!own || (type is null && tool.TryGetProperty("googleSearch", out _)))
            {
                return true;
            }
        }

        return false;
    }

    private static int? OutputLimit(JsonElement json)
    {
        foreach (var name in (ReadOnlySpan<string>)["max_completion_tokens", "max_output_tokens", "max_tokens", "max_tokens_to_sample"])
        {
            if (Number(json, name) is { } limit)
            {
                return limit;
            }
        }

        return json.TryGetProperty("generationConfig", out var gemini) && Number(gemini, "maxOutputTokens") is { } most ? most
            : json.TryGetProperty("inferenceConfig", out var bedrock) ? Number(bedrock, "maxTokens")
            : null;
    }

    private static bool IsSet(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False);

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static int? Number(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0 ? number : null;

    private static int Count(ReadOnlySpan<byte> body, ReadOnlySpan<byte> word)
    {
        var count = 0;
        while (body.IndexOf(word) is var at and >= 0)
        {
            count++;
            body = body[(at + word.Length)..];
        }

        return count;
    }
}
