using System.Buffers;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects.Framing;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>AWS Bedrock's Converse API, which speaks for all models there.</summary>
public sealed partial class BedrockDialect : IUpstreamDialect
{
    private const string Service = "bedrock";

    public UpstreamDialect Kind => UpstreamDialect.BedrockConverse;

    public string Name => "bedrock_converse";

    public bool TakesPictureAddresses => false;

    public StreamFraming Framing => StreamFraming.AwsEventStream;

    /// <summary>A model's id may be a whole ARN; it is one segment of the path, so colons and slashes in it are escaped.</summary>
    public Uri ChatUri(Deployment deployment, bool stream) =>
        new(deployment.BaseUrl, $"model/{Uri.EscapeDataString(deployment.Model.UpstreamModel)}/{(stream ? "converse-stream" : "converse")}");

    /// <summary>For a Bedrock API key; an access key signs the whole request instead, see <see cref="Authorize"/>.</summary>
    public void WriteHeaders(HttpRequestHeaders headers, Secret apiKey)
    {
        if (apiKey.Reveal() is { Length: > 0 } key)
        {
            headers.Authorization = new("Bearer", key);
        }
    }

    public void Authorize(HttpRequestMessage request, ReadOnlySpan<byte> body, Deployment deployment, DateTimeOffset now)
    {
        if (AwsKeys.Parse(deployment.ApiKey) is { } keys)
        {
            AwsSignature.Sign(request, body, keys, RegionOf(deployment.Settings, deployment.BaseUrl) ?? "us-east-1", Service, now);
        }
        else
        {
            WriteHeaders(request.Headers, deployment.ApiKey);
        }
    }

    public void WriteRequest(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped) =>
        BedrockRequestWriter.Write(request, deployment, body, dropped);

    public void ReadAnswer(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        JsonText.MustBeUtf8(body);
        try
        {
            BedrockAnswerReader.Read(body, sink);
        }
        catch (InvalidOperationException e)
        {
            throw JsonText.NoText(e);
        }
    }

    public IUpstreamStreamReader NewStreamReader(IAnswerSink sink) => new BedrockStreamReader(sink);

    public UpstreamError ReadError(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        BedrockErrors.Read(status, headers, body) with { RetryAfter = RetryAfter.Read(headers, now) };

    /// <summary>The region to sign for: the credential's own, else the one in AWS's host name; null when neither says.</summary>
    internal static string? RegionOf(ProviderSettings settings, Uri baseUrl) =>
        settings.Region ?? (Host().Match(baseUrl.Host) is { Success: true } host ? host.Groups["region"].Value : null);

    // bedrock-runtime.eu-central-1.amazonaws.com, bedrock-runtime-fips.us-gov-west-1.amazonaws.com, vpce-0a1b.bedrock-runtime.us-east-1.vpce.amazonaws.com
    [GeneratedRegex(@"(^|\.)bedrock-runtime(-fips)?\.(?<region>[a-z]{2}(-[a-z]+)+-\d+)\.", RegexOptions.CultureInvariant)]
    private static partial Regex Host();
}
