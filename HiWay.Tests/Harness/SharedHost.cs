namespace HiWay.Tests.Harness;

/// <summary>One host for all tests of a class (<c>IClassFixture&lt;SharedHost&gt;</c>); each test signs up a person of its own.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    public HiWayHost Host { get; private set; } = null!;

    /// <summary>The first person of the installation.</summary>
    public TestAccount Operator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Host = await HiWayHost.StartAsync();
        Operator = await Host.Http.SignUpAsync();
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
