using HiWay.Domain.Fallback;

namespace HiWay.Tests.Fallback;

public sealed class FailureRulesTests
{
    [Theory]
    [InlineData(FailureClass.RateLimited, NextStep.NextCandidate)]
    [InlineData(FailureClass.Overloaded, NextStep.NextCandidate)]
    [InlineData(FailureClass.ServerError, NextStep.NextCandidate)]
    [InlineData(FailureClass.Conflict, NextStep.NextCandidate)]
    [InlineData(FailureClass.Timeout, NextStep.NextCandidate)]
    [InlineData(FailureClass.ConnectionFailed, NextStep.NextCandidate)]
    [InlineData(FailureClass.BrokenAnswer, NextStep.NextCandidate)]
    [InlineData(FailureClass.EmptyAnswer, NextStep.NextCandidate)]
    [InlineData(FailureClass.CredentialRejected, NextStep.Stop)]
    [InlineData(FailureClass.CredentialUnfunded, NextStep.Stop)]
    [InlineData(FailureClass.ModelNotFound, NextStep.Stop)]
    [InlineData(FailureClass.ContextLength, NextStep.Stop)]
    [InlineData(FailureClass.ContentFilter, NextStep.Stop)]
    [InlineData(FailureClass.RequestRejected, NextStep.Stop)]
    public void EachFailure_HasItsNextStep(FailureClass failure, NextStep next) => Assert.Equal(next, FailureRules.After(failure));

    [Fact]
    public void TheTableAbove_NamesEveryClass_AndEachHasItsOwnText()
    {
        var all = Enum.GetValues<FailureClass>();
        Assert.Equal(14, all.Length);
        Assert.Equal(all.Length, all.Select(f => f.Text()).Distinct().Count());
        Assert.All(all, f => Assert.Matches("^[a-z]+(_[a-z]+)*$", f.Text()));
    }

    [Theory]
    [InlineData(400, FailureClass.RequestRejected)]
    [InlineData(401, FailureClass.CredentialRejected)]
    [InlineData(402, FailureClass.CredentialUnfunded)]
    [InlineData(403, FailureClass.CredentialRejected)]
    [InlineData(404, FailureClass.ModelNotFound)]
    [InlineData(408, FailureClass.Timeout)]
    [InlineData(409, FailureClass.Conflict)]
    [InlineData(413, FailureClass.RequestRejected)]
    [InlineData(422, FailureClass.RequestRejected)]
    [InlineData(429, FailureClass.RateLimited)]
    [InlineData(499, FailureClass.RequestRejected)]
    [InlineData(500, FailureClass.ServerError)]
    [InlineData(502, FailureClass.ServerError)]
    [InlineData(503, FailureClass.Overloaded)]
    [InlineData(529, FailureClass.Overloaded)]
    [InlineData(599, FailureClass.ServerError)]
    [InlineData(302, FailureClass.BrokenAnswer)]
    public void AStatusAlone_IsEnough(int status, FailureClass expected) => Assert.Equal(expected, FailureReading.Of(status, null, null, null));

    [Theory]
    [InlineData(400, "context_length_exceeded", "This model's maximum context length is 128000 tokens.", FailureClass.ContextLength)]
    [InlineData(400, null, "prompt is too long: 210000 tokens > 200000 maximum", FailureClass.ContextLength)]
    [InlineData(400, null, "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).", FailureClass.ContextLength)]
    [InlineData(500, null, "Prompt contains 40000 tokens, too large for model with 32768 maximum context length", FailureClass.ContextLength)]
    [InlineData(429, null, "Rate limit reached: the context window of tokens per minute is used up", FailureClass.RateLimited)]
    [InlineData(400, "content_filter", "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", FailureClass.ContentFilter)]
    [InlineData(400, "content_policy_violation", "Your request was rejected.", FailureClass.ContentFilter)]
    [InlineData(403, null, "Rejected: violates our usage policies", FailureClass.ContentFilter)]
    [InlineData(400, "invalid_value", "temperature must be at most 2", FailureClass.RequestRejected)]
    public void WhatTheUpstreamSays_RefinesTheStatus(int status, string? code, string message, FailureClass expected) =>
        Assert.Equal(expected, FailureReading.Of(status, code, "invalid_request_error", message));

    [Theory]
    [InlineData(ChainEnd.RateLimited, FailureClass.RateLimited)]
    [InlineData(ChainEnd.RateLimited, FailureClass.RateLimited, FailureClass.RateLimited, FailureClass.RateLimited)]
    [InlineData(ChainEnd.Unavailable, FailureClass.RateLimited, FailureClass.ServerError)]
    [InlineData(ChainEnd.Unavailable, FailureClass.Timeout, FailureClass.RateLimited)]
    [InlineData(ChainEnd.Refused, FailureClass.RateLimited, FailureClass.RequestRejected)]
    [InlineData(ChainEnd.Refused, FailureClass.ContextLength)]
    [InlineData(ChainEnd.Refused, FailureClass.ContentFilter)]
    [InlineData(ChainEnd.Unavailable, FailureClass.CredentialRejected)] // never the caller's 401
    [InlineData(ChainEnd.Unavailable, FailureClass.CredentialUnfunded)] // nor his 402
    public void TheEndOfAChain_IsToldFromItsFailures(ChainEnd end, params FailureClass[] failures) => Assert.Equal(end, FailureRules.EndOf(failures));
}
