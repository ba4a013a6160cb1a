using System.Text.Json.Nodes;
using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Contents;
using HiWay.Infrastructure.Database;
using HiWay.Tests.Harness;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Tests.Gateway;

/// <summary>Prompts and answers of a workspace that keeps them (<c>log_content</c>): masked, sealed, for who may read them, and gone again.</summary>
public sealed class KeptContentTests : IAsyncLifetime
{
    private GatewayWorld _world = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await GatewayWorld.StartAsync(null, ("Contents:MaxCharacters", "5000"));
        _world.Upstream.On("/chat/completions", Reply.Chat("Write to carol@example.com, Ada."));
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task UnlessTheWorkspaceWantsIt_NothingIsKept()
    {
        await _world.AskAsync("My name is Ada.");

        var row = await _world.RowAsync();
        Assert.Null((await DetailAsync(row))["content"]);
        Assert.Equal(0L, await CountAsync());
    }

    [Fact]
    public async Task PromptAndAnswer_AreKeptMasked_AndSealed()
    {
        await LogContentAsync(true);
        await _world.AskAsync("My name is Ada, ada@example.com and carol@example.com.");

        var content = await ContentAsync();
        var prompt = JsonNode.Parse(content["request"]!.GetValue<string>())!;
        Assert.Equal("My name is Ada, <EMAIL_1> and <EMAIL_2>.", (string?)prompt["messages"]![0]!["content"]);
        var answer = JsonNode.Parse(content["answer"]!.GetValue<string>())!;
        Assert.Equal("Write to <EMAIL_2>, Ada.", (string?)answer["choices"]![0]!["message"]!["content"]);
        Assert.False(content["truncated"]!.GetValue<bool>());
        Assert.InRange(content["expires_at"]!.GetValue<DateTimeOffset>() - DateTimeOffset.UtcNow, TimeSpan.FromDays(29), TimeSpan.FromDays(30));

        // The client's own answer carries what was said, and the provider got what was sent.
        Assert.Contains("ada@example.com", Assert.Single(_world.Upstream.Requests).Text, StringComparison.Ordinal);
        await using var db = _world.Host.Database.Open();
        var row = await db.RequestContents.AsNoTracking().SingleAsync();
        Assert.Equal(-1, row.Ciphertext.AsSpan().IndexOf("Ada"u8));
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/responses")]
    [InlineData("/v1/messages")]
    [InlineData("/v1/completions")]
    public async Task OfAStream_ItsTextIsKept_InEveryDialect(string path)
    {
        await LogContentAsync(true);
        _world.Upstream.On("/chat/completions", Reply.ChatStream(["Hel", "lo \"you\"", ", mail bob@exam", "ple.com"]));
        JsonObject body = path switch
        {
            "/v1/responses" => new() { ["model"] = "acme/m1", ["input"] = "Say hello", ["stream"] = true },
            "/v1/completions" => new() { ["model"] = "acme/m1", ["prompt"] = "Say hello", ["stream"] = true },
            "/v1/messages" => new(GatewayWorld.Body(stream: true).DeepClone().AsObject().Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))) { ["max_tokens"] = 50 },
            _ => GatewayWorld.Body(stream: true),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", _world.Key.Secret);
        using var answer = await _world.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());

        Assert.Equal("Hello \"you\", mail <EMAIL_1>", (await ContentAsync())["answer"]!.GetValue<string>());
    }

    [Fact]
    public async Task ACallThatFailed_KeepsItsPrompt_AndNoAnswer()
    {
        await LogContentAsync(true);
        _world.Upstream.On("/chat/completions", Reply.Error(400, "bad_prompt"));
        await _world.AskAsync("What went wrong?");

        var content = await ContentAsync();
        Assert.Contains("What went wrong?", content["request"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Null(content["answer"]);
    }

    [Fact]
    public async Task LongTexts_AreCut_AndSaySo()
    {
        await LogContentAsync(true);
        await _world.AskAsync(new string('a', 8_000));

        var content = await ContentAsync();
        Assert.True(content["truncated"]!.GetValue<bool>());
        Assert.Equal(5_000, content["request"]!.GetValue<string>().Length);
    }

    [Fact]
    public async Task AViewer_SeesTheRequest_AndNotWhatItSaid()
    {
        await LogContentAsync(true);
        await _world.AskAsync();
        await ContentAsync();
        var row = await _world.RowAsync();

        var viewer = new Actor(_world.Account.WorkspaceId, null, null, WorkspaceRole.Viewer, "test", null);
        var refused = await _world.Host.Get<ICallContents>().FindAsync(viewer, row["id"]!.GetValue<string>(), CancellationToken.None);
        Assert.Contains("developer", refused.Refusal!.Message, StringComparison.OrdinalIgnoreCase);
        var developer = await _world.Host.Get<ICallContents>().FindAsync(viewer with { Role = WorkspaceRole.Developer }, row["id"]!.GetValue<string>(), CancellationToken.None);
        Assert.NotNull(developer.Value);
        var stranger = await _world.Host.Get<ICallContents>().FindAsync(viewer with { WorkspaceId = "ws_other", Role = WorkspaceRole.Owner }, row["id"]!.GetValue<string>(), CancellationToken.None);
        Assert.Null(stranger.Value);
    }

    [Fact]
    public async Task SwitchingItOff_DeletesWhatIsKept_AndTimeDoesTheSame()
    {
        await LogContentAsync(true);
        await _world.AskAsync();
        await ContentAsync();

        await LogContentAsync(false);
        Assert.Equal(0L, await CountAsync());

        await LogContentAsync(true);
        await _world.AskAsync();
        await Patience.UntilAsync(async () => await CountAsync() == 1, "the second call is kept");
        await _world.Host.Database.ExecuteAsync("UPDATE request_contents SET expires_at = now() - interval '1 second'");
        var rows = await _world.Http.RequestRowsAsync(_world.Account, 2);
        Assert.Null((await DetailAsync(rows[0]))["content"]);
        Assert.Equal(1, await _world.Host.Get<ICallContents>().PurgeAsync(CancellationToken.None));
    }

    private Task LogContentAsync(bool on) => _world.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{_world.Account.WorkspaceId}", _world.Account.Key, new { log_content = on });

    private Task<JsonNode> DetailAsync(JsonNode row) => _world.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{_world.Account.WorkspaceId}/requests/{row["id"]}", _world.Account.Key);

    /// <summary>What is kept of the only call, once it is there.</summary>
    private async Task<JsonNode> ContentAsync()
    {
        var row = await _world.RowAsync();
        JsonNode? content = null;
        await Patience.UntilAsync(async () => (content = (await DetailAsync(row))["content"]) is not null, "prompt and answer are kept");
        return content!;
    }

    private Task<long> CountAsync() => _world.Host.Database.ScalarAsync<long>("SELECT count(*) FROM request_contents");
}
