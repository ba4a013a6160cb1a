using System.Buffers;
using System.Diagnostics;
using System.Net.Http.Headers;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Egress;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Infrastructure.Credentials;

/// <summary>What a test has shown, and what it used.</summary>
/// <param name="Estimated">The provider did not say what it used, so <paramref name="Usage"/> is the most that it can have been.</param>
internal readonly record struct TestedProvider(ProviderTestResult Result, TokenUsage Usage, bool Estimated);

/// <summary>Asks a provider one very short question with the workspace's key, to see whether key, address and model work together. Whether it may be asked: <see cref="ProviderTests"/>.</summary>
internal sealed class ProviderTester(CredentialVault vault, EgressHandlers egress, TimeProvider clock) : IDisposable
{
    private const string Question = "Say OK.";

    /// <summary>Reasoning models count thinking in; with fewer tokens some refuse.</summary>
    private const int MaxOutputTokens = 16;

    private const int MaxAnswerBytes = 1 << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client = new(egress.Create()) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswerBytes };

    /// <summary>The most that a test uses: the question with whatever a provider wraps around it, and the whole answer that it may give.</summary>
    public static TokenUsage MostUsage { get; } = new() { Input = 64, Output = MaxOutputTokens };

    /// <summary>What would be asked; null when no model of the provider can be.</summary>
    /// <exception cref="CredentialUnreadableException">The saved key cannot be opened.</exception>
    public Deployment? Plan(CredentialRow row, CatalogueSnapshot catalogue) =>
        ProviderCatalogue.Resolve(row) is { } target && CheapestModel(ProviderModels.Of(row, target.Provider, catalogue)) is { } model
            ? new(model, target.Provider, target.BaseUrl, row.Id, new Secret(vault.Open(row))) { Settings = ProviderSettings.Read(row.Settings) }
            : null;

    /// <summary>Asks, for at most 30 seconds; goes on when nobody waits any more, as the provider may bill it.</summary>
    public async Task<TestedProvider> AskAsync(Deployment deployment)
    {
        var watch = Stopwatch.StartNew();
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            using var request = Ask(deployment, UpstreamDialects.For(deployment.Dialect));
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, limit.Token);
            var body = await answer.Content.ReadAsByteArrayAsync(limit.Token);
            return Judge(deployment, answer, body, watch.Elapsed);
        }
        catch (OperationCanceledException)
        {
            return new(Failed($"No answer within {s_limit.TotalSeconds:0} seconds."), MostUsage, Estimated: true);
        }
        catch (HttpRequestException e)
        {
            return new(Failed(e.InnerException is EgressRefusedException refused ? refused.Message : $"{deployment.BaseUrl.Host} could not be reached: {e.GetBaseException().Message}"), default, false);
        }

        ProviderTestResult Failed(string error) => new(false, deployment.Model.Id, null, watch.Elapsed.TotalMilliseconds, error);
    }

    public void Dispose() => _client.Dispose();

    private HttpRequestMessage Ask(Deployment deployment, IUpstreamDialect dialect)
    {
        var question = new ChatRequest { Messages = [new(ChatRole.User, [new TextPart(Question)])], MaxOutputTokens = MaxOutputTokens };
        var body = new ArrayBufferWriter<byte>();
        dialect.WriteRequest(question, deployment, stream: false, body, new List<string>());
        var request = new HttpRequestMessage(HttpMethod.Post, dialect.ChatUri(deployment, stream: false))
        {
            Content = new ByteArrayContent(body.WrittenSpan.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        dialect.Authorize(request, body.WrittenSpan, deployment, clock.GetUtcNow());
        return request;
    }

    private TestedProvider Judge(Deployment deployment, HttpResponseMessage answer, byte[] body, TimeSpan took)
    {
        var status = (int)answer.StatusCode;
        var dialect = UpstreamDialects.For(deployment.Dialect);
        if (!answer.IsSuccessStatusCode)
        {
            return new(new(false, deployment.Model.Id, status, took.TotalMilliseconds, dialect.ReadError(status, answer.Headers, body, clock.GetUtcNow()).Message), default, false);
        }

        // A login page or a status page also answers 200; only what reads as an answer counts.
        var sink = new AnswerProbe();
        try
        {
            dialect.ReadAnswer(body, sink);
        }
        catch (System.Text.Json.JsonException e)
        {
            var what = answer.Content.Headers.ContentType?.MediaType is "text/html"
                ? $"{deployment.BaseUrl} answered with a web page, not as the API does. Check the base URL; most end in /v1."
                : $"The answer is not one of the API that was expected: {e.Message}";
            return new(new(false, deployment.Model.Id, status, took.TotalMilliseconds, what), sink.UsageSoFar ?? default, false);
        }

        return new(new(sink.Error is null, deployment.Model.Id, status, took.TotalMilliseconds, sink.Error), sink.UsageSoFar ?? MostUsage, sink.UsageSoFar is null);
    }

    /// <summary>
    /// A tier's anchor where the provider has one, as those are open to every account; else the cheapest current chat model; of a
    /// custom server the first one, as nothing is known of their prices.
    /// </summary>
    private ModelEntry? CheapestModel(IEnumerable<ModelEntry> models)
    {
        var now = clock.GetUtcNow();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        return models.Where(model => model.Mode is ModelMode.Chat && model.Serves(TierPlacement.ChatEndpoint) && !model.IsRetired(today) && model.Tier is not Tier.None)
            .OrderBy(model => TierPlacement.Anchors.ContainsKey(model.Id) ? 0 : 1)
            .ThenBy(model => TierPlacement.BlendedPrice(PriceRules.PriceAt(model.Prices, now, 0)) ?? decimal.MaxValue)
            .FirstOrDefault();
    }
}
