using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Judging;

/// <summary>A workspace with the providers of <see cref="FaultWorld"/>, one of which rates as well.</summary>
public abstract class JudgedWorld : IAsyncLifetime
{
    protected const string Judge = "openai/gpt-4o-mini";

    protected static readonly (string, string) MasterKey = ("Vault:MasterKey", "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");   // a second node needs it too

    private protected FaultWorld World { get; private set; } = null!;

    /// <summary>What the judge answers.</summary>
    private protected Func<SeenRequest, Reply> Rate { get; set; } = _ => Rated(0.9, "correct");

    public async ValueTask InitializeAsync()
    {
        World = await FaultWorld.StartAsync(null, [MasterKey]);
        World.Answer(seen => IsRating(seen) ? Rate(seen) : FaultWorld.Well(seen));
        await World.Host.Http.CallAsync(HttpMethod.Put, Path("guardian"), World.Account.Key, new { rules = (object[])[new { rule = "dedup", enabled = false }] });
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return World.DisposeAsync();
    }

    internal static bool IsRating(SeenRequest seen) => seen.Json["messages"]?[0]?["content"] is JsonValue text && text.TryGetValue<string>(out var said) && said.StartsWith("You rate answers", StringComparison.Ordinal);

    internal static Reply Rated(double score, string reason) => Reply.Chat(new JsonObject { ["score"] = score, ["reason"] = reason }.ToJsonString());

    protected async Task<(string Id, string Model)> AskAsync(bool stream = false)
    {
        var reply = await World.AskAsync(stream);
        Assert.True(reply.Status is HttpStatusCode.OK, reply.Body);
        Assert.Equal(FaultWorld.Whole, reply.Text);
        Assert.NotEqual(Judge, reply.HiWay!["routed_model"]!.GetValue<string>());
        return (reply.HiWay["request_id"]!.GetValue<string>(), reply.HiWay["routed_model"]!.GetValue<string>());
    }

    /// <summary>Until the sums hold so many ratings.</summary>
    protected Task JudgedAsync(int ratings) => Patience.UntilAsync(async () => (await LearnedAsync())["models"]!.AsArray().Sum(row => row!["judged"]!.GetValue<int>()) == ratings, $"{ratings} ratings");

    protected async Task<(double Score, string Reason)> StoredAsync(string requestId)
    {
        await using var database = Npgsql.NpgsqlDataSource.Create(World.Host.Database.ConnectionString);
        await using var command = database.CreateCommand($"SELECT score, reason FROM judge_scores WHERE request_id = '{requestId}'");
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync());
        return (row.GetDouble(0), row.GetString(1));
    }

    protected Task<IReadOnlyList<JsonNode>> RowsAsync(int expected) => World.Host.Http.RequestRowsAsync(World.Account, expected);

    protected string Path(string rest) => $"/api/v1/workspaces/{World.Account.WorkspaceId}/{rest}";

    protected Task<JsonNode> GetAsync() => World.Host.Http.CallAsync(HttpMethod.Get, Path("routing/judge"), World.Account.Key);

    protected Task<JsonNode> SetAsync(object body) => World.Host.Http.CallAsync(HttpMethod.Put, Path("routing/judge"), World.Account.Key, body);

    protected Task<JsonNode> LearnedAsync() => World.Host.Http.CallAsync(HttpMethod.Get, Path("routing/learned"), World.Account.Key);

    protected static string? Text(JsonNode json, string name) => json[name]?.GetValue<string>();
}
