using HiWay.Infrastructure.Jobs;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HiWay.Tests.Jobs;

/// <summary>What is older than the retention goes; what it added up to stays.</summary>
public sealed class RetentionJobTests
{
    [Fact]
    public async Task ScoresOfRequestsThatAreGone_GoToo_AndTheirSumsStay()
    {
        await using var world = await GatewayWorld.StartAsync();
        world.Upstream.On("chat/completions", Reply.Chat("Hello!"));
        foreach (var score in (double[])[0.2, 1.0])
        {
            var id = (await world.AskAsync()).HiWay!["request_id"]!.GetValue<string>();
            await world.Http.CallAsync(HttpMethod.Post, "/v1/feedback", world.Key.Secret, new { request_id = id, score });
        }

        await world.Host.Database.ExecuteAsync("UPDATE request_scores SET scored_at = now() - interval '400 days' WHERE score < 0.5");
        await using var scope = world.Host.Services.CreateAsyncScope();
        await ActivatorUtilities.CreateInstance<RetentionJob>(scope.ServiceProvider).Execute(null!, TestContext.Current.CancellationToken);

        await using var database = NpgsqlDataSource.Create(world.Host.Database.ConnectionString);
        Assert.Equal(1.0, await OneAsync(database, "SELECT sum(score) FROM request_scores"));
        Assert.Equal(1.2, await OneAsync(database, "SELECT sum(total) FROM score_sums"));
    }

    private static async Task<object?> OneAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
