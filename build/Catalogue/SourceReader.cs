using System.Globalization;
using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;

namespace HiWay.CatalogueTool;

/// <summary>Turns the source's rows into the catalogue's; a field that is not understood stops the run.</summary>
internal static class SourceReader
{
    /// <summary>The endpoints that the gateway has or will have a dialect for; the others of the source (batch, realtime) are dropped.</summary>
    private static readonly string[] KnownEndpoints =
    [
        "/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/images/generations", "/v1/images/edits",
        "/v1/audio/transcriptions", "/v1/audio/speech", "/v1/moderations",
    ];

    public static IReadOnlyList<ModelEntry> Read(JsonElement current, JsonElement retired)
    {
        var models = new SortedDictionary<string, ModelEntry>(StringComparer.Ordinal);
        foreach (var row in current.EnumerateArray())
        {
            var model = ReadModel(row);
            models.Add(model.Id, model);
        }

        foreach (var row in retired.EnumerateArray())
        {
            var model = ReadModel(row) with { Listed = false };
            models.TryAdd(model.Id, model);
        }

        return [.. models.Values.Select(model => model with { Quality = model.Quality ?? BorrowedQuality(model, models) })];
    }

    /// <summary>
    /// Quality of the same weights under another name: the maker's row, or for Mistral's <c>-latest</c> the newest dated
    /// release of that name (https://docs.mistral.ai/getting-started/models: -latest points at the newest version).
    /// </summary>
    private static double? BorrowedQuality(ModelEntry model, SortedDictionary<string, ModelEntry> models)
    {
        if (model.Canonical is { } canonical && models.TryGetValue(canonical, out var maker) && maker.Quality is { } known)
        {
            return known;
        }

        const string Latest = "-latest";
        if (model.Provider != "mistral" || !model.Id.EndsWith(Latest, StringComparison.Ordinal))
        {
            return null;
        }

        var stem = model.Id[..^(Latest.Length - 1)];
        return models.Values.LastOrDefault(other => other.Id.Length == stem.Length + 4
            && other.Id.StartsWith(stem, StringComparison.Ordinal)
            && !other.Id.AsSpan(stem.Length).ContainsAnyExceptInRange('0', '9'))?.Quality;
    }

    private static ModelEntry ReadModel(JsonElement row)
    {
        var provider = Text(row, "provider")!;
        // The source's mode "completion" (retired models) is text in, text out; only its endpoint differs, and no dialect has that.
        var legacyCompletion = Text(row, "mode") == "completion";
        var mode = legacyCompletion ? ModelMode.Chat : Enum.Parse<ModelMode>(Text(row, "mode")!, ignoreCase: true);
        var signals = row.TryGetProperty("signals", out var measured) ? measured : default;
        return new ModelEntry
        {
            Id = Text(row, "id")!,
            Provider = provider,
            UpstreamModel = Text(row, "model")!,
            Name = Text(row, "name")!,
            Mode = mode,
            Quality = QualityScale.Of(new(Number(signals, "aa_intelligence"), Number(signals, "aa_intelligence_by_variant"), Number(signals, "livebench_overall"), Number(signals, "lmarena_text"))),
            ContextWindow = (int?)Number(row, "context_window"),
            MaxOutputTokens = (int?)Number(row, "max_output"),
            Capabilities = ReadCapabilities(row),
            CapabilitiesKnown = !(row.TryGetProperty("capabilities_known", out var listed) && listed.ValueKind is JsonValueKind.False),
            Endpoints = legacyCompletion ? [] : ReadEndpoints(row, mode),
            Prices = PriceReader.Read(row),
            Units = PriceReader.ReadUnits(row),
            Zone = ZoneOf(provider),
            ReleaseDate = Date(row, "release_date"),
            DeprecationDate = Date(row, "deprecation_date"),
            Canonical = Text(row, "canonical"),
            Aliases = Strings(row, "aliases"),
        };
    }

    /// <summary>
    /// Only what a provider states for its plain API. Mistral processes and stores in the European Union by default
    /// (https://help.mistral.ai, "Where do you store my data or my Organization's data?").
    /// </summary>
    private static Zone ZoneOf(string provider) => provider == "mistral" ? Zone.Eu : Zone.Global;

    private static ModelCapabilities ReadCapabilities(JsonElement row)
    {
        var source = row.GetProperty("capabilities");
        return Flag("vision", ModelCapabilities.Vision) | Flag("function_call", ModelCapabilities.FunctionCall)
            | Flag("parallel_function_call", ModelCapabilities.ParallelFunctionCall) | Flag("reasoning", ModelCapabilities.Reasoning)
            | Flag("json_schema", ModelCapabilities.JsonSchema) | Flag("web_search", ModelCapabilities.WebSearch)
            | Flag("audio", ModelCapabilities.AudioInput) | Flag("pdf", ModelCapabilities.Pdf)
            | Flag("prompt_cache", ModelCapabilities.PromptCache) | Flag("temperature", ModelCapabilities.Temperature);

        ModelCapabilities Flag(string name, ModelCapabilities capability) =>
            source.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True ? capability : ModelCapabilities.None;
    }

    private static string[] ReadEndpoints(JsonElement row, ModelMode mode)
    {
        if (mode is ModelMode.Image && OwnImageApi(Text(row, "provider")!, Text(row, "model")!) is { } own)
        {
            return own;
        }

        if (Strings(row, "supported_endpoints") is { Count: > 0 } stated)
        {
            return [.. KnownEndpoints.Where(stated.Contains)];
        }

        return mode switch
        {
            ModelMode.Chat => AnswersOnResponses(Text(row, "provider")!, Text(row, "model")!) ? ["/v1/chat/completions", "/v1/responses"] : ["/v1/chat/completions"],
            ModelMode.Embedding => ["/v1/embeddings"],
            ModelMode.Image => ["/v1/images/generations"],
            ModelMode.Transcription => ["/v1/audio/transcriptions"],
            ModelMode.Speech => ["/v1/audio/speech"],
            ModelMode.Moderation => ["/v1/moderations"],
            ModelMode.Rerank => [],
        };
    }

    /// <summary>
    /// OpenAI's chat models that no source states endpoints for: all answer on the Responses API
    /// (https://platform.openai.com/docs/guides/migrate-to-responses; recorded of gpt-4o and gpt-4o-mini), at Azure those that OpenAI made.
    /// </summary>
    private static bool AnswersOnResponses(string provider, string model) =>
        provider == "openai" || (provider == "azure" && (model.StartsWith("gpt-", StringComparison.Ordinal) || model is ['o', >= '0' and <= '9', ..]));

    /// <summary>
    /// Where a provider draws through an API of its own, the source's endpoints say little: Gemini's image models take chats too and are
    /// translated from the images route, Fireworks' workflows (a price per step, a job to poll) are reached by no route of OpenAI's, and
    /// a row of Bedrock that names a size and steps is a price and no model.
    /// </summary>
    private static string[]? OwnImageApi(string provider, string model) => (provider, model) switch
    {
        ("google", "deep-research-pro-preview-12-2025") => [],
        ("google", _) when model.StartsWith("gemini", StringComparison.Ordinal) => ["/v1/chat/completions", "/v1/images/generations"],
        ("fireworks", _) => [],
        ("bedrock", _) when model.Contains("-steps/", StringComparison.Ordinal) => [],
        _ => null,
    };

    internal static string? Text(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement row, string name) =>
        row.ValueKind is JsonValueKind.Object && row.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number ? value.GetDouble() : null;

    private static List<string> Strings(JsonElement row, string name) =>
        row.TryGetProperty(name, out var list) && list.ValueKind is JsonValueKind.Array ? [.. list.EnumerateArray().Select(item => item.GetString()!)] : [];

    /// <summary>A day; a month alone (<c>2026-01</c>) counts as its first day.</summary>
    internal static DateOnly? Date(JsonElement row, string name) => Text(row, name) is { } text
        ? DateOnly.ParseExact(text.Length == 7 ? text + "-01" : text, "yyyy-MM-dd", CultureInfo.InvariantCulture)
        : null;
}
