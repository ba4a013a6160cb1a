using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Limits;
using HiWay.Infrastructure.Images;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations;

/// <summary><c>POST /v1/images/generations</c>: a prompt in, pictures out, whole or as a stream that shows them grow.</summary>
internal class ImagesOperation : WholeOperation
{
    /// <summary>A picture of the best quality takes minutes, and nothing comes before it is done.</summary>
    private static readonly TimeSpan SlowestPicture = TimeSpan.FromMinutes(4);

    public override string Name => "openai_images";

    public override string Endpoint => "/v1/images/generations";

    public override Tier? Tier => Domain.Catalogue.Tier.Image;

    protected ImageWishes Wishes { get; private set; } = new();

    public override decimal WorstCaseUsd(GatewayCall call, Deployment deployment) =>
        ImageCost.WorstCaseUsd(Wishes, Wishes.Count ?? 1, call.PromptTokens, deployment.Model, call.ArrivedAt);

    public override GatewayError? Refuse(GatewayCall call, Deployment deployment)
    {
        if (ImagesUpstreams.For(deployment) is not { } upstream)
        {
            return null;
        }

        return call.Streamed
            ? Invalid($"'{deployment.Model.Id}' cannot stream pictures. Leave out 'stream'.", "stream")
            : Wishes.WantsUrl
                ? Invalid($"'{deployment.Model.Id}' gives pictures as base64, not as addresses. Ask for 'b64_json', or leave out 'response_format'.", "response_format")
                : (Wishes.Count ?? 1) > upstream.MostImages(deployment)
                    ? Invalid($"'{deployment.Model.Id}' makes at most {upstream.MostImages(deployment)} pictures a call.", "n")
                    : null;
    }

    public override async ValueTask<UpstreamAnswer?> AskAsync(GatewayCall call, Attempt attempt, UpstreamClient upstream, Watch watch)
    {
        if (!call.Streamed)
        {
            return await base.AskAsync(call, attempt, upstream, watch);
        }

        attempt.UpstreamDialectName = UpstreamName(attempt.Deployment);
        using var sent = new RentedBuffer(call.Body.Bytes.Length + 256);
        using var request = NewRequest(call, attempt, 0, sent);
        return await OpenAsync(call, attempt, request, upstream, watch);
    }

    /// <summary>Sends and hands on the stream that comes; some models answer whole although a stream was asked for.</summary>
    protected async ValueTask<UpstreamAnswer?> OpenAsync(GatewayCall call, Attempt attempt, HttpRequestMessage request, UpstreamClient upstream, Watch watch)
    {
        var body = await upstream.SendAsync(call, attempt, request, HeadersBudget(upstream.HeadersTimeout), watch);
        if (body is null)
        {
            return null;
        }

        UpstreamAnswer? answer = null;
        try
        {
            answer = await upstream.ReadPreambleAsync(call, attempt, body, new ImageStreamRelay(), watch, HeadersBudget(upstream.HeadersTimeout));
            return answer;
        }
        finally
        {
            if (answer is null)
            {
                body.Dispose();
            }
        }
    }

    protected override void Forget() => Wishes = new();

    protected override GatewayError? ReadMember(ref Utf8JsonReader json, string name, ChatBody body)
    {
        if (name == "prompt")
        {
            body.AddText(new(HiWay.Domain.Routing.PromptRole.User, (int)json.TokenStartIndex + 1, json.ValueSpan.Length, 0));
            body.PromptTokens = TokenEstimate.OfBytes(json.ValueSpan.Length);
        }

        return Wishes.Read(ref json, name, body);
    }

    protected override GatewayError? Check(ChatBody body) =>
        Wishes.Prompt.Length == 0 ? Invalid("'prompt' is missing: the text that says what to draw.", "prompt") : null;

    protected override string UpstreamName(Deployment deployment) => ImagesUpstreams.For(deployment)?.Name ?? Name;

    protected override TimeSpan HeadersBudget(TimeSpan standard) => SlowestPicture * (standard / TimeSpan.FromSeconds(30));

    protected override HttpRequestMessage NewRequest(GatewayCall call, Attempt attempt, int part, RentedBuffer sent)
    {
        var deployment = attempt.Deployment;
        if (ImagesUpstreams.For(deployment) is { } upstream)
        {
            upstream.Write(new ImagesRequest(Wishes.Prompt, Wishes.Count ?? 1, Wishes.Size, Wishes.Quality), deployment, sent, attempt.Dropped);
            attempt.Dropped.AddRange(Wishes.Others);
            return Post(call, deployment, upstream.Address(deployment), sent);
        }

        BodySplice.Write(call.Body, deployment.Model.UpstreamModel, askForUsage: false, sent);
        return Post(call, deployment, OpenAiAddress.Of(deployment, Endpoint["/v1/".Length..]), sent);
    }

    protected override IAnswerRelay NewRelay(GatewayCall call, Deployment deployment) =>
        ImagesUpstreams.For(deployment) is { } upstream
            ? new TranslatedImagesRelay(upstream, call.ArrivedAt.ToUnixTimeSeconds(), ImageCost.HasListedPrice(Wishes, deployment.Model))
            : new OpenAiImagesRelay(deployment.Model.Units?.Image is null, ImageCost.HasListedPrice(Wishes, deployment.Model));
}
