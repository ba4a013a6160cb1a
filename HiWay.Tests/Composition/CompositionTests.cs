using HiWay.Tests.Harness;
using HiWay.Web;

namespace HiWay.Tests.Composition;

public sealed class CompositionTests
{
    [Fact]
    public async Task Every_service_can_be_made_from_those_that_are_registered()
    {
        await using var database = await TestDatabase.CreateAsync();
        using var data = new TemporaryFolder();

        // The development environment makes every service once while it builds the container, and checks their lifetimes.
        await using var app = await HiWayApp.BuildAsync(
            ["--environment=Development", $"--ConnectionStrings:HiWay={database.ConnectionString}", $"--HIWAY_DATA_DIR={data.Path}"]);

        Assert.NotNull(app.Services);
    }
}
