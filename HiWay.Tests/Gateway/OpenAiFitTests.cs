using System.Text;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Providers;
using HiWay.Tests.Dialects;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Tests.Gateway;

/// <summary>Which bodies go to a provider of OpenAI's dialect as bytes: those that hold no word that it would refuse.</summary>
public sealed class OpenAiFitTests
{
    [Theory]
    [InlineData("groq", "openai/gpt-oss-20b", "\"reasoning_effort\":\"low\"", true)]
    [InlineData("groq", "openai/gpt-oss-20b", "\"reasoning_effort\" : \"medium\" ", true)]
    [InlineData("groq", "openai/gpt-oss-20b", "\"reasoning_effort\":null", true)]
    [InlineData("groq", "openai/gpt-oss-20b", "\"reasoning_effort\":\"minimal\"", false)]
    [InlineData("groq", "openai/gpt-oss-20b", "\"reasoning_effort\":\"xhigh\"", false)]
    [InlineData("groq", "qwen/qwen3-32b", "\"reasoning_effort\":\"high\"", false)]
    [InlineData("groq", "qwen/qwen3-32b", "\"reasoning_effort\":\"default\"", true)]
    [InlineData("mistral", "magistral-medium-latest", "\"reasoning_effort\":\"low\"", false)]
    [InlineData("mistral", "magistral-medium-latest", "\"reasoning_effort\":\"high\"", true)]
    [InlineData("xai", "grok-3-mini", "\"reasoning_effort\":\"medium\"", false)]
    [InlineData("xai", "grok-4-fast", "\"reasoning_effort\":\"low\"", false)]
    [InlineData("together", "some-model", "\"reasoning_effort\":\"minimal\"", false)]
    [InlineData("fireworks", "some-model", "\"reasoning_effort\":\"none\"", true)]
    [InlineData("perplexity", "sonar-reasoning", "\"reasoning_effort\":\"xhigh\"", false)]
    [InlineData("deepseek", "deepseek-chat", "\"reasoning_effort\":\"high\"", false)]
    [InlineData("moonshot", "kimi-k2", "\"reasoning_effort\":\"high\"", false)]
    [InlineData("openrouter", "some-model", "\"reasoning_effort\":\"minimal\"", true)]
    [InlineData("vllm", "some-model", "\"reasoning_effort\":\"minimal\"", true)]
    [InlineData("openai", "gpt-5", "\"reasoning_effort\":\"minimal\"", true)]
    public void AnEffort_PassesAsBytes_WhereTheModelTakesTheVeryWord(string provider, string model, string member, bool fits) =>
        Assert.Equal(fits, Fits(member, Deployments.Known(provider, model)));

    [Theory]
    [InlineData("groq")]
    [InlineData("openai")]
    public void AnEffort_DoesNotPass_ToAModelThatIsKnownNotToThink(string provider)
    {
        Assert.False(Fits("\"reasoning_effort\":\"low\"", Listed(provider, ModelCapabilities.Temperature)));
        Assert.True(Fits("\"reasoning_effort\":\"low\"", Listed(provider, ModelCapabilities.Temperature | ModelCapabilities.Reasoning)));
    }

    [Theory]
    [InlineData("\"stop\":[\"x\"]")]
    [InlineData("\"presence_penalty\":0.5")]
    [InlineData("\"frequency_penalty\":0.5")]
    public void WhatModelsOfXAiThatThinkRefuse_DoesNotPassToThem(string member)
    {
        Assert.False(Fits(member, Listed("xai", ModelCapabilities.Reasoning)));
        Assert.True(Fits(member, Listed("xai", ModelCapabilities.Temperature)));
    }

    private static Deployment Listed(string provider, ModelCapabilities capabilities)
    {
        var known = Deployments.Known(provider);
        return known with { Model = known.Model with { Capabilities = capabilities, CapabilitiesKnown = true } };
    }

    private static bool Fits(string member, Deployment deployment)
    {
        var bytes = Encoding.UTF8.GetBytes(Deployments.Ask(member));
        var (body, error) = ChatBodyScanner.Scan(bytes, bytes.Length);
        Assert.Null(error);
        return OpenAiFit.Fits(body!, deployment);
    }
}
