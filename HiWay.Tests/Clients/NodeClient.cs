using System.Diagnostics;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Clients;

/// <summary>Runs one scenario of a client script and gives back what the client understood.</summary>
internal static class NodeClient
{
    private static readonly Lazy<string> Folder = new(FindFolder);

    /// <param name="script"><c>openai.mjs</c>.</param>
    /// <param name="url">HiWay's address without <c>/v1</c>.</param>
    public static Task<JsonNode> RunAsync(string script, string scenario, string url, string key, string model) =>
        RunAsync(script, scenario, ("HIWAY_URL", url), ("HIWAY_KEY", key), ("HIWAY_MODEL", model));

    /// <param name="variables">What the script reads from its environment.</param>
    public static async Task<JsonNode> RunAsync(string script, string scenario, params (string Name, string Value)[] variables)
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(Folder.Value, "node_modules", "openai")), "The client packages are not installed; ./test.sh installs them.");
        var start = new ProcessStartInfo("node", [script, scenario]) { WorkingDirectory = Folder.Value, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var node = Process.Start(start)!;
        var output = node.StandardOutput.ReadToEndAsync();
        var errors = node.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience.Limit);
        try
        {
            await node.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            node.Kill();
            throw new TimeoutException($"{script} {scenario} did not end in time.");
        }

        Assert.True(node.ExitCode == 0, $"{script} {scenario} failed: {await errors}");
        return JsonNode.Parse(await output)!;
    }

    private static string FindFolder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "HiWay.sln")))
            {
                return Path.Combine(at.FullName, "HiWay.Tests", "Clients");
            }
        }

        throw new InvalidOperationException("The tests run outside of the repository, where the client scripts are.");
    }
}
