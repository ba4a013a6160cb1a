using System.Net;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>Pages of other origins may call the gateway with a key of their own, and nothing else.</summary>
public sealed class CrossOriginTests(SharedHost shared) : IClassFixture<SharedHost>
{
    [Fact]
    public async Task APreflight_IsAnsweredWithoutAKey()
    {
        using var request = From("https://page.example", HttpMethod.Options, "/v1/chat/completions");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,x-stainless-lang");

        using var answer = await shared.Host.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Contains("POST", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Methods")), StringComparison.Ordinal);
        Assert.Equal("authorization,content-type,x-stainless-lang", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Headers")));
        Assert.True(answer.Headers.Contains("X-Request-Id"));
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/v1/account/balance")]
    [InlineData("/v1/nowhere")]
    public async Task WhatTheGatewayAnswers_APageMayRead_ErrorsToo(string path)
    {
        var account = await shared.Host.Http.SignUpAsync();
        using var request = From("https://page.example", HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", account.Key);

        using var answer = await shared.Host.Http.SendAsync(request);

        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Expose-Headers")));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData("/api/v1/me")]
    [InlineData("/login")]
    public async Task TheManagementApiAndTheDashboard_StayClosed(string path)
    {
        using var request = From("https://page.example", HttpMethod.Options, path);
        request.Headers.Add("Access-Control-Request-Method", "POST");

        using var answer = await shared.Host.Http.SendAsync(request);

        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task WithoutAnOrigin_NothingIsAdded()
    {
        using var answer = await shared.Host.Http.GetAsync("/v1/models");

        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    private static HttpRequestMessage From(string origin, HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Origin", origin);
        return request;
    }
}
