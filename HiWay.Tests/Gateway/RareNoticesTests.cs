using HiWay.Tests.Harness;
using HiWay.Web.Gateway;

namespace HiWay.Tests.Gateway;

/// <summary>A model without a price is named in the log once an hour, not once a call.</summary>
public sealed class RareNoticesTests
{
    [Fact]
    public void EachSubject_IsDueOnce_AndAgainAfterTheInterval()
    {
        var time = new TestClock(DateTimeOffset.UnixEpoch);
        var notices = new RareNotices(TimeSpan.FromHours(1), time);

        Assert.True(notices.IsDue("acme/m1"));
        Assert.True(notices.IsDue("acme/m2"));
        time.Advance(TimeSpan.FromMinutes(59));
        Assert.False(notices.IsDue("acme/m1"));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(notices.IsDue("acme/m1"));
        Assert.False(notices.IsDue("acme/m1"));
    }

    [Fact]
    public void AnyNumberOfSubjects_TakesBoundedRoom_AndEachIsNamed()
    {
        var notices = new RareNotices(TimeSpan.FromHours(1), new TestClock(DateTimeOffset.UnixEpoch));
        Assert.All(Enumerable.Range(0, 5_000), i => Assert.True(notices.IsDue($"model-{i}")));
        Assert.False(notices.IsDue("model-4999"));
    }
}
