using System.Diagnostics;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Clients;

/// <summary>The first request of the README, as a person types it.</summary>
public sealed class CurlTests(ClientWorld client) : IClassFixture<ClientWorld>
{
    [Fact]
    public async Task Stream_shows_events_as_they_come_and_ends_with_done()
    {
        client.Upstream.On("*", Reply.ChatStream(["Hel", "lo"]));

        var lines = (await CurlAsync("-N", "-d", """{"model":"acme/m1","stream":true,"messages":[{"role":"user","content":"Hi"}]}""")).Split('\n');

        Assert.Equal("data: [DONE]", lines.Last(line => line.Length > 0));
        Assert.Contains(lines, line => line.Contains("\"Hel\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Body_sent_in_chunks_without_a_length_is_understood()
    {
        client.Upstream.On("*", Reply.Chat("Hello"));

        var answer = await CurlAsync("-H", "Transfer-Encoding: chunked", "-d", """{"model":"acme/m1","messages":[{"role":"user","content":"Hi"}]}""");

        Assert.Contains("Hello", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_that_waits_for_continue_is_understood()
    {
        client.Upstream.On("*", Reply.Chat("Hello"));

        var answer = await CurlAsync("-H", "Expect: 100-continue", "-d", """{"model":"acme/m1","messages":[{"role":"user","content":"Hi"}]}""");

        Assert.Contains("Hello", answer, StringComparison.Ordinal);
    }

    private async Task<string> CurlAsync(params string[] arguments)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed.");
        var start = new ProcessStartInfo("curl",
        [
            "-s", "--max-time", "20", $"{client.World.Host.Url}/v1/chat/completions",
            "-H", $"Authorization: Bearer {client.World.Key.Secret}", "-H", "Content-Type: application/json", .. arguments,
        ])
        { RedirectStandardOutput = true };
        using var curl = Process.Start(start)!;
        var output = await curl.StandardOutput.ReadToEndAsync();
        await curl.WaitForExitAsync();
        Assert.Equal(0, curl.ExitCode);
        return output;
    }
}
