using System.Buffers;
using System.Text;
using HiWay.Domain.Errors;
using HiWay.Domain.Fallback;
using HiWay.Domain.Limits;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Images;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Shield;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace HiWay.Web.Gateway.Operations;

/// <summary><c>POST /v1/images/edits</c>: pictures and a prompt in, pictures out; a form that goes through as it arrives, or JSON.</summary>
internal sealed class ImageEditsOperation : ImagesOperation, IDisposable
{
    private ImageForm? _form;

    public override string Name => "openai_image_edits";

    public override string Endpoint => "/v1/images/edits";

    public override string? FormPrompt => _form is null ? null : Wishes.Prompt;

    /// <summary>A form is handed on while it arrives, and so but once.</summary>
    public override bool MayRepeat => _form is null;

    public override async ValueTask<(int Bytes, GatewayError? Error)> ReadAsync(GatewayCall call, GatewayOptions options)
    {
        var request = call.Http.Request;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            return await base.ReadAsync(call, options);
        }

        if (HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= 200 } boundary)
        {
            return (0, new GatewayError(GatewayErrorKind.InvalidRequest, "The form's Content-Type has no boundary."));
        }

        if (call.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = options.UploadLimitBytes;
        }

        var body = new ChatBody(ArrayPool<byte>.Shared.Rent(1), 0) { MaxOutputTokens = 0 };
        _form = new ImageForm(boundary.ToString(), request.Body, options.UploadLimitBytes);
        call.Http.Response.RegisterForDispose(this);
        var error = await _form.ReadAsync(
            (name, value) => Take(body, name, value), () => Wishes.InputImages++, () => body.Model.Length > 0,
            wholeFirst: SpendScope.Of(call.Workspace, call.Key, null).Capped || ShieldCall.ModeOf(call) == ShieldMode.Block, call.Http.RequestAborted);
        error ??= body.Model.Length == 0 ? Invalid("'model' is missing. Name a model that works on /v1/images/edits.", "model")
            : !_form.IsWhole ? null
            : Check(body);
        if (error is not null)
        {
            body.Dispose();
            return (0, error);
        }

        call.Body = body;
        return (0, null);
    }

    public override decimal WorstCaseUsd(GatewayCall call, Deployment deployment)
    {
        if (_form is not { IsWhole: false })
        {
            return base.WorstCaseUsd(call, deployment);
        }

        // What stands behind the first picture is not read yet: the dearest that it may be.
        var dearest = Wishes with { InputImages = ImageWishes.MostInputImages };
        return ImageCost.WorstCaseUsd(dearest, Wishes.Count, call.PromptTokens, deployment.Model, call.ArrivedAt);
    }

    public override GatewayError? Refuse(GatewayCall call, Deployment deployment) =>
        ImagesUpstreams.For(deployment) is null ? null : new GatewayError(GatewayErrorKind.UnsupportedEndpoint, $"'{deployment.Model.Id}' cannot change pictures here.", "model");

    public override async ValueTask<UpstreamAnswer?> AskAsync(GatewayCall call, Attempt attempt, UpstreamClient upstream, Watch watch)
    {
        if (_form is not { } form)
        {
            return await base.AskAsync(call, attempt, upstream, watch);
        }

        var deployment = attempt.Deployment;
        attempt.UpstreamDialectName = UpstreamName(deployment);
        var budget = HeadersBudget(upstream.HeadersTimeout);
        using var request = new HttpRequestMessage(HttpMethod.Post, OpenAiAddress.Of(deployment, "images/edits"))
        {
            Version = System.Net.HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = form.Send(deployment.Model.UpstreamModel, () => watch.Set(TimeBudget.Headers, budget)),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", form.ContentType);
        UpstreamDialects.For(deployment.Provider.Dialect).Authorize(request, default, deployment, call.ArrivedAt);
        try
        {
            return call.Streamed ? await OpenAsync(call, attempt, request, upstream, watch) : await ReadWholeAsync(call, attempt, request, upstream, watch);
        }
        catch (Exception) when (form.Broken is { } broken && !call.Http.RequestAborted.IsCancellationRequested)
        {
            // The client's form was at fault in the middle, not the provider.
            attempt.UpstreamError = new UpstreamError(ErrorEnvelope.StatusOf(broken), broken.Message, ErrorEnvelope.CodeOf(broken)) { Kind = UpstreamErrorKind.InvalidRequest };
            attempt.Fail(FailureClass.RequestRejected, broken.Message);
            return null;
        }
    }

    public void Dispose() => _form?.Dispose();

    protected override GatewayError? Check(ChatBody body)
    {
        var field = _form is null ? "images" : "image";
        return Wishes.InputImages == 0 ? Invalid($"'{field}' is missing: the picture to change.", field)
            : Wishes.InputImages > ImageWishes.MostInputImages ? Invalid($"There are {Wishes.InputImages} pictures; the API takes at most {ImageWishes.MostInputImages}.", field)
            : base.Check(body);
    }

    private GatewayError? Take(ChatBody body, string name, string value)
    {
        switch (name)
        {
            case "model":
                if (value.Length == 0 || body.Model.Length > 0)
                {
                    return Invalid(value.Length == 0 ? "'model' must be a text." : "'model' is given twice.", "model");
                }

                body.Model = value;
                return null;
            case "user":
                body.EndUser = value;
                return null;
            case "stream":
                if (value is not ("true" or "false"))
                {
                    return Invalid("'stream' must be true or false.", "stream");
                }

                body.Stream = value == "true";
                return null;
            case "prompt":
                body.PromptTokens = TokenEstimate.OfBytes(Encoding.UTF8.GetByteCount(value));
                return Wishes.Take(name, value);
            default:
                return Wishes.Take(name, value);
        }
    }
}
