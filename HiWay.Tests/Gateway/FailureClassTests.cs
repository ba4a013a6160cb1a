using System.Text.Json;
using HiWay.Domain.Fallback;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Tests.Gateway;

/// <summary>What providers say decides what happens next.</summary>
public sealed class FailureClassTests
{
    [Theory]
    [InlineData(400, "context_length_exceeded", "This model's maximum context length is 128000 tokens.", FailureClass.ContextLength)]
    [InlineData(400, null, "prompt is too long: 210000 tokens > 200000 maximum", FailureClass.ContextLength)]
    [InlineData(400, null, "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).", FailureClass.ContextLength)]
    [InlineData(400, null, "Prompt contains 40000 tokens, too large for model with 32768 maximum context length", FailureClass.ContextLength)]
    [InlineData(429, null, "Rate limit reached: the context window of tokens per minute is used up", FailureClass.RateLimited)]
    [InlineData(400, "content_filter", "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", FailureClass.ContentFilter)]
    [InlineData(400, "content_policy_violation", "Your request was rejected.", FailureClass.ContentFilter)]
    [InlineData(403, null, "Rejected: violates our usage policies", FailureClass.ContentFilter)]
    [InlineData(400, "invalid_value", "temperature must be at most 2", FailureClass.RequestRejected)]
    public void WhatTheUpstreamSays_RefinesTheStatus(int status, string? code, string message, FailureClass expected) =>
        Assert.Equal(expected, Failures.ClassOf(OpenAiErrors.Read(status, JsonSerializer.SerializeToUtf8Bytes(new { error = new { message, code, type = "invalid_request_error" } }))));
}
