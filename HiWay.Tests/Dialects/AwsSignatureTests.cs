using System.Net.Http.Headers;
using System.Text;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Bedrock;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>AWS Signature Version 4, checked with the vectors that AWS publishes for it and with a signature worked out by hand.</summary>
public sealed class AwsSignatureTests
{
    private static readonly AwsKeys Example = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", null);
    private static readonly DateTimeOffset Then = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("GET", "https://example.amazonaws.com/", null, "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("POST", "https://example.amazonaws.com/", null, "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData("POST", "https://example.amazonaws.com/", "application/x-www-form-urlencoded", "Param1=value1", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")]
    public void PublishedVector_IsMet(string method, string url, string? contentType, string body, string signature)
    {
        using var request = new HttpRequestMessage(new(method), url);
        if (contentType is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new(contentType) } };
        }

        AwsSignature.Sign(request, Encoding.UTF8.GetBytes(body), Example, "us-east-1", "service", Then);

        var names = contentType is null ? "host;x-amz-date" : "content-type;host;x-amz-date";
        Assert.Equal($"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={names}, Signature={signature}",
            Assert.Single(request.Headers.GetValues("Authorization")));
        Assert.Equal("20150830T123600Z", Assert.Single(request.Headers.GetValues("x-amz-date")));
    }

    [Fact]
    public void AModelIdWithColons_IsEscapedInThePath_AndOnceMoreInTheSignature()
    {
        var deployment = Deployments.Bedrock("us.anthropic.claude-haiku-4-5-20251001-v1:0") with { ApiKey = new Secret("ASIAIOSFODNN7EXAMPLE:secret/key+1:session-token") };
        var dialect = UpstreamDialects.For(UpstreamDialect.BedrockConverse);
        using var request = new HttpRequestMessage(HttpMethod.Post, dialect.ChatUri(deployment, stream: true))
        {
            Content = new ByteArrayContent("{}"u8.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };

        dialect.Authorize(request, "{}"u8, deployment, Then);

        Assert.Equal("https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse-stream", request.RequestUri!.AbsoluteUri);
        Assert.Equal("session-token", Assert.Single(request.Headers.GetValues("x-amz-security-token")));

        // By python3 hmac and hashlib over the canonical request with /model/us.anthropic.claude-haiku-4-5-20251001-v1%253A0/converse-stream.
        Assert.Equal("AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/20150830/us-east-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
            + "Signature=781a067490f96e950f3b2cf073a1dab7fd61979a679cc07bfbde1a863c72730d", Assert.Single(request.Headers.GetValues("Authorization")));
    }

    [Fact]
    public void ABedrockApiKey_IsShownAsABearerToken()
    {
        var deployment = Deployments.Bedrock() with { ApiKey = new Secret("ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl") };
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse");

        UpstreamDialects.For(UpstreamDialect.BedrockConverse).Authorize(request, default, deployment, Then);

        Assert.Equal("Bearer ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl", request.Headers.Authorization!.ToString());
        Assert.False(request.Headers.Contains("x-amz-date"));
    }

    [Theory]
    [InlineData("https://bedrock-runtime.eu-central-1.amazonaws.com/", null, "eu-central-1")]
    [InlineData("https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/", null, "us-gov-west-1")]
    [InlineData("https://vpce-0a1b2c-3d.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com/", null, "ap-southeast-2")]
    [InlineData("https://bedrock-runtime.eu-central-1.amazonaws.com/", "eu-west-3", "eu-west-3")]
    [InlineData("http://127.0.0.1:8080/", null, null)]
    public void TheRegion_IsTheCredentialsOwn_OrTheHosts(string baseUrl, string? own, string? expected) =>
        Assert.Equal(expected, BedrockDialect.RegionOf(new ProviderSettings { Region = own }, new Uri(baseUrl)));
}
