using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;

namespace HiWay.Tests.Routing;

/// <summary>A warm prompt cache counts as money, and the profile decides what money is worth.</summary>
public sealed class WarmRulesTests
{
    [Theory]
    [InlineData(RoutingProfile.Budget, 1.0, 40, 1.1, 90, true)]
    [InlineData(RoutingProfile.Budget, 1.0, 90, 0.9, 40, false)]
    [InlineData(RoutingProfile.Balanced, 1.0, 60, 1.1, 60, true)]
    [InlineData(RoutingProfile.Balanced, 1.0, 40, 1.1, 90, false)]    // more quality per dollar elsewhere, even cold
    [InlineData(RoutingProfile.Balanced, 1.2, 90, 1.1, 40, false)]    // moving pays
    [InlineData(RoutingProfile.Quality, 1.0, 60, 9.0, 61, false)]
    [InlineData(RoutingProfile.Quality, 1.0, 61, 9.0, 60, true)]
    public void AConversationStays_WhereMovingWouldCostMore(RoutingProfile profile, double warmUsd, double warmQuality, double otherUsd, double otherQuality, bool stays) =>
        Assert.Equal(stays, WarmRules.Stays(profile, (decimal)warmUsd, warmQuality, (decimal)otherUsd, otherQuality));
}
