using HiWay.Domain.Fallback;

namespace HiWay.Tests.Fallback;

public sealed class FailureRulesTests
{
    [Theory]
    [InlineData(FailureClass.RateLimited, NextStep.OtherKey)]
    [InlineData(FailureClass.Overloaded, NextStep.NextCandidate)]
    [InlineData(FailureClass.ServerError, NextStep.NextCandidate)]
    [InlineData(FailureClass.Conflict, NextStep.NextCandidate)]
    [InlineData(FailureClass.Timeout, NextStep.NextCandidate)]
    [InlineData(FailureClass.ConnectionFailed, NextStep.NextCandidate)]
    [InlineData(FailureClass.BrokenAnswer, NextStep.NextCandidate)]
    [InlineData(FailureClass.EmptyAnswer, NextStep.NextCandidate)]
    [InlineData(FailureClass.Diverged, NextStep.NextCandidate)]
    [InlineData(FailureClass.CredentialRejected, NextStep.OtherKey)]
    [InlineData(FailureClass.CredentialUnfunded, NextStep.OtherKey)]
    [InlineData(FailureClass.ModelNotFound, NextStep.NextCandidate)]
    [InlineData(FailureClass.ContextLength, NextStep.LargerContext)]
    [InlineData(FailureClass.ContentFilter, NextStep.Stop)]
    [InlineData(FailureClass.RequestRejected, NextStep.Stop)]
    [InlineData(FailureClass.CannotExpress, NextStep.NextCandidate)]
    public void EachFailure_HasItsNextStep(FailureClass failure, NextStep next) => Assert.Equal(next, FailureRules.After(failure));

    [Fact]
    public void TheTableAbove_NamesEveryClass_AndEachHasItsOwnText()
    {
        var all = Enum.GetValues<FailureClass>();
        Assert.Equal(16, all.Length);
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
    public void AStatusAlone_IsEnough(int status, FailureClass expected) => Assert.Equal(expected, FailureReading.OfStatus(status));

    [Theory]
    [InlineData(ChainEnd.RateLimited, FailureClass.RateLimited)]
    [InlineData(ChainEnd.RateLimited, FailureClass.RateLimited, FailureClass.RateLimited, FailureClass.RateLimited)]
    [InlineData(ChainEnd.Unavailable, FailureClass.RateLimited, FailureClass.ServerError)]
    [InlineData(ChainEnd.Unavailable, FailureClass.Timeout, FailureClass.RateLimited)]
    [InlineData(ChainEnd.Refused, FailureClass.RateLimited, FailureClass.RequestRejected)]
    [InlineData(ChainEnd.Refused, FailureClass.ContextLength)]
    [InlineData(ChainEnd.Refused, FailureClass.ModelNotFound)]
    [InlineData(ChainEnd.Unavailable, FailureClass.ServerError, FailureClass.ModelNotFound)]
    [InlineData(ChainEnd.Refused, FailureClass.ContentFilter)]
    [InlineData(ChainEnd.Unavailable, FailureClass.CredentialRejected)] // never the caller's 401
    [InlineData(ChainEnd.Unavailable, FailureClass.CredentialUnfunded)] // nor his 402
    public void TheEndOfAChain_IsToldFromItsFailures(ChainEnd end, params FailureClass[] failures) => Assert.Equal(end, FailureRules.EndOf(failures));
}
