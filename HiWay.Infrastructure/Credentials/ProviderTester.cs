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

/// <summary>Asks a provider one very short question with the workspace's key, to see whether key, address and model work together.</summary>
internal sealed class ProviderTester(CredentialVault vault, EgressHandlers egress, TimeProvider clock) : IDisposable
{
    /// <summary>Reasoning models count thinking in; with fewer tokens some refuse.</summary>
    private const int MaxOutputTokens = 16;

    private const int MaxAnswerBytes = 1 << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client = new(egress.Create()) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswerBytes };

    public async Task<ProviderTestResult> TestAsync(CredentialRow row, CatalogueSnapshot catalogue, CancellationToken cancellationToken)
    {
        if (ProviderCatalogue.Resolve(row) is not { } target
            || CheapestModel(ProviderModels.Of(row, target.Provider, catalogue)) is not { } model)
        {
            return new(false, "", null, 0, "No model of this provider can be asked; name its models in 'models'.");
        }

        var watch = Stopwatch.StartNew();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_limit);
        try
        {
            var deployment = new Deployment(model, target.Provider, target.BaseUrl, row.Id, new Secret(vault.Open(row))) { Settings = ProviderSettings.Read(row.Settings) };
            using var request = Ask(deployment, UpstreamDialects.For(deployment.Dialect));
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, limit.Token);
            var body = await answer.Content.ReadAsByteArrayAsync(limit.Token);
            return Judge(deployment, answer, body, watch.Elapsed);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed($"No answer within {s_limit.TotalSeconds:0} seconds.");
        }
        catch (CredentialUnreadableException e)
        {
            return Failed(e.Message);
        }
        catch (HttpRequestException e)
        {
            return Failed(e.InnerException is EgressRefusedException refused ? refused.Message : $"{target.BaseUrl.Host} could not be reached: {e.GetBaseException().Message}");
        }

        ProviderTestResult Failed(string error) => new(false, model.Id, null, watch.Elapsed.TotalMilliseconds, error);
    }

    public void Dispose() => _client.Dispose();

    private HttpRequestMessage Ask(Deployment deployment, IUpstreamDialect dialect)
    {
        var question = new ChatRequest { Messages = [new(ChatRole.User, [new TextPart("Say OK.")])], MaxOutputTokens = MaxOutputTokens };
        var body = new ArrayBufferWriter<byte>();
        dialect.WriteRequest(question, deployment, stream: false, body, new List<string>());
        var request = new HttpRequestMessage(HttpMethod.Post, dialect.ChatUri(deployment, stream: false))
        {
            Content = new ByteArrayContent(body.WrittenSpan.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        dialect.Authorize(request, body.WrittenSpan, deployment, clock.GetUtcNow());
        return request;
    }

    private ProviderTestResult Judge(Deployment deployment, HttpResponseMessage answer, byte[] body, TimeSpan took)
    {
        var status = (int)answer.StatusCode;
        var dialect = UpstreamDialects.For(deployment.Dialect);
        if (!answer.IsSuccessStatusCode)
        {
            return new(false, deployment.Model.Id, status, took.TotalMilliseconds, dialect.ReadError(status, answer.Headers, body, clock.GetUtcNow()).Message);
        }

        // A login page or a status page also answers 200; only what reads as an answer counts.
        var sink = new AnswerProbe();
        try
        {
            dialect.ReadAnswer(body, sink);
        }
        catch (System.Text.Json.JsonException e)
        {
            return new(false, deployment.Model.Id, status, took.TotalMilliseconds, $"The answer is not one of the API that was expected: {e.Message}");
        }

        return new(sink.Error is null, deployment.Model.Id, status, took.TotalMilliseconds, sink.Error);
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
