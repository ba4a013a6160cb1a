using System.Buffers;
using System.Diagnostics;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations;

/// <summary>
/// What a call asks for when it is no conversation: vectors, pictures. It takes the same path with the same admission as a chat; each
/// stage that would look at messages asks the operation instead. Made per call, and holds what ReadBody found.
/// </summary>
internal abstract class Operation
{
    /// <summary>The client's dialect as usage rows spell it: <c>openai_embeddings</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The route, as a model's `endpoints` name it.</summary>
    public abstract string Endpoint { get; }

    /// <summary>The tier whose models do this, for callers who name a tier or <c>auto</c>; null when a model must be named.</summary>
    public virtual Tier? Tier => null;

    /// <summary>Its body holds messages, and a model is chosen for it as for a chat.</summary>
    public virtual bool IsAboutAConversation => false;

    /// <summary>May be tried at another provider that serves the same model under the same short id.</summary>
    public virtual bool FallsBack => false;

    /// <summary>Its body is here and can be sent to another model, where the caller leaves open which.</summary>
    public virtual bool MayRepeat => true;

    /// <summary>Reads the body and leaves what it says on the call.</summary>
    public virtual async ValueTask<(int Bytes, GatewayError? Error)> ReadAsync(GatewayCall call, GatewayOptions options)
    {
        var (rented, length, error) = await BodyReader.ReadAsync(call.Http.Request, options.BodyLimitBytes, call.Http.RequestAborted);
        if (error is not null)
        {
            return (0, error);
        }

        (var body, error) = OperationBodyScanner.Scan(rented!, length, ReadMember);
        error ??= Check(body!);
        if (error is null)
        {
            call.Body = body!;
        }
        else
        {
            ArrayPool<byte>.Shared.Return(rented!);
        }

        return (length, error);
    }

    /// <summary>Reads a body again whose texts were masked.</summary>
    public virtual (ChatBody? Body, GatewayError? Error) Rescan(GatewayCall call, byte[] rented, int length)
    {
        Forget();
        var (body, error) = OperationBodyScanner.Scan(rented, length, ReadMember);
        error ??= Check(body!);
        return error is null ? (body, null) : (null, error);
    }

    /// <summary>Drops what <see cref="ReadMember"/> has kept, because it is about to see the members again.</summary>
    protected virtual void Forget()
    {
    }

    /// <summary>The prompt of a form, which is handed on without ever being a body in memory; null where the body holds the texts.</summary>
    public virtual string? FormPrompt => null;

    /// <summary>Where the call goes, or why nowhere.</summary>
    public virtual (RouteChoice? Route, GatewayError? Error) Choose(GatewayCall call, IReadOnlyList<ModelEntry> catalogue) => OperationRoute.Choose(call, this, catalogue);

    /// <summary>Whether <see cref="WorstCaseUsd"/> is a bound; a call without one is refused where a cap is set.</summary>
    public virtual bool IsBounded(GatewayCall call, Deployment deployment) => true;

    /// <summary>The provider bills nothing for it, however it ends.</summary>
    public virtual bool CostsNothing => false;

    /// <summary>The most that one attempt at a deployment can cost, in US dollars.</summary>
    public abstract decimal WorstCaseUsd(GatewayCall call, Deployment deployment);

    /// <summary>Why a deployment that serves the endpoint cannot take this very request; null when it can.</summary>
    public virtual GatewayError? Refuse(GatewayCall call, Deployment deployment) => null;

    /// <summary>Makes one attempt; null with the failure written on it when nothing came.</summary>
    public abstract ValueTask<UpstreamAnswer?> AskAsync(GatewayCall call, Attempt attempt, UpstreamClient upstream, Watch watch);

    /// <summary>Takes one top-level member of a JSON body; the reader stands on its value and is left on its last token.</summary>
    protected virtual GatewayError? ReadMember(ref System.Text.Json.Utf8JsonReader json, string name, ChatBody body)
    {
        json.Skip();
        return null;
    }

    /// <summary>What only the whole body shows: members that are missing.</summary>
    protected virtual GatewayError? Check(ChatBody body) => null;

    /// <summary>US dollars per million tokens, or a price above all lists where none is known: what is not known is not free.</summary>
    protected static TokenPrice PriceOrCeiling(GatewayCall call, Deployment deployment)
    {
        var listed = PriceRules.PriceAt(deployment.Model.Prices, call.ArrivedAt, call.PromptTokens) ?? new TokenPrice();
        return listed with { Input = listed.Input ?? PriceCeiling.Tokens.Input, Output = listed.Output ?? listed.ImageOutput ?? PriceCeiling.Tokens.Output };
    }

    protected static GatewayError Invalid(string message, string param) => new(GatewayErrorKind.InvalidRequest, message, param);

    /// <summary>A POST of JSON to an upstream, signed by its dialect.</summary>
    protected static HttpRequestMessage Post(GatewayCall call, Deployment deployment, Uri address, RentedBuffer body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Version = System.Net.HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ReadOnlyMemoryContent(body.Memory) { Headers = { ContentType = new("application/json") } },
        };
        UpstreamDialects.For(deployment.Provider.Dialect).Authorize(request, body.Span, deployment, call.ArrivedAt + Stopwatch.GetElapsedTime(call.StartedAt));
        return request;
    }
}
