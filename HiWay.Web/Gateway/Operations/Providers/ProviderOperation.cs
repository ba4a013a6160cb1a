using System.Buffers;
using System.Diagnostics;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;
using Microsoft.AspNetCore.Http.Features;

namespace HiWay.Web.Gateway.Operations.Providers;

/// <summary>
/// <c>ANY /v1/providers/{provider}/*</c>: a provider's own API for what HiWay does not model, with HiWay's key in front and the provider's
/// behind. Takes the same admission as every call; the answer goes back as it comes, errors included.
/// </summary>
internal sealed class ProviderOperation(string slug) : Operation
{
    private string _rest = "";
    private string _query = "";
    private ProviderCallFacts _facts = ProviderCallFacts.Of("GET", "", default, hasBody: false);
    private bool _streamsBody;

    public override string Name => "passthrough";

    public override string Endpoint => "/v1/providers";

    public override async ValueTask<(int Bytes, GatewayError? Error)> ReadAsync(GatewayCall call, GatewayOptions options)
    {
        var request = call.Http.Request;
        if (ProviderPath.Of(call.Http, slug) is not { } path)
        {
            return (0, Invalid("The path below the provider must be plain: no '.' or '..' segment in any encoding, no backslash.", "path"));
        }

        (_rest, _query) = path;
        if (request.Headers.Upgrade.Count > 0 || HttpMethods.IsConnect(request.Method) || HttpMethods.IsTrace(request.Method))
        {
            return (0, new GatewayError(GatewayErrorKind.UnsupportedEndpoint, "Sockets cannot be metered, so they are not passed through. Use the provider's HTTP routes."));
        }

        var body = new ChatBody(ArrayPool<byte>.Shared.Rent(1), 0) { MaxOutputTokens = 0 };
        var hasBody = request.ContentLength > 0 || (request.ContentLength is null && request.Headers.TransferEncoding.Count > 0);
        if (hasBody && IsJson(request.ContentType))
        {
            var (rented, length, error) = await BodyReader.ReadAsync(request, options.BodyLimitBytes, call.Http.RequestAborted);
            if (error is not null)
            {
                body.Dispose();
                return (0, error);
            }

            body.Dispose();
            body = new ChatBody(rented!, length) { MaxOutputTokens = 0 };
        }
        else if (hasBody)
        {
            _streamsBody = true;
            if (call.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            {
                size.MaxRequestBodySize = options.UploadLimitBytes;
            }
        }

        _facts = ProviderCallFacts.Of(request.Method, _rest, body.Bytes.Span, hasBody);
        body.Model = _facts.Model is { } model ? $"{slug}/{model}" : $"{slug}/*";
        body.Stream = _facts.Stream;
        body.PromptTokens = _facts.IsFree ? 0 : _facts.InputTokens;
        body.MaxOutputTokens = _facts.IsFree ? 0 : _facts.MaxOutputTokens;
        body.Choices = _facts.Answers;
        call.Body = body;
        return (body.Bytes.Length, null);
    }

    public override (ChatBody? Body, GatewayError? Error) Rescan(GatewayCall call, byte[] rented, int length)
    {
        var before = call.Body;
        return (new ChatBody(rented, length)
        {
            Model = before.Model,
            Stream = before.Stream,
            PromptTokens = before.PromptTokens,
            MaxOutputTokens = before.MaxOutputTokens,
            Choices = before.Choices,
        }, null);
    }

    /// <summary>The one deployment that the call goes to, or why it may not.</summary>
    public override (RouteChoice? Route, GatewayError? Error) Choose(GatewayCall call, IReadOnlyList<ModelEntry> catalogue)
    {
        if (call.Key.IsTest)
        {
            return (null, Invalid("A hw_test_ key is answered by HiWay itself and reaches no provider. Use a hw_live_ key.", "provider"));
        }

        var workspace = call.Workspace;
        var any = workspace.ByModelId.Values.FirstOrDefault(deployment => deployment.Provider.Slug == slug);
        if (any is null)
        {
            return (null, ProviderCatalogue.IsBuiltIn(slug)
                ? new GatewayError(GatewayErrorKind.ProviderNotConfigured, $"The provider '{slug}' has no enabled key in this workspace; add one under Settings > Providers.", "provider")
                {
                    Details = [new("tier", null), new("missing_providers", (IEnumerable<string>)[slug])],
                }
                : new GatewayError(GatewayErrorKind.NotFound, $"There is no provider '{slug}' in this workspace."));
        }

        var (deployment, refusal) = Deployment(call, any, catalogue);
        return refusal is not null ? (null, refusal)
            : ProviderPath.Address(any.BaseUrl, _rest, _query) is null ? (null, Invalid("The path leads outside of the provider's API.", "path"))
            : (new RouteChoice([deployment!], "bypass", null, $"Passed through: {call.Http.Request.Method} {Shorten(_rest)}.", Tier: deployment!.Model.Tier), null);
    }

    public override bool IsBounded(GatewayCall call, Deployment deployment) => _facts.WorstCaseUsd(deployment.Model, call.ArrivedAt) is not null;

    public override bool CostsNothing => _facts.IsFree;

    public override decimal WorstCaseUsd(GatewayCall call, Deployment deployment) =>
        _facts.WorstCaseUsd(deployment.Model, call.ArrivedAt)
        ?? PriceRules.CostOf(new TokenUsage { Input = _facts.InputTokens, Output = _facts.MaxOutputTokens ?? 0 }, PriceOrCeiling(call, deployment)).Usd;

    public override async ValueTask<UpstreamAnswer?> AskAsync(GatewayCall call, Attempt attempt, UpstreamClient upstream, Watch watch)
    {
        var deployment = attempt.Deployment;
        var dialect = UpstreamDialects.For(deployment.Provider.Dialect);
        attempt.UpstreamDialectName = dialect.Name;
        var http = call.Http.Request;
        using var request = new HttpRequestMessage(new HttpMethod(http.Method), ProviderPath.Address(deployment.BaseUrl, _rest, _query)!)
        {
            Version = System.Net.HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (_streamsBody)
        {
            request.Content = new UploadContent(http.BodyReader, http.ContentLength, () => watch.Set(TimeBudget.Headers, upstream.HeadersTimeout));
        }
        else if (call.Body.Bytes.Length > 0)
        {
            request.Content = new ReadOnlyMemoryContent(call.Body.Bytes);
        }

        ProviderHeaders.Send(http.Headers, request);
        Authorize(dialect, request, call, deployment);

        // Whatever runs behind an unknown route may take its time; the total limit of the call still holds.
        watch.Set(TimeBudget.Headers, upstream.HeadersTimeout * 10);
        var response = await upstream.SendRawAsync(deployment, request, watch);
        attempt.Status = (int)response.StatusCode;
        attempt.FirstContentAt = Stopwatch.GetTimestamp();
        var body = await UpstreamBody.DecompressedAsync(response, watch.Token);
        return new ProviderAnswer(attempt, watch, response, body, new ProviderUsage(_facts, dialect, response, call.PromptTokens, call.AnswerPrinter));
    }

    /// <summary>The client's own version headers stand where the dialect would set its default.</summary>
    private static void Authorize(IUpstreamDialect dialect, HttpRequestMessage request, GatewayCall call, Deployment deployment)
    {
        var version = request.Headers.TryGetValues("anthropic-version", out var own) ? own.ToArray() : null;
        request.Headers.Remove("anthropic-version");
        dialect.Authorize(request, call.Body.Bytes.Span, deployment, call.ArrivedAt + Stopwatch.GetElapsedTime(call.StartedAt));
        if (version is not null)
        {
            request.Headers.Remove("anthropic-version");
            request.Headers.TryAddWithoutValidation("anthropic-version", version);
        }
    }

    /// <summary>The model's own deployment where the call names one; else a stand-in without a price, which only a key without a list of models may use.</summary>
    private (Deployment? Deployment, GatewayError? Error) Deployment(GatewayCall call, Deployment any, IReadOnlyList<ModelEntry> catalogue)
    {
        if (_facts.Model is { } name && call.Workspace.ByModelId.TryGetValue($"{slug}/{name}", out var known))
        {
            return Judge(call, known.Model) is { } refusal ? (null, refusal) : (known, null);
        }

        if (_facts.Model is { } off && catalogue.FirstOrDefault(model => model.Provider == slug && (model.UpstreamModel == off || model.Aliases.Contains(off))) is { } disabled
            && !any.Provider.Custom)
        {
            return (null, new GatewayError(GatewayErrorKind.ModelNotFound, $"Model '{disabled.Id}' is switched off in this workspace; an admin can enable it under Models.", "model"));
        }

        if (call.Key.AllowedModels is not null)
        {
            return (null, new GatewayError(GatewayErrorKind.ModelNotAllowed,
                $"This key may use some models only, and {(_facts.Model is { } other ? $"'{slug}/{other}' is none of them" : "this route names none")}. Use a key without a list of models.", "model"));
        }

        var stand = new ModelEntry
        {
            Id = _facts.Model is { } model2 ? $"{slug}/{model2}" : $"{slug}/*",
            Provider = slug,
            UpstreamModel = _facts.Model ?? "*",
            Name = _facts.Model ?? slug,
            Tier = Domain.Catalogue.Tier.None,
            Zone = any.Model.Zone,
        };
        return Judge(call, stand) is { } outside ? (null, outside) : (new Deployment(stand, any.Provider, any.BaseUrl, any.CredentialId, any.ApiKey)
        {
            Settings = any.Settings, WorkspaceId = any.WorkspaceId, Credential = any.Credential,
        }, null);
    }

    private static GatewayError? Judge(GatewayCall call, ModelEntry model) =>
        !KeyModels.Allows(call.Key.AllowedModels, model.Id, model)
            ? new GatewayError(GatewayErrorKind.ModelNotAllowed, $"This key may not use '{model.Id}'. Add it to the key's allowed models under Keys, or ask for one of them.", "model")
            : !ZoneRules.Allows(call.Workspace.Zone, model.Zone)
                ? new GatewayError(GatewayErrorKind.ModelNotAllowed,
                    $"'{model.Id}' is outside this workspace's zone '{call.Workspace.Zone.Text()}'. An admin can change the zone under Settings.", "model")
                : null;

    private static bool IsJson(string? type) => type is not null && type.Contains("json", StringComparison.OrdinalIgnoreCase) && !type.Contains("jsonl", StringComparison.OrdinalIgnoreCase);

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
